// From a published model's name to a file that can be used: download, verify, convert, install.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "registry/download.h"
#include "registry/published_models.h"

namespace lama::registry {

struct PullOptions {
  std::vector<std::string> urls;  ///< mirrors of the file to use instead of the published ones
  bool offline = false;
  Patience patience;
  /// The name of the stage, and the share of it that is done; called often. An exception it throws
  /// ends the work; the next pull continues the download.
  std::function<void(const std::string&, double)> progress = [](const std::string&, double) {};
};

struct Pulled {
  std::filesystem::path file;
  bool was_there = false;
  std::string url, sha256;  ///< of what was downloaded
  /// Nothing was known to compare the SHA-256 with: neither a published value nor an earlier pull.
  bool trusted = false;
};

/// True if LAMA_OFFLINE or HF_HUB_OFFLINE is 1, true, yes or on.
bool offline_by_environment();

/// Makes `model` a file NAME.safetensors in home(), with its source and SHA-256 in the header,
/// unless it is there. Where no SHA-256 is published, the first pull's is kept in NAME.sha256 and
/// later ones must have the same. Pulls at the same time wait for each other. Throws Error.
Pulled pull(const PublishedModel& model, const PullOptions& options);

}  // namespace lama::registry
