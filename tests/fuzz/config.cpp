#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/interpolation.h"
#include "config/override.h"
#include "config/section.h"

namespace {

using lama::internal::config::Value;

bool same(const Value& a, const Value& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    if (a.entries[i].key != b.entries[i].key || !same(a.entries[i].value, b.entries[i].value)) {
      return false;
    }
  }
  return true;
}

/// Reads the key "a", which the section may refuse.
template <typename Value, typename... Limits>
void read(const lama::internal::config::Value& config, Value value, Limits... limits) {
  try {
    lama::internal::config::Section section(config);
    section.read("a", value, limits...);
    section.require_no_others();
  } catch (const lama::internal::Error&) {
  }
}

void read_as_each_type(const Value& config) {
  read(config, true);
  read(config, 1, 0, 9);
  read(config, 1.0, 0.0, 9.0);
  read(config, std::string());
  read(config, std::vector<std::string>());
  read(config, std::vector<double>(), 0.0, 9.0);
}

}  // namespace

// The first line is an override, the rest a config: composed, resolved, and written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lama::internal::config;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  try {
    Value config = parse_yaml(line == std::string::npos ? "" : text.substr(line + 1), "x");
    const Override change = parse_override(text.substr(0, line));
    apply(change, config);
    config.remove(change.key + ".a");
    const Value resolved = Interpolation(config, 0).resolved("");
    // The written config reads back equal. (yaml-cpp replaces bytes that are not UTF-8.)
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
    const std::string written = to_yaml(resolved);
    if (plain && written.size() <= kMaxBytes && !same(parse_yaml(written, "y"), resolved)) {
      __builtin_trap();
    }
    read_as_each_type(resolved);
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
