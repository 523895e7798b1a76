// A section of a YAML file that must not say anything nobody reads.
#pragma once

#include <yaml-cpp/yaml.h>

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lama::masks {

/// Reads values by name and remembers which were asked for. Everything throws Error that names the
/// file, the key and the value.
class YamlSection {
 public:
  /// What stands for the file in errors about a key.
  using Where = std::function<std::string(const std::string& full_name)>;

  /// `file` stands for the file in errors, `path` for the section ("" is the file itself).
  YamlSection(const YAML::Node& node, std::string file, std::string path);
  YamlSection(const YAML::Node& node, Where where, std::string path);

  bool has(const std::string& key) const;
  /// The section `key`; nothing if it is absent or null.
  std::optional<YamlSection> section(const std::string& key);
  YamlSection required_section(const std::string& key);

  /// Set `value` if `key` is there, to something from `low` to `high`.
  void read(const std::string& key, int& value, int low, int high);
  void read(const std::string& key, std::int64_t& value, std::int64_t low, std::int64_t high);
  void read(const std::string& key, double& value, double low, double high);
  void read(const std::string& key, bool& value);
  void read(const std::string& key, std::string& value);
  /// A list, or one value for a list of one.
  void read(const std::string& key, std::vector<std::string>& values);
  template <typename T>
  void read(const std::string& key, T& value,
            std::initializer_list<std::pair<std::string_view, T>> words) {
    std::string text;
    read(key, text);
    if (text.empty()) return;
    std::string all;
    for (const auto& [word, meaning] : words) {
      if (text == word) {
        value = meaning;
        return;
      }
      all += (all.empty() ? "" : ", ") + std::string(word);
    }
    fail(key, text + " is none of " + all);
  }

  /// Leaves `key` to others.
  void ignore(const std::string& key) { known_.push_back(key); }
  /// Fails if there are keys that were not asked for.
  void require_no_others() const;

  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  template <typename T>
  void read_number(const std::string& key, T& value, T low, T high, std::string_view kind);
  std::optional<YAML::Node> find(const std::string& key);
  std::string full_name(const std::string& key) const;

  YAML::Node node_;
  Where where_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace lama::masks
