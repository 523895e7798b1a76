// From a published model's name to a usable file: download, verify, convert, install.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "registry/download.h"
#include "registry/published_models.h"

namespace lama::internal::registry {

struct PullOptions {
  std::vector<std::string> urls;  ///< mirrors of the file to use instead of the published ones
  bool offline = false;
  Patience patience;
  /// Receives the stage's name and its finished share, often. An exception from it ends the work;
  /// the next pull continues the download.
  std::function<void(const std::string&, double)> progress = [](const std::string&, double) {};
};

struct Pulled {
  std::filesystem::path file;
  bool was_there = false;
  std::string url, sha256;  ///< of the download
  /// The SHA-256 is unverified: neither a published value nor an earlier pull exists.
  bool trusted = false;
};

/// True if LAMA_OFFLINE or HF_HUB_OFFLINE is 1, true, yes or on.
bool offline_by_environment();

/// Makes `model` a file NAME.safetensors in home(), with its source and SHA-256 in the header,
/// unless it exists. If no SHA-256 is published, NAME.sha256 keeps the first pull's, and later
/// pulls must match it. Simultaneous pulls wait for each other. Throws Error.
Pulled pull(const PublishedModel& model, const PullOptions& options);

}  // namespace lama::internal::registry
