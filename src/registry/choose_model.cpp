#include "registry/choose_model.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include "base/error.h"
#include "registry/cache.h"

extern "C" {
extern const std::uint8_t lama_embedded_model[];      // NOLINT(readability-identifier-naming)
extern const std::uint8_t lama_embedded_model_end[];  // NOLINT(readability-identifier-naming)
}

namespace lama::internal::registry {
namespace {

constexpr const char* kEmbeddedName = "embedded";

/// `name`, or where that is empty what the environment variable LAMA_MODEL names.
std::string asked_for(std::string name) {
  if (!name.empty()) return name;
  const char* chosen = std::getenv("LAMA_MODEL");  // NOLINT(concurrency-mt-unsafe)
  return chosen != nullptr ? chosen : "";
}

weights::ModelFile open_found(const Found& found, std::span<const std::string> overrides) {
  weights::ModelFile model = weights::open_model(found.file, overrides);
  // Another program's file keeps its path as its name: it need not be the model that its file name
  // claims.
  if (found.ours) model.name = found.model->name;
  return model;
}

[[noreturn]] void refuse(const std::string& name) {
  std::string names;
  for (const auto& model : published_models()) names += model.name + ", ";
  const auto meant = nearest_name(name);
  throw Error(fmt::format("{}: no such file or model{}; known models are {}embedded, patches", name,
                          meant ? fmt::format(" (did you mean {}?)", *meant) : "", names));
}

}  // namespace

int thickest_hole(const weights::ModelFile& model) {
  constexpr int kEmbedded = 20;
  return model.name == kEmbeddedName ? kEmbedded : std::numeric_limits<int>::max();
}

std::string advice(const std::string& name) {
  if (!asked_for(name).empty() || find_best()) return {};
  return fmt::format(
      "the hole is large: a published network may fill it better; 'lama models pull {}' fetches "
      "one",
      published_models().front().name);
}

bool means_patches(const std::string& name) { return asked_for(name) == kPatchesName; }

weights::ModelFile open_chosen_model(std::string name, std::span<const std::string> overrides) {
  name = asked_for(std::move(name));
  if (name == kPatchesName) {
    throw Error(fmt::format("{}: no network, but copies of a hole's surroundings: name a network",
                            kPatchesName));
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

}  // namespace lama::internal::registry
