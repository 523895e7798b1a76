#include "masks/yaml_section.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/similar_name.h"

namespace lama::masks {

YamlSection::YamlSection(const YAML::Node& node, std::string file, std::string path)
    : YamlSection(
          node, [file = std::move(file)](const std::string&) { return file; }, std::move(path)) {}

YamlSection::YamlSection(const YAML::Node& node, Where where, std::string path)
    : node_(node), where_(std::move(where)), path_(std::move(path)) {
  if (!node_.IsMap()) fail("", "expected keys with values");
}

std::string YamlSection::full_name(const std::string& key) const {
  return path_ + (path_.empty() || key.empty() ? "" : ".") + key;
}

void YamlSection::fail(const std::string& key, const std::string& what) const {
  const std::string name = full_name(key);
  throw Error(fmt::format("{}: {}{}{}", where_(name), name, name.empty() ? "" : ": ", what));
}

std::optional<YAML::Node> YamlSection::find(const std::string& key) {
  known_.push_back(key);
  const YAML::Node child = std::as_const(node_)[key];
  if (!child.IsDefined() || child.IsNull()) return std::nullopt;
  return child;
}

bool YamlSection::has(const std::string& key) const {
  return std::as_const(node_)[key].IsDefined();
}

std::optional<YamlSection> YamlSection::section(const std::string& key) {
  const std::optional<YAML::Node> node = find(key);
  if (!node) return std::nullopt;
  return YamlSection(*node, where_, full_name(key));
}

YamlSection YamlSection::required_section(const std::string& key) {
  std::optional<YamlSection> found = section(key);
  if (!found) fail(key, "is missing");
  return std::move(*found);
}

void YamlSection::read(const std::string& key, std::string& value) {
  const std::optional<YAML::Node> node = find(key);
  if (!node) return;
  if (!node->IsScalar()) fail(key, "expected one value");
  value = node->Scalar();
}

void YamlSection::read(const std::string& key, std::vector<std::string>& values) {
  const std::optional<YAML::Node> node = find(key);
  if (!node) return;
  values.clear();
  if (node->IsScalar()) values.push_back(node->Scalar());
  if (node->IsMap()) fail(key, "expected a list");
  for (const auto& item : *node) {
    if (!item.IsScalar()) fail(key, "expected a list of single values");
    values.push_back(item.Scalar());
  }
}

template <typename T>
void YamlSection::read_number(const std::string& key, T& value, T low, T high,
                              std::string_view kind) {
  std::string text;
  read(key, text);
  if (text.empty()) return;
  T number{};
  if (!YAML::convert<T>::decode(YAML::Node(text), number) || !(number >= low && number <= high)) {
    fail(key, fmt::format("{} is not a {} from {} to {}", text, kind, low, high));
  }
  value = number;
}

void YamlSection::read(const std::string& key, int& value, int low, int high) {
  read_number(key, value, low, high, "whole number");
}

void YamlSection::read(const std::string& key, std::int64_t& value, std::int64_t low,
                       std::int64_t high) {
  read_number(key, value, low, high, "whole number");
}

void YamlSection::read(const std::string& key, double& value, double low, double high) {
  read_number(key, value, low, high, "number");
}

void YamlSection::read(const std::string& key, bool& value) {
  std::string text;
  read(key, text);
  if (text.empty()) return;
  if (!YAML::convert<bool>::decode(YAML::Node(text), value)) {
    fail(key, text + " is neither true nor false");
  }
}

void YamlSection::require_no_others() const {
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a name)";
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::optional<std::string> meant = similar_name(key, known_);
    fail(key, meant ? fmt::format("no such key; is {} meant?", *meant)
                    : fmt::format("no such key; there are {}", fmt::join(known_, ", ")));
  }
}

}  // namespace lama::masks
