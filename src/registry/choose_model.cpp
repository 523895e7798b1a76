#include "registry/choose_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/environment.h"
#include "base/error.h"
#include "base/similar_name.h"
#include "registry/cache.h"

extern "C" {
extern const std::uint8_t lama_embedded_model[];      // NOLINT(readability-identifier-naming)
extern const std::uint8_t lama_embedded_model_end[];  // NOLINT(readability-identifier-naming)
}

namespace lama::internal::registry {
namespace {

/// `name`, or where that is empty what the environment variable LAMA_MODEL names.
std::string asked_for(std::string name) { return name.empty() ? environment("LAMA_MODEL") : name; }

weights::ModelFile open_found(const Found& found, std::span<const std::string> overrides) {
  weights::ModelFile model = weights::open_model(found.file, overrides);
  // Another program's file keeps its path as its name: it need not be the model that its file name
  // claims.
  if (found.ours) model.name = found.model->name;
  return model;
}

/// `by_variable`: LAMA_MODEL names it.
[[noreturn]] void refuse(const std::string& name, bool by_variable) {
  std::vector<std::string> names;
  for (const auto& model : published_models()) names.push_back(model.name);
  names.insert(names.end(), {kEmbeddedName, kPatchesName});
  const auto meant = similar_name(name, names);
  throw Error(fmt::format(
      "{}{}: no such file or model{}; known models are {}", by_variable ? "LAMA_MODEL names " : "",
      name, meant ? fmt::format(" (did you mean {}?)", *meant) : "", fmt::join(names, ", ")));
}

/// The model that open_chosen_model() opens: one found on this machine, or `name`.
struct Choice {
  std::optional<Found> found;
  std::string name;
};
Choice choose(std::string name) {
  const bool by_variable = name.empty();
  name = asked_for(std::move(name));
  if (name == kPatchesName) {
    throw Error(fmt::format("{}: it has no network: name another model", kPatchesName));
  }
  if (name.empty()) return {find_best(), kEmbeddedName};
  std::error_code ignored;
  if (name == kEmbeddedName || name.find('/') != std::string::npos ||
      std::filesystem::exists(name, ignored)) {
    return {{}, name};
  }
  const PublishedModel* model = find_published(name);
  if (model == nullptr) refuse(name, by_variable);
  if (auto found = find(*model)) return {std::move(found), name};
  throw Error(fmt::format("{0}: not installed; fetch it with: lama models pull {0}", name));
}

}  // namespace

std::string chosen_name(const std::string& name) {
  const Choice choice = choose(name);
  if (!choice.found) return choice.name;
  return choice.found->ours ? choice.found->model->name : choice.found->file.string();
}

int thickest_hole(const weights::ModelFile& model) {
  constexpr int kEmbedded = 6;
  return model.embedded ? kEmbedded : std::numeric_limits<int>::max();
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
  const Choice choice = choose(std::move(name));
  if (choice.found) return open_found(*choice.found, overrides);
  if (choice.name == kEmbeddedName) {
    weights::ModelFile model = weights::open_model(
        std::span<const std::uint8_t>(lama_embedded_model, lama_embedded_model_end), kEmbeddedName,
        overrides);
    model.embedded = true;
    return model;
  }
  return weights::open_model(std::filesystem::path(choice.name), overrides);
}

}  // namespace lama::internal::registry
