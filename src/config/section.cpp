#include "config/section.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/not_one_of.h"
#include "base/similar_name.h"

namespace lama::internal::config {
namespace {

/// As the config has it.
std::string text_of(const Value& value) {
  return value.kind == Value::Kind::null ? "null" : value.text;
}

/// Whether the user's override sets another key, to which the key `name` refers.
bool comes_from_another_key(const Origin& origin, const std::string& name) {
  const std::size_t equals = origin.source.find('=');
  if (origin.line > 0 || equals == std::string::npos || name.empty()) return false;
  std::string key = origin.source.substr(0, equals);
  key.erase(0, key.find_first_not_of('+'));
  return name.find(key) == std::string::npos && !key.starts_with(name + '.');
}

}  // namespace

Section::Section(const Value& value, std::string path, Null null)
    : Section(value, std::move(path), null, value.origin) {}

Section::Section(const Value& value, std::string path, Null null, const Origin& around)
    : value_(&value),
      path_(std::move(path)),
      null_(null),
      origin_(value.origin.source.empty() ? around : value.origin) {
  if (value.kind != Value::Kind::map) fail("", "expected keys with values");
}

std::string Section::full_name(const std::string& key) const {
  return path_ + (path_.empty() || key.empty() ? "" : ".") + key;
}

void Section::fail(const std::string& key, const std::string& what) const {
  fail_at(value_->find(key), key, what);
}

void Section::fail_at(const Value* value, const std::string& key, const std::string& what) const {
  const bool known = value != nullptr && !value->origin.source.empty();
  const std::string name = full_name(key);
  if (known && comes_from_another_key(value->origin, name)) {
    throw Error(fmt::format("{}: {} (used by {})", value->origin.text(), what, name));
  }
  throw Error(fmt::format("{}: {}{}{}", (known ? value->origin : origin_).text(), name,
                          name.empty() ? "" : ": ", what));
}

void Section::fail_word(const std::string& key, const std::string& text,
                        const std::vector<std::string_view>& words) const {
  fail(key, not_one_of(text, words));
}

bool Section::is_null(const std::string& key) const {
  const Value* value = value_->find(key);
  return value != nullptr && value->kind == Value::Kind::null;
}

void Section::require(const std::string& key) const {
  if (!has(key)) fail(key, "is missing");
}

const Value* Section::value(const std::string& key) {
  known_.push_back(key);
  return value_->find(key);
}

const Value* Section::find(const std::string& key) {
  const Value* value = this->value(key);
  const bool absent =
      value == nullptr || (value->kind == Value::Kind::null && null_ == Null::absent);
  return absent ? nullptr : value;
}

std::optional<Section> Section::section(const std::string& key) {
  const Value* value = this->value(key);
  if (value == nullptr || value->kind == Value::Kind::null) return std::nullopt;
  return Section(*value, full_name(key), null_, origin_);
}

Section Section::section_or_empty(const std::string& key) {
  static const Value kEmpty{.kind = Value::Kind::map};
  const Value* value = find(key);
  return {value == nullptr ? kEmpty : *value, full_name(key), null_, origin_};
}

Section Section::required_section(const std::string& key) {
  std::optional<Section> found = section(key);
  if (!found) fail(key, "is missing");
  return std::move(*found);
}

std::optional<std::string> Section::text_of(const std::string& key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Value::Kind::list || value->kind == Value::Kind::map) {
    fail(key, "expected one value");
  }
  return config::text_of(*value);
}

void Section::read(const std::string& key, std::string& value) {
  if (auto text = text_of(key)) value = std::move(*text);
}

void Section::read(const std::string& key, std::vector<std::string>& values) {
  const Value* value = find(key);
  if (value == nullptr) return;
  values.clear();
  if (value->kind == Value::Kind::scalar) values.push_back(value->text);
  if (value->kind == Value::Kind::map) fail(key, "expected a list");
  values.reserve(value->items.size());
  for (const Value& item : value->items) {
    if (item.kind != Value::Kind::scalar) fail_at(&item, key, "expected a list of single values");
    values.push_back(item.text);
  }
}

template <typename T>
T Section::in_range(const Value& value, const std::string& key, T low, T high) const {
  constexpr bool kWhole = std::is_integral_v<T>;
  const std::string text = config::text_of(value);
  const auto number = [&text] {
    if constexpr (kWhole) {
      return to_whole_number(text);
    } else {
      return to_number(text);
    }
  }();
  if (!number || !(*number >= low && *number <= high)) {
    fail_at(&value, key,
            fmt::format("{} is not a {} from {} to {}", text, kWhole ? "whole number" : "number",
                        low, high));
  }
  return *number;
}

template <typename T>
void Section::read_list(const std::string& key, std::vector<T>& values, T low, T high) {
  const Value* value = find(key);
  if (value == nullptr) return;
  values.clear();
  const bool none = value->kind == Value::Kind::null;
  if (!none && value->kind != Value::Kind::list) fail(key, "expected a list of numbers");
  values.reserve(value->items.size());
  for (const Value& item : value->items) {
    if (item.kind != Value::Kind::scalar) fail_at(&item, key, "expected a list of numbers");
    values.push_back(in_range(item, key, low, high));
  }
}

void Section::read(const std::string& key, int& value, int low, int high) {
  std::int64_t number = value;
  read(key, number, low, high);
  value = static_cast<int>(number);
}

void Section::read(const std::string& key, std::int64_t& value, std::int64_t low,
                   std::int64_t high) {
  if (text_of(key)) value = in_range(*value_->find(key), key, low, high);
}

void Section::read(const std::string& key, double& value, double low, double high) {
  if (text_of(key)) value = in_range(*value_->find(key), key, low, high);
}

void Section::read(const std::string& key, std::vector<std::int64_t>& values, std::int64_t low,
                   std::int64_t high) {
  read_list(key, values, low, high);
}

void Section::read(const std::string& key, std::vector<double>& values, double low, double high) {
  read_list(key, values, low, high);
}

void Section::read(const std::string& key, bool& value) {
  const std::optional<std::string> text = text_of(key);
  if (!text) return;
  const std::optional<bool> truth = is_null(key) ? false : to_truth(*text);
  if (!truth) fail(key, *text + " is neither true nor false");
  value = *truth;
}

void Section::require_no_others() const {
  for (const auto& [key, value] : value_->entries) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::optional<std::string> meant = similar_name(key, known_);
    fail(key, meant ? fmt::format("no such key; is {} meant?", *meant)
                    : fmt::format("no such key; there are {}", fmt::join(known_, ", ")));
  }
}

}  // namespace lama::internal::config
