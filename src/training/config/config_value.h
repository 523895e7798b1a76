// A YAML document as a plain tree: values that can be copied and merged, and that remember their
// place in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace YAML {  // NOLINT(readability-identifier-naming): not ours
class Node;
}

namespace lama::training {

struct ConfigValue {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a string whatever it looks like
  std::vector<ConfigValue> items;
  std::vector<Entry> entries;  ///< of a map, in the order of the file
  std::string origin;          ///< for errors: a file, or an override

  /// nullptr if it is not there.
  const ConfigValue* find(std::string_view key) const;
  ConfigValue* find(std::string_view key);
  /// The value at "a.b.c"; nullptr if it is not there.
  const ConfigValue* at(std::string_view dotted) const;

  /// Makes it a map, and adds the key if it is not there.
  ConfigValue& entry(std::string_view key);
  /// False if it was not there.
  bool remove(std::string_view dotted);
};

struct ConfigValue::Entry {
  std::string key;
  ConfigValue value;
};

ConfigValue scalar_value(std::string text, std::string origin);

/// `origin` stands for the file in errors. Throws Error for text that is no YAML, for a key that
/// comes twice, and for more than any config has: 60 levels, or 10 000 values.
ConfigValue parse_yaml(const std::string& yaml, const std::string& origin);

/// Values of `from` replace those of `into`; maps are joined, key by key.
void merge(ConfigValue& into, const ConfigValue& from);

/// The same values as YAML, in the published files' layout.
std::string to_yaml(const ConfigValue& value);

/// The same values as nodes, for reading.
YAML::Node to_node(const ConfigValue& value);

}  // namespace lama::training
