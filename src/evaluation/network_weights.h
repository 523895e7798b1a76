// The feature networks, from weight files in the user's folders. Downloads nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugin/module.h"

namespace lama::internal::evaluation {

struct FeatureNetworkOptions {
  bool lpips = true, inception = true;
  plugin::LpipsNetwork lpips_network = plugin::LpipsNetwork::vgg;
  std::filesystem::path folder;  ///< a folder of weight files; may be empty
  /// EfficientNet-Lite1's published file; empty: no metrics of fills by features.
  std::filesystem::path fills;
  /// Accept weight files that differ from the published ones.
  bool accept_any_weights = false;
};

struct FeatureNetworks {
  std::unique_ptr<plugin::Lpips> lpips;  ///< null if not requested, or left out
  std::unique_ptr<plugin::Inception> inception;
  std::unique_ptr<plugin::FillFeatures> fills;
  /// Missing networks with reasons, and weights that differ from the published ones.
  std::vector<std::string> notes;
};

/// The folders of weight files: the requested one; "evaluation" in $LAMA_HOME or else in
/// $XDG_CACHE_HOME/lama or ~/.cache/lama; PyTorch's downloads ($TORCH_HOME/hub/checkpoints or
/// ~/.cache/torch/hub/checkpoints).
std::vector<std::filesystem::path> weight_folders(const FeatureNetworkOptions& options);

/// Opens the requested networks whose files exist. Throws Error if a weight file is damaged, does
/// not fit its network, or differs from the published one: the names of PyTorch's files and of
/// EfficientNet-Lite1's end with the first digits of their SHA-256; this room knows those of the
/// LPIPS heads.
FeatureNetworks open_networks(const FeatureNetworkOptions& options);

}  // namespace lama::internal::evaluation
