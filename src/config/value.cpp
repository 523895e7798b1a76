#include "config/value.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace lama::internal::config {
namespace {

constexpr std::size_t kMaxLevels = 60;
constexpr int kMaxValues = 10'000;

std::string too_deep() { return fmt::format("more than {} levels", kMaxLevels); }

class Converter {
 public:
  /// `lines`: whether values are given the number of their line.
  Converter(const std::string& source, bool lines) : source_(source), lines_(lines) {}

  Value convert(const YAML::Node& node, const Origin& origin) {
    // A few aliases of aliases would make a tree larger than any memory.
    if (around_.size() > kMaxLevels) fail(origin, too_deep());
    if (++count_ > kMaxValues) fail(origin, fmt::format("more than {} values", kMaxValues));
    Value value{.origin = origin};
    if (node.IsScalar()) {
      value.kind = Value::Kind::scalar;
      value.text = node.Scalar();
      value.quoted = node.Tag() == "!";
    }
    if (!node.IsSequence() && !node.IsMap()) return value;
    for (const YAML::Node& outer : around_) {
      if (node.is(outer)) fail(origin, "an alias of a value around it");
    }
    around_.push_back(node);
    if (node.IsSequence()) {
      value.kind = Value::Kind::list;
      for (const auto& item : node) value.items.push_back(convert(item, origin_of(item)));
    } else if (node.IsMap()) {
      value.kind = Value::Kind::map;
      for (const auto& entry : node) add(value, entry.first, entry.second);
    }
    around_.pop_back();
    return value;
  }

  Origin origin_of(const YAML::Node& node) const {
    return {source_, lines_ && !node.Mark().is_null() ? node.Mark().line + 1 : 0};
  }

 private:
  void add(Value& map, const YAML::Node& name, const YAML::Node& node) {
    const Origin origin = origin_of(name);  // a section begins at its key
    if (!name.IsScalar()) fail(origin, "a key that is not a name");
    const std::string& key = name.Scalar();
    if (map.find(key) != nullptr) fail(origin, fmt::format("{} comes twice", key));
    map.entries.push_back({key, convert(node, origin)});
  }

  [[noreturn]] static void fail(const Origin& origin, const std::string& what) {
    throw Error(fmt::format("{}: {}", origin.text(), what));
  }

  const std::string& source_;
  bool lines_;
  std::vector<YAML::Node> around_;
  int count_ = 0;
};

void emit(YAML::Emitter& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      out << YAML::Null;
      break;
    case Value::Kind::scalar:
      if (value.quoted || YAML::IsNullString(value.text)) out << YAML::SingleQuoted;
      out << value.text;
      break;
    case Value::Kind::list:
      out << YAML::BeginSeq;
      for (const Value& item : value.items) emit(out, item);
      out << YAML::EndSeq;
      break;
    case Value::Kind::map:
      out << YAML::BeginMap;
      for (const auto& [key, child] : value.entries) {
        out << YAML::Key << key << YAML::Value;
        emit(out, child);
      }
      out << YAML::EndMap;
      break;
  }
}

template <typename T>
std::optional<T> decoded(const std::string& text) {
  T value{};
  if (!YAML::convert<T>::decode(YAML::Node(text), value)) return std::nullopt;
  return value;
}

}  // namespace

std::string Origin::text() const {
  return line == 0 ? source : fmt::format("{}: line {}", source, line);
}

const Value* Value::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

const Value* Value::at(std::string_view dotted) const {
  const Value* value = this;
  while (value != nullptr) {
    const std::size_t dot = dotted.find('.');
    value = value->find(dotted.substr(0, dot));
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
  return value;
}

Origin Value::origin_of(std::string_view dotted) const {
  Origin innermost = origin;
  const Value* value = this;
  while (true) {
    const std::size_t dot = dotted.find('.');
    value = value->find(dotted.substr(0, dot));
    if (value == nullptr) return innermost;
    if (!value->origin.source.empty()) innermost = value->origin;
    if (dot == std::string_view::npos) return innermost;
    dotted.remove_prefix(dot + 1);
  }
}

Value& Value::entry(std::string_view key) {
  if (kind != Kind::map) *this = {.kind = Kind::map, .origin = origin};
  if (Value* found = find(key)) return *found;
  entries.push_back({std::string(key), {}});
  return entries.back().value;
}

bool Value::remove(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  const bool nested = dot != std::string_view::npos;
  auto* parent = nested ? const_cast<Value*>(at(dotted.substr(0, dot))) : this;
  if (parent == nullptr) return false;
  const std::string_view key = nested ? dotted.substr(dot + 1) : dotted;
  return std::erase_if(parent->entries, [key](const Entry& entry) { return entry.key == key; }) > 0;
}

Value scalar_value(std::string text, Origin origin) {
  return {.kind = Value::Kind::scalar, .text = std::move(text), .origin = std::move(origin)};
}

Value parse_yaml(const std::string& yaml, const std::string& source) {
  if (yaml.size() > kMaxBytes) {
    throw Error(
        fmt::format("{}: {} bytes: a config has at most {}", source, yaml.size(), kMaxBytes));
  }
  const bool lines = yaml.find('\n') != std::string::npos;
  try {
    // A whole file has no line.
    return Converter(source, lines).convert(YAML::Load(yaml), {source, 0});
  } catch (const YAML::Exception& error) {
    // yaml-cpp's own limit is 500 levels; it calls a file beyond them bad.
    const bool deep = dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr;
    const Origin origin{source, lines && !error.mark.is_null() ? error.mark.line + 1 : 0};
    throw Error(fmt::format("{}: {}", origin.text(), deep ? too_deep() : error.msg));
  }
}

Value read_yaml(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kMaxBytes);
  return parse_yaml({bytes.begin(), bytes.end()}, file.string());
}

void merge(Value& into, const Value& from) {
  if (into.kind != Value::Kind::map || from.kind != Value::Kind::map) {
    into = from;
    return;
  }
  for (const auto& [key, child] : from.entries) {
    if (Value* found = into.find(key)) {
      merge(*found, child);
    } else {
      into.entries.push_back({key, child});
    }
  }
}

std::string to_yaml(const Value& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

std::optional<std::int64_t> to_whole_number(const std::string& text) {
  return decoded<std::int64_t>(text);
}

std::optional<double> to_number(const std::string& text) { return decoded<double>(text); }

std::optional<bool> to_truth(const std::string& text) { return decoded<bool>(text); }

}  // namespace lama::internal::config
