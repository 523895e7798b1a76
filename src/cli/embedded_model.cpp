#include <cstdint>
#include <cstdlib>
#include <span>

#include "cli/commands.h"

extern "C" {
extern const std::uint8_t lama_embedded_model[];      // NOLINT(readability-identifier-naming)
extern const std::uint8_t lama_embedded_model_end[];  // NOLINT(readability-identifier-naming)
}

namespace lama::cli {

weights::Model open_chosen_model(std::string name, std::span<const std::string> overrides) {
  if (name.empty()) {
    const char* chosen = std::getenv("LAMA_MODEL");  // NOLINT(concurrency-mt-unsafe)
    name = chosen != nullptr && *chosen != '\0' ? chosen : "embedded";
  }
  if (name != "embedded") return weights::open_model(std::filesystem::path(name), overrides);
  return weights::open_model(
      std::span<const std::uint8_t>(lama_embedded_model, lama_embedded_model_end), name, overrides);
}

}  // namespace lama::cli
