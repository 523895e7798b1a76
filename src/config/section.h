// A section of a config, read key by key: typed values with ranges, and no key that has no reader.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/value.h"

namespace lama::internal::config {

/// Reads values by name and remembers which were asked for. Errors name the place, the key, the
/// value and the expected values: "x.yaml: line 3: a.b: 0 is not a whole number from 1 to 9".
class Section {
 public:
  /// The meaning of null. `none`: that of None as an argument in Python: false for a truth value,
  /// an error for a number or a word.
  enum class Null { absent, none };

  /// `value` must outlive the section. `path`: its name, "" for the whole config.
  explicit Section(const Value& value, std::string path = "", Null null = Null::absent);
  explicit Section(Value&& value, std::string path = "", Null null = Null::absent) = delete;

  /// Whether the key is there. A null is there.
  bool has(const std::string& key) const { return value_->find(key) != nullptr; }
  bool is_null(const std::string& key) const;
  /// Fails if the key is not there.
  void require(const std::string& key) const;
  /// The value of a key that others read. nullptr if it is not there.
  const Value* value(const std::string& key);
  /// The section `key`; nothing if it is absent or null.
  std::optional<Section> section(const std::string& key);
  /// The section `key`; one without keys if it is absent. Null counts as Null says.
  Section section_or_empty(const std::string& key);
  Section required_section(const std::string& key);

  // Set `value` if `key` is there.
  void read(const std::string& key, int& value, int low, int high);
  void read(const std::string& key, std::int64_t& value, std::int64_t low, std::int64_t high);
  void read(const std::string& key, double& value, double low, double high);
  void read(const std::string& key, bool& value);
  void read(const std::string& key, std::string& value);
  /// A list, or one value for a list of one.
  void read(const std::string& key, std::vector<std::string>& values);
  void read(const std::string& key, std::vector<std::int64_t>& values, std::int64_t low,
            std::int64_t high);
  void read(const std::string& key, std::vector<double>& values, double low, double high);
  template <typename T>
  void read(const std::string& key, T& value,
            std::initializer_list<std::pair<std::string_view, T>> words) {
    const std::optional<std::string> text = text_of(key);
    if (!text) return;
    std::vector<std::string_view> all;
    for (const auto& [word, meaning] : words) {
      if (*text == word) {
        value = meaning;
        return;
      }
      all.push_back(word);
    }
    fail_word(key, *text, all);
  }

  /// Leaves `key` to other readers.
  void ignore(const std::string& key) { known_.push_back(key); }
  /// Throws Error if the section has keys that no reader requested.
  void require_no_others() const;

  /// `key`: "" for the section itself.
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  Section(const Value& value, std::string path, Null null, const Origin& around);

  [[noreturn]] void fail_word(const std::string& key, const std::string& text,
                              const std::vector<std::string_view>& words) const;
  [[noreturn]] void fail_at(const Value* value, const std::string& key,
                            const std::string& what) const;
  template <typename T>
  T in_range(const Value& value, const std::string& key, T low, T high) const;
  template <typename T>
  void read_list(const std::string& key, std::vector<T>& values, T low, T high);
  /// nullptr if it is absent, or null where that means absent.
  const Value* find(const std::string& key);
  /// Of one value; nothing as with find().
  std::optional<std::string> text_of(const std::string& key);
  std::string full_name(const std::string& key) const;

  const Value* value_;
  std::string path_;
  Null null_;
  Origin origin_;
  std::vector<std::string> known_;
};

}  // namespace lama::internal::config
