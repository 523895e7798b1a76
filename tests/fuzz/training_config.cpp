#include <string>

#include "base/error.h"
#include "training/config/config_value.h"
#include "training/config/interpolation.h"
#include "training/config/override.h"

// The first line is an override, the rest a config: joined, resolved, and written down.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lama::training;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  try {
    ConfigValue config = parse_yaml(line == std::string::npos ? "" : text.substr(line + 1), "x");
    const Override change = parse_override(text.substr(0, line));
    merge(config.entry(change.key), change.value);
    config.remove(change.key + ".a");
    const std::string yaml = to_yaml(Interpolation(config, 0).resolved(""));
    // What is written is read back the same.
    if (to_yaml(parse_yaml(yaml, "y")) != yaml) __builtin_trap();
  } catch (const lama::Error&) {
  }
  return 0;
}
