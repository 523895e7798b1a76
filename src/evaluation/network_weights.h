// The feature networks, from weight files that the user has put in place. Nothing is downloaded.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugin/module.h"

namespace lama::evaluation {

struct NetworkWishes {
  bool lpips = true, inception = true;
  plugin::LpipsNetwork lpips_network = plugin::LpipsNetwork::vgg;
  std::filesystem::path folder;  ///< of weight files; may be empty
  /// Take weight files that are not the published ones.
  bool accept_any_weights = false;
};

struct FeatureNetworks {
  std::unique_ptr<plugin::Lpips> lpips;  ///< null if not wished, or left out
  std::unique_ptr<plugin::Inception> inception;
  /// What was left out and why, and which weights are not the published ones.
  std::vector<std::string> notes;
};

/// Where weight files are looked for: the wished folder; "evaluation" in $LAMA_HOME or else in
/// $XDG_CACHE_HOME/lama or ~/.cache/lama; where PyTorch keeps what it has downloaded
/// ($TORCH_HOME/hub/checkpoints or ~/.cache/torch/hub/checkpoints).
std::vector<std::filesystem::path> weight_folders(const NetworkWishes& wishes);

/// Opens what is wished and there. Throws Error if a weight file is damaged, does not fit its
/// network, or is not the published one: the names of PyTorch's files end with the first digits of
/// their SHA-256; those of the LPIPS heads are known here.
FeatureNetworks open_networks(const NetworkWishes& wishes);

}  // namespace lama::evaluation
