#include "masks/yaml_section.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace lama::masks {
namespace {

/// Letters to insert, delete or change to make `b` of `a` (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

YamlSection::YamlSection(const YAML::Node& node, std::string file, std::string path)
    : node_(node), file_(std::move(file)), path_(std::move(path)) {
  if (!node_.IsMap()) fail("", "expected keys with values");
}

std::string YamlSection::full_name(const std::string& key) const {
  return path_ + (path_.empty() || key.empty() ? "" : ".") + key;
}

void YamlSection::fail(const std::string& key, const std::string& what) const {
  const std::string name = full_name(key);
  throw Error(fmt::format("{}: {}{}{}", file_, name, name.empty() ? "" : ": ", what));
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
  return YamlSection(*node, file_, full_name(key));
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
    const auto nearest = std::min_element(known_.begin(), known_.end(),
                                          [&key](const std::string& a, const std::string& b) {
                                            return distance(key, a) < distance(key, b);
                                          });
    const bool alike = nearest != known_.end() && distance(key, *nearest) <= 3;
    fail(key, alike ? fmt::format("no such key; is {} meant?", *nearest)
                    : fmt::format("no such key; there are {}", fmt::join(known_, ", ")));
  }
}

}  // namespace lama::masks
