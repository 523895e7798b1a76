#include "server/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "server/http.h"

namespace lama::internal::server {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& wanted) {
  throw HttpError(400, "bad_field", fmt::format("{} must be {}", name, wanted), name);
}

[[noreturn]] void refuse_json(const char* why) { throw HttpError(400, "bad_json", why); }

/// JSON with its long texts replaced.
struct Shortened {
  std::string json;
  std::map<std::size_t, std::string_view> long_texts;  ///< by their number among all texts
};

Shortened shortened(std::string_view json) {
  constexpr std::size_t kLong = 4096, kMost = 65536;
  Shortened result;
  std::size_t texts = 0;
  const auto keep = [&result](std::string_view part) {
    if (part.size() > kMost - result.json.size()) {
      throw HttpError(413, "too_large", "the request is too long", "request");
    }
    result.json += part;
  };
  while (!json.empty()) {
    const std::size_t quote = std::min(json.find('"'), json.size());
    keep(json.substr(0, quote));
    json.remove_prefix(quote);
    if (json.empty()) break;
    std::size_t end = 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    end = std::min(end, json.size());
    const std::string_view text = json.substr(1, end - 1);
    if (text.size() > kLong) {
      result.long_texts[texts] = text;
      keep("\"");
    } else {
      keep(json.substr(0, end));
    }
    ++texts;
    json.remove_prefix(end);
    if (json.empty()) break;
    keep("\"");
    json.remove_prefix(1);
  }
  return result;
}

}  // namespace

/// Handles the events of nlohmann's parser, which keeps nothing itself.
class Fields::Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  Reader(Fields& fields, const Shortened& source) : fields_(fields), source_(source) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool given) override { return value(given); }
  bool number_integer(number_integer_t given) override { return value(given); }
  bool number_unsigned(number_unsigned_t given) override { return value(given); }
  bool number_float(number_float_t given, const string_t&) override { return value(given); }
  bool string(string_t& given) override {
    const auto found = source_.long_texts.find(texts_++);
    if (found != source_.long_texts.end()) {
      if (depth_ == 1) fields_.long_texts_[name_] = found->second;
    }
    return value(std::move(given));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(nlohmann::json::object()); }
  bool start_array(std::size_t) override { return open(nlohmann::json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (source_.long_texts.count(texts_++) > 0) refuse_json("a field's name is too long");
    if (depth_ != 1) return true;
    // JSON itself allows repeated names and uses the last.
    if (fields_.values_.count(name) > 0) refuse_twice("field", name);
    constexpr std::size_t kMostFields = 256;
    if (fields_.values_.size() == kMostFields) refuse_json("the request has too many fields");
    name_ = name;
    fields_.values_[name_];
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool value(nlohmann::json given) {
    if (depth_ == 0) refuse_json("the request must be a JSON object");
    if (depth_ == 1) fields_.values_[name_] = std::move(given);
    return true;
  }
  bool open(nlohmann::json empty) {
    constexpr int kMostDepth = 16;
    if (depth_ == 0 && !empty.is_object()) refuse_json("the request must be a JSON object");
    if (depth_ == kMostDepth) refuse_json("the request's JSON is nested too deeply");
    if (depth_ == 1) fields_.values_[name_] = std::move(empty);
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  Fields& fields_;
  const Shortened& source_;
  std::string name_;
  std::size_t texts_ = 0;
  int depth_ = 0;
};

Fields::Fields(std::span<const std::uint8_t> json) {
  const Shortened source = shortened({reinterpret_cast<const char*>(json.data()), json.size()});
  Reader reader(*this, source);
  if (!nlohmann::json::sax_parse(source.json, &reader)) {
    refuse_json("the request is not valid JSON");
  }
}

const nlohmann::json* Fields::find(const std::string& name) {
  taken_.insert(name);
  const auto found = values_.find(name);
  return found == values_.end() || found->second.is_null() ? nullptr : &found->second;
}

std::optional<std::string> Fields::text(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(name, "a text");
  if (long_texts_.count(name) > 0) refuse(name, "a shorter text");
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

std::vector<std::uint8_t> Fields::decoded(const std::string& name) {
  const auto found = long_texts_.find(name);
  std::string unescaped;
  std::string_view digits;
  if (found == long_texts_.end()) {
    unescaped = required(name);
    digits = unescaped;
  } else {
    taken_.insert(name);
    digits = found->second;
    if (digits.find('\\') != std::string_view::npos) {
      // Some writers escape every slash.
      for (std::size_t i = 0; i < digits.size(); ++i) {
        const bool escaped = digits[i] == '\\' && digits.substr(i + 1).starts_with('/');
        if (!escaped) unescaped += digits[i];
      }
      digits = unescaped;
    }
  }
  if (digits.starts_with("data:")) {
    digits.remove_prefix(std::min(digits.find(',') + 1, digits.size()));
  }
  auto bytes = decode_base64(digits);
  if (!bytes) throw HttpError(400, "bad_field", name + " is not base64", name);
  return *std::move(bytes);
}

void Fields::end() const {
  for (const auto& [name, value] : values_) {
    if (taken_.count(name) == 0) {
      throw HttpError(400, "unknown_field", fmt::format("there is no field {}", name), name);
    }
  }
}

}  // namespace lama::internal::server
