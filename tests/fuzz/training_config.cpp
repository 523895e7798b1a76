#include <algorithm>
#include <string>

#include "base/error.h"
#include "training/config/config_value.h"
#include "training/config/interpolation.h"
#include "training/config/override.h"

namespace {

using lama::training::ConfigValue;

bool same(const ConfigValue& a, const ConfigValue& b) {
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

}  // namespace

// The first line is an override, the rest a config: composed, resolved, and written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lama::training;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  try {
    ConfigValue config = parse_yaml(line == std::string::npos ? "" : text.substr(line + 1), "x");
    const Override change = parse_override(text.substr(0, line));
    merge(config.entry(change.key), change.value);
    config.remove(change.key + ".a");
    const ConfigValue resolved = Interpolation(config, 0).resolved("");
    // The written config reads back equal. (yaml-cpp replaces bytes that are not UTF-8.)
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
    const std::string written = to_yaml(resolved);
    if (plain && !same(parse_yaml(written, "y"), resolved)) __builtin_trap();
  } catch (const lama::Error&) {
  }
  return 0;
}
