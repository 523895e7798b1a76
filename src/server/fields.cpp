#include "server/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "server/http.h"

namespace lama::server {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& wanted) {
  throw HttpError(400, "bad_field", fmt::format("{} must be {}", name, wanted), name);
}

}  // namespace

Fields::Fields(std::span<const std::uint8_t> json) {
  // JSON itself lets names occur twice, the last one counting.
  std::set<std::string> names;
  const auto check = [&names](int depth, nlohmann::json::parse_event_t event,
                              const nlohmann::json& parsed) {
    if (depth == 1 && event == nlohmann::json::parse_event_t::key) {
      const auto name = parsed.get<std::string>();
      if (!names.insert(name).second) refuse_twice("field", name);
    }
    return true;
  };
  object_ = nlohmann::json::parse(json.begin(), json.end(), check, false);
  if (object_.is_discarded()) throw HttpError(400, "bad_json", "the request is not valid JSON");
  if (!object_.is_object()) throw HttpError(400, "bad_json", "the request must be a JSON object");
}

const nlohmann::json* Fields::find(const std::string& name) {
  taken_.insert(name);
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Fields::text(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(name, "a text");
  return value->get<std::string>();
}

std::optional<int> Fields::integer(const std::string& name, int least, int most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string wanted = fmt::format("a whole number from {} to {}", least, most);
  if (!value->is_number_integer()) refuse(name, wanted);
  const auto number = value->get<std::int64_t>();
  const bool wrapped = value->is_number_unsigned() && number < 0;
  if (wrapped || number < least || number > most) refuse(name, wanted);
  return static_cast<int>(number);
}

std::optional<double> Fields::share(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const bool number = value->is_number();
  if (!number || !(value->get<double>() > 0 && value->get<double>() <= 1)) {
    refuse(name, "a number above 0 and at most 1");
  }
  return value->get<double>();
}

std::optional<bool> Fields::boolean(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(name, "true or false");
  return value->get<bool>();
}

std::optional<std::size_t> Fields::choice(const std::string& name,
                                          const std::vector<std::string>& choices) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto found = std::find(choices.begin(), choices.end(), *value);
  if (found == choices.end()) refuse(name, fmt::format("one of {}", fmt::join(choices, ", ")));
  return static_cast<std::size_t>(found - choices.begin());
}

std::string Fields::required(const std::string& name) {
  auto value = text(name);
  if (!value) throw HttpError(400, "missing_field", fmt::format("{} is required", name), name);
  return *std::move(value);
}

void Fields::end() const {
  for (const auto& [name, value] : object_.items()) {
    if (taken_.count(name) == 0) {
      throw HttpError(400, "unknown_field", fmt::format("there is no field {}", name), name);
    }
  }
}

}  // namespace lama::server
