// A YAML document as a plain tree: values that can be copied and merged, each with the place where
// it was written. The limits for hostile files are here, for all configs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::config {

/// Where a value was written.
struct Origin {
  std::string source;  ///< a file, or an override of the command line
  int line = 0;        ///< of the file, from 1; 0: a text of one line, such as an override

  /// For errors: "x.yaml: line 3", "data.batch_size=10".
  std::string text() const;
};

struct Value {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a string whatever it looks like
  std::vector<Value> items;
  std::vector<Entry> entries;  ///< of a map, in the order of the file
  Origin origin;

  /// nullptr if it is not there.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// The value at "a.b.c"; nullptr if it is not there.
  const Value* at(std::string_view dotted) const;
  /// Where "a.b.c" was written; if it is not there, where the innermost section around it was.
  Origin origin_of(std::string_view dotted) const;

  /// Makes it a map, and adds the key if it is not there.
  Value& entry(std::string_view key);
  /// False if it was not there.
  bool remove(std::string_view dotted);
};

struct Value::Entry {
  std::string key;
  Value value;
};

Value scalar_value(std::string text, Origin origin);

/// A published config has 4 kB.
constexpr std::size_t kMaxBytes = 1 << 20;

/// `source` stands for the file in errors. Throws Error for a text that is not YAML, for a key that
/// comes twice, and beyond any config's size: more than 1 MiB, 60 levels or 10 000 values (with
/// aliases expanded), or an alias of a value around it.
Value parse_yaml(const std::string& yaml, const std::string& source);

/// Throws Error as parse_yaml, and if the file cannot be read.
Value read_yaml(const std::filesystem::path& file);

/// Values of `from` replace those of `into`; maps are joined, key by key.
void merge(Value& into, const Value& from);

/// YAML of the same values, in the published files' layout.
std::string to_yaml(const Value& value);

// As YAML writes them: 0x10, 1e-3, .inf, True. Nothing for any other text.
std::optional<std::int64_t> to_whole_number(const std::string& text);
std::optional<double> to_number(const std::string& text);
std::optional<bool> to_truth(const std::string& text);

}  // namespace lama::internal::config
