#include "training/config/config_value.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace lama::training {
namespace {

constexpr int kMaxDepth = 60;
constexpr int kMaxValues = 10'000;

class Converter {
 public:
  explicit Converter(const std::string& origin) : origin_(origin) {}

  ConfigValue convert(const YAML::Node& node, int depth = 0) {
    // A few aliases of aliases would make a tree larger than any memory.
    if (depth > kMaxDepth) fail(node, fmt::format("more than {} levels", kMaxDepth));
    if (++count_ > kMaxValues) fail(node, fmt::format("more than {} values", kMaxValues));
    ConfigValue value;
    value.origin = origin_;
    if (node.IsScalar()) {
      value.kind = ConfigValue::Kind::scalar;
      value.text = node.Scalar();
      value.quoted = node.Tag() == "!";
    } else if (node.IsSequence()) {
      value.kind = ConfigValue::Kind::list;
      for (const auto& item : node) value.items.push_back(convert(item, depth + 1));
    } else if (node.IsMap()) {
      value.kind = ConfigValue::Kind::map;
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) fail(entry.first, "a key that is not a name");
        const std::string& key = entry.first.Scalar();
        if (value.find(key) != nullptr) fail(entry.first, fmt::format("{} comes twice", key));
        value.entries.push_back({key, convert(entry.second, depth + 1)});
      }
    }
    return value;
  }

 private:
  [[noreturn]] void fail(const YAML::Node& node, const std::string& what) const {
    throw Error(fmt::format("{}: line {}: {}", origin_, node.Mark().line + 1, what));
  }

  const std::string& origin_;
  int count_ = 0;
};

void emit(YAML::Emitter& out, const ConfigValue& value) {
  switch (value.kind) {
    case ConfigValue::Kind::null:
      out << YAML::Null;
      break;
    case ConfigValue::Kind::scalar:
      if (value.quoted || YAML::IsNullString(value.text)) out << YAML::SingleQuoted;
      out << value.text;
      break;
    case ConfigValue::Kind::list:
      out << YAML::BeginSeq;
      for (const ConfigValue& item : value.items) emit(out, item);
      out << YAML::EndSeq;
      break;
    case ConfigValue::Kind::map:
      out << YAML::BeginMap;
      for (const auto& [key, child] : value.entries) {
        out << YAML::Key << key << YAML::Value;
        emit(out, child);
      }
      out << YAML::EndMap;
      break;
  }
}

}  // namespace

const ConfigValue* ConfigValue::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

ConfigValue* ConfigValue::find(std::string_view key) {
  return const_cast<ConfigValue*>(std::as_const(*this).find(key));
}

const ConfigValue* ConfigValue::at(std::string_view dotted) const {
  const ConfigValue* value = this;
  while (value != nullptr) {
    const std::size_t dot = dotted.find('.');
    value = value->find(dotted.substr(0, dot));
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
  return value;
}

ConfigValue& ConfigValue::entry(std::string_view key) {
  if (kind != Kind::map) *this = {.kind = Kind::map, .origin = origin};
  if (ConfigValue* found = find(key)) return *found;
  entries.push_back({std::string(key), {}});
  return entries.back().value;
}

bool ConfigValue::remove(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  const bool nested = dot != std::string_view::npos;
  auto* parent = nested ? const_cast<ConfigValue*>(at(dotted.substr(0, dot))) : this;
  if (parent == nullptr) return false;
  const std::string_view key = nested ? dotted.substr(dot + 1) : dotted;
  return std::erase_if(parent->entries, [key](const Entry& entry) { return entry.key == key; }) > 0;
}

ConfigValue scalar_value(std::string text, std::string origin) {
  return {.kind = ConfigValue::Kind::scalar, .text = std::move(text), .origin = std::move(origin)};
}

ConfigValue parse_yaml(const std::string& yaml, const std::string& origin) try {
  return Converter(origin).convert(YAML::Load(yaml));
} catch (const YAML::Exception& error) {
  throw Error(fmt::format("{}: line {}: {}", origin, error.mark.line + 1, error.msg));
}

void merge(ConfigValue& into, const ConfigValue& from) {
  if (into.kind != ConfigValue::Kind::map || from.kind != ConfigValue::Kind::map) {
    into = from;
    return;
  }
  for (const auto& [key, child] : from.entries) {
    if (ConfigValue* found = into.find(key)) {
      merge(*found, child);
    } else {
      into.entries.push_back({key, child});
    }
  }
}

std::string to_yaml(const ConfigValue& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

YAML::Node to_node(const ConfigValue& value) {
  YAML::Node node(YAML::NodeType::Null);
  switch (value.kind) {
    case ConfigValue::Kind::null:
      break;
    case ConfigValue::Kind::scalar:
      node = value.text;
      break;
    case ConfigValue::Kind::list:
      node = YAML::Node(YAML::NodeType::Sequence);
      for (const ConfigValue& item : value.items) node.push_back(to_node(item));
      break;
    case ConfigValue::Kind::map:
      node = YAML::Node(YAML::NodeType::Map);
      for (const auto& [key, child] : value.entries) node.force_insert(key, to_node(child));
      break;
  }
  return node;
}

}  // namespace lama::training
