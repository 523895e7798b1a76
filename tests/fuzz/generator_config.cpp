#include "model/generator_config.h"

#include <string>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lama::internal::model;  // NOLINT(google-build-using-namespace)
  try {
    const GeneratorConfig config =
        parse_generator_config(std::string(reinterpret_cast<const char*>(data), size), "x");
    // An accepted config survives a round trip through JSON.
    if (!(parse_generator_config(to_json(config), "y") == config)) __builtin_trap();
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
