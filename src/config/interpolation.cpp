#include "config/interpolation.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iomanip>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lama::internal::config {
namespace {

// Far beyond any config's.
constexpr int kMaxDepth = 100;
constexpr int kMaxSteps = 10'000;
constexpr std::size_t kMaxText = kMaxBytes / 2;

struct UnsetVariable {
  std::string name;
  Origin origin;  ///< of the text that asks for it
};

std::string parent(const std::string& key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

std::string joined(const std::string& path, const std::string& key) {
  return path + (path.empty() || key.empty() ? "" : ".") + key;
}

/// Behind the brace that closes the one before `begin`; npos if none does.
std::size_t end_of_reference(std::string_view text, std::size_t begin) {
  int open = 1;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i + 1;
  }
  return std::string_view::npos;
}

std::optional<std::string> environment(const std::string& name) {
  // NOLINTBEGIN(concurrency-mt-unsafe): as the header says
  if (const char* value = std::getenv(name.c_str())) return value;
  if (name == "USER") {  // which containers do not set
    if (const passwd* user = ::getpwuid(::getuid())) return user->pw_name;
  }
  // NOLINTEND(concurrency-mt-unsafe)
  return std::nullopt;
}

}  // namespace

class Interpolation::Walk {
 public:
  explicit Walk(Interpolation& owner) : owner_(owner) {}

  /// `key` is where `value` stands.
  Value resolve(const Value& value, const std::string& key, int depth) {
    if (depth > kMaxDepth) fail(value, key, "its references lead too deep");
    count(value, key);
    Value result = value;
    switch (value.kind) {
      case Value::Kind::scalar:
        return resolve_text(value, key, depth);
      case Value::Kind::list:
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          result.items[i] = keep_unset(value.items[i], joined(key, std::to_string(i)), depth + 1);
        }
        break;
      case Value::Kind::map:
        for (std::size_t i = 0; i < value.entries.size(); ++i) {
          result.entries[i].value =
              keep_unset(value.entries[i].value, joined(key, value.entries[i].key), depth + 1);
        }
        break;
      case Value::Kind::null:
        break;
    }
    return result;
  }

  Value keep_unset(const Value& value, const std::string& key, int depth) {
    try {
      return resolve(value, key, depth);
    } catch (const UnsetVariable& variable) {
      owner_.unset_.push_back({key, variable.name, variable.origin});
      return value;
    }
  }

  /// The value at `path`, through references on the way; nothing if it is not there.
  std::optional<Value> look_up(const std::string& path, int depth) {
    const Value* value = &owner_.root_;
    Value held;  // the value of a reference on the way
    std::string here;
    std::string_view rest = path;
    while (!rest.empty()) {
      const std::size_t dot = rest.find('.');
      const std::string name(rest.substr(0, dot));
      rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
      value = value->find(name);
      if (value == nullptr) return std::nullopt;
      here = joined(here, name);
      if (value->kind == Value::Kind::scalar) {
        Value next = resolve(*value, here, depth + 1);
        held = std::move(next);
        value = &held;
      }
    }
    return *value;
  }

 private:
  [[noreturn]] static void fail(const Value& value, const std::string& key,
                                const std::string& what) {
    throw Error(fmt::format("{}: {}: {}", value.origin.text(), key, what));
  }

  /// The keys whose references are being followed, while this object exists.
  class Following {
   public:
    Following(std::vector<std::pair<std::string, Origin>>& keys, const std::string& key,
              const Value& value)
        : keys_(keys) {
      const auto same = [&key](const auto& other) { return other.first == key; };
      if (std::any_of(keys.begin(), keys.end(), same)) {
        std::string circle;
        for (const auto& [name, origin] : keys) circle += name + ", ";
        throw Error(fmt::format("{}: {}: its references run in a circle: {}{}",
                                keys.front().second.text(), keys.front().first, circle, key));
      }
      keys.emplace_back(key, value.origin);
    }
    ~Following() { keys_.pop_back(); }
    Following(const Following&) = delete;
    Following& operator=(const Following&) = delete;

   private:
    std::vector<std::pair<std::string, Origin>>& keys_;
  };

  /// References can make much of little.
  void count(const Value& value, const std::string& key) {
    text_ += value.text.size();
    if (++steps_ > kMaxSteps || text_ > kMaxText) fail(value, key, "too many references");
  }

  Value resolve_text(const Value& value, const std::string& key, int depth) {
    const std::string& text = value.text;
    std::size_t begin = text.find("${");
    if (begin == std::string::npos) return value;
    if (begin == 0 && end_of_reference(text, 2) == text.size()) {
      return evaluate(value, text.substr(2, text.size() - 3), key, depth);
    }
    Value result = value;
    result.text.clear();
    std::size_t done = 0;
    for (; begin != std::string::npos; begin = text.find("${", done)) {
      if (begin > done && text[begin - 1] == '\\') {  // \${ is no reference
        result.text += text.substr(done, begin - 1 - done) + "${";
        done = begin + 2;
        continue;
      }
      const std::size_t end = end_of_reference(text, begin + 2);
      if (end == std::string::npos) fail(value, key, text + " has a ${ without its }");
      const Value piece = evaluate(value, text.substr(begin + 2, end - begin - 3), key, depth);
      if (piece.kind == Value::Kind::list || piece.kind == Value::Kind::map) {
        fail(value, key, text + " has a whole section in a text");
      }
      result.text +=
          text.substr(done, begin - done) + (piece.kind == Value::Kind::null ? "null" : piece.text);
      count(result, key);
      done = end;
    }
    result.text += text.substr(done);
    return result;
  }

  /// `reference`: the text between the braces.
  Value evaluate(const Value& value, std::string reference, const std::string& key, int depth) {
    if (reference.find("${") != std::string::npos) {  // ${a.${b}}
      Value inner = value;
      inner.text = reference;
      reference = resolve(inner, key, depth + 1).text;
    }
    const std::size_t colon = reference.find(':');
    if (colon != std::string::npos) {
      return call(value, reference.substr(0, colon), reference.substr(colon + 1), key, depth);
    }
    std::string path = reference;
    if (path.starts_with('.')) {  // one point: beside this key; each more: a section further up
      std::string base = key;
      while (path.starts_with('.')) {
        base = parent(base);
        path.erase(0, 1);
      }
      path = joined(base, path);
    }
    const Following following(following_, key, value);
    std::optional<Value> found = look_up(path, depth);
    if (!found || path.empty()) fail(value, key, fmt::format("${{{}}}: no such key", reference));
    return resolve(*found, path, depth + 1);
  }

  Value call(const Value& value, const std::string& resolver, const std::string& argument,
             const std::string& key, int depth) {
    if (!owner_.now_ && (resolver == "env" || resolver == "oc.env" || resolver == "now")) {
      fail(value, key,
           fmt::format("${{{}:{}}}: write the value itself; a model's config is read without the "
                       "environment and the time",
                       resolver, argument));
    }
    if (resolver == "env" || resolver == "oc.env") {
      const std::size_t comma = argument.find(',');
      const std::string name = argument.substr(0, comma);
      std::optional<std::string> found = environment(name);
      if (!found && comma != std::string::npos) found = argument.substr(comma + 1);
      if (!found) throw UnsetVariable{name, value.origin};
      return scalar_value(*found, value.origin);
    }
    if (resolver == "now") {
      std::tm time{};
      ::tzset();  // which localtime_r does not do
      ::localtime_r(&*owner_.now_, &time);
      std::ostringstream text;
      text << std::put_time(&time, argument.c_str());
      return scalar_value(text.str(), value.origin);
    }
    if (resolver == "hydra") {
      const std::string path = "hydra." + argument;
      const Following following(following_, key, value);
      const std::optional<Value> found = look_up(path, depth);
      if (!found) fail(value, key, fmt::format("${{hydra:{}}}: no such key", argument));
      return resolve(*found, path, depth + 1);
    }
    fail(value, key,
         fmt::format("${{{}:{}}}: only env, oc.env, now and hydra can be called", resolver,
                     argument));
  }

  Interpolation& owner_;
  std::vector<std::pair<std::string, Origin>> following_;
  int steps_ = 0;
  std::size_t text_ = 0;
};

std::string Interpolation::Unset::text() const {
  return fmt::format("{}: {}: the environment variable {} is not set", origin.text(), key,
                     variable);
}

Value Interpolation::resolved(const std::string& dotted) {
  Walk walk(*this);
  const Value* value = dotted.empty() ? &root_ : root_.at(dotted);
  if (value == nullptr) throw Error(fmt::format("{}: no such key", dotted));
  return walk.keep_unset(*value, dotted, 0);
}

}  // namespace lama::internal::config
