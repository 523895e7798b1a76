// Where models are on this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "registry/published_models.h"

namespace lama::registry {

/// Where our models are: $LAMA_HOME, else lama in $XDG_CACHE_HOME, else ~/.cache/lama. Need not
/// exist. Throws Error if none of the variables (nor HOME) says.
std::filesystem::path home();

/// The file of an installed model: NAME.safetensors in home(), if it is there.
std::optional<std::filesystem::path> installed(const PublishedModel& model);

/// Where other programs keep the same model in a form that we read. Nothing is ever written there:
///   PyTorch's downloads (IOPaint, simple-lama): $TORCH_HOME/hub/checkpoints, where TORCH_HOME is
///   ~/.cache/torch unless set;
///   the Hugging Face cache: $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub.
/// $XDG_CACHE_HOME stands for ~/.cache in both.
std::vector<std::filesystem::path> found_elsewhere(const PublishedModel& model);

struct Found {
  const PublishedModel* model;
  std::filesystem::path file;
  bool ours;  ///< in home()
};

/// The installed file of `model`, else one found elsewhere.
std::optional<Found> find(const PublishedModel& model);

/// The best general model that is installed, else the best that is elsewhere.
std::optional<Found> find_best();

}  // namespace lama::registry
