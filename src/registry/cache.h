// Models on this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "registry/published_models.h"

namespace lama::internal::registry {

/// The folder of our models: $LAMA_HOME, else lama in $XDG_CACHE_HOME, else ~/.cache/lama. It need
/// not exist. Throws Error if neither these variables nor HOME are set.
std::filesystem::path home();

/// The file of an installed model, NAME.safetensors in home(), if it exists.
std::optional<std::filesystem::path> installed(const PublishedModel& model);

/// Other programs' files of the same model, in formats that we read. We never write there:
///   PyTorch's downloads (IOPaint, simple-lama): $TORCH_HOME/hub/checkpoints, where TORCH_HOME is
///   ~/.cache/torch unless set;
///   the Hugging Face cache: $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub.
/// $XDG_CACHE_HOME replaces ~/.cache in both.
std::vector<std::filesystem::path> found_elsewhere(const PublishedModel& model);

struct Found {
  const PublishedModel* model;
  std::filesystem::path file;
  bool ours;  ///< in home()
};

/// The installed file of `model`, else another program's.
std::optional<Found> find(const PublishedModel& model);

/// The best installed general model, else the best one of other programs.
std::optional<Found> find_best();

}  // namespace lama::internal::registry
