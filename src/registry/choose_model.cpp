#include "registry/choose_model.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "registry/cache.h"

extern "C" {
extern const std::uint8_t lama_embedded_model[];      // NOLINT(readability-identifier-naming)
extern const std::uint8_t lama_embedded_model_end[];  // NOLINT(readability-identifier-naming)
}

namespace lama::registry {
namespace {

constexpr const char* kEmbeddedName = "embedded";

weights::Model open_found(const Found& found, std::span<const std::string> overrides) {
  weights::Model model = weights::open_model(found.file, overrides);
  // Another program's file keeps its path as its name: it need not be the model that its file name
  // claims.
  if (found.ours) model.name = found.model->name;
  return model;
}

[[noreturn]] void refuse(const std::string& name) {
  std::string names;
  for (const auto& model : published_models()) names += model.name + ", ";
  const auto meant = nearest_name(name);
  throw Error(fmt::format("{}: no such file or model{}; known models are {}embedded", name,
                          meant ? fmt::format(" (did you mean {}?)", *meant) : "", names));
}

}  // namespace

int thickest_hole(const weights::Model& model) {
  constexpr int kEmbedded = 20;
  return model.name == kEmbeddedName ? kEmbedded : std::numeric_limits<int>::max();
}

weights::Model open_chosen_model(std::string name, std::span<const std::string> overrides) {
  if (name.empty()) {
    const char* chosen = std::getenv("LAMA_MODEL");  // NOLINT(concurrency-mt-unsafe)
    if (chosen != nullptr) name = chosen;
  }
  if (name.empty()) {
    if (const auto found = find_best()) return open_found(*found, overrides);
    name = kEmbeddedName;
  }
  if (name == kEmbeddedName) {
    return weights::open_model(
        std::span<const std::uint8_t>(lama_embedded_model, lama_embedded_model_end), name,
        overrides);
  }
  std::error_code ignored;
  if (name.find('/') == std::string::npos && !std::filesystem::exists(name, ignored)) {
    const PublishedModel* model = find_published(name);
    if (model == nullptr) refuse(name);
    if (const auto found = find(*model)) return open_found(*found, overrides);
    throw Error(fmt::format("{0}: not installed; fetch it with: lama models pull {0}", name));
  }
  return weights::open_model(std::filesystem::path(name), overrides);
}

}  // namespace lama::registry
