#include "registry/cache.h"

#include <algorithm>
#include <string>

#include "base/environment.h"
#include "base/error.h"

namespace lama::internal::registry {
namespace {

namespace fs = std::filesystem;

fs::path hugging_face_hub() {
  if (fs::path hub = environment("HF_HUB_CACHE"); !hub.empty()) return hub;
  const fs::path base = environment("HF_HOME");
  return (base.empty() ? cache_folder() / "huggingface" : base) / "hub";
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// The folders in `folder`, sorted. None if it cannot be read.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    if (fs::is_directory(entry->path(), ignored)) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

fs::path home() {
  if (fs::path home = environment("LAMA_HOME"); !home.empty()) return home;
  const fs::path cache = cache_folder();
  if (cache.empty()) {
    throw Error("no folder for models: set LAMA_HOME to a folder (HOME is not set either)");
  }
  return cache / "lama";
}

std::optional<fs::path> installed(const PublishedModel& model) {
  if (environment("LAMA_HOME").empty() && cache_folder().empty()) return std::nullopt;
  fs::path file = home() / (model.name + ".safetensors");
  if (!is_file(file)) return std::nullopt;
  return file;
}

std::vector<fs::path> found_elsewhere(const PublishedModel& model) {
  const std::string name = model.file_name();
  // Zip archives need unpacking first, and best.ckpt is too common a name.
  if (!name.ends_with(".pt")) return {};
  std::vector<fs::path> found;
  if (fs::path file = torch_checkpoints() / name; is_file(file)) found.push_back(file);
  for (const fs::path& repository : folders_in(hugging_face_hub())) {
    if (!repository.filename().string().starts_with("models--")) continue;
    for (const fs::path& snapshot : folders_in(repository / "snapshots")) {
      if (is_file(snapshot / name)) found.push_back(snapshot / name);
    }
  }
  return found;
}

std::optional<Found> find(const PublishedModel& model) {
  if (auto file = installed(model)) return Found{&model, *file, true};
  if (auto files = found_elsewhere(model); !files.empty()) return Found{&model, files[0], false};
  return std::nullopt;
}

std::optional<Found> find_best() {
  std::optional<Found> elsewhere;
  for (const PublishedModel& model : published_models()) {
    if (!model.general) continue;
    auto found = find(model);
    if (found && found->ours) return found;
    if (found && !elsewhere) elsewhere = found;
  }
  return elsewhere;
}

}  // namespace lama::internal::registry
