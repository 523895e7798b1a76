#include "config/override.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"

namespace lama::internal::config {
namespace {

bool is_key(const std::string& key) {
  const auto letter = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
           c == '/';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), letter) && !key.starts_with('.') &&
         !key.ends_with('.') && key.find("..") == std::string::npos;
}

/// YAML takes {a:1} for a key "a:1", where hydra and everybody who types it mean {a: 1}.
void require_spaces(const Value& value, const std::string& text) {
  for (const auto& [key, child] : value.entries) {
    if (key.find(':') != std::string::npos) {
      throw Error(fmt::format("{}: {} needs a space after its colon", text, key));
    }
    require_spaces(child, text);
  }
  for (const Value& item : value.items) require_spaces(item, text);
}

Value parse_value(const std::string& value, const std::string& text) {
  if (value == "null") return {.origin = {text}};
  const std::size_t first = value.find_first_not_of(' ');
  if (first != std::string::npos && std::string("[{'\"").find(value[first]) != std::string::npos) {
    Value parsed = parse_yaml(value, text);
    require_spaces(parsed, text);
    return parsed;
  }
  Value scalar = scalar_value(value, {text});
  scalar.quoted = value.empty();
  return scalar;
}

}  // namespace

Override parse_override(const std::string& text) {
  Override result{.text = text};
  const std::size_t equals = text.find('=');
  std::string key = text.substr(0, equals);
  if (key.starts_with('~')) {
    result.action = Override::Action::remove;
    key.erase(0, 1);
  } else if (key.starts_with('+')) {
    result.action = Override::Action::add;
    key.erase(0, key.starts_with("++") ? 2 : 1);
  }
  if (key.find('@') != std::string::npos) {
    throw Error(fmt::format("{}: packages of groups cannot be changed here", text));
  }
  if (!is_key(key)) {
    throw Error(fmt::format("{}: expected KEY=VALUE, +KEY=VALUE or ~KEY", text));
  }
  result.key = key;
  if (equals != std::string::npos) {
    result.value = parse_value(text.substr(equals + 1), text);
  } else if (result.action != Override::Action::remove) {
    throw Error(fmt::format("{}: expected KEY=VALUE", text));
  }
  return result;
}

void apply(const Override& change, Value& into) {
  if (change.action == Override::Action::remove) {
    const Value* found = into.at(change.key);
    if (found == nullptr) throw Error(fmt::format("{}: no such key to remove", change.text));
    if (change.value.kind == Value::Kind::scalar && change.value.text != found->text) {
      throw Error(fmt::format("{}: its value is not {}", change.text, change.value.text));
    }
    into.remove(change.key);
    return;
  }
  Value* value = &into;
  for (std::size_t begin = 0; begin < change.key.size();) {
    const std::size_t end = std::min(change.key.find('.', begin), change.key.size());
    value = &value->entry(std::string_view(change.key).substr(begin, end - begin));
    if (value->origin.source.empty()) value->origin = {change.text};
    begin = end + 1;
  }
  merge(*value, change.value);
}

}  // namespace lama::internal::config
