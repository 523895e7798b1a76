// The authors' published zip archives: one folder with config.yaml and models/best.ckpt.
#pragma once

#include <filesystem>
#include <functional>

namespace lama::internal::registry {

/// True for a zip file with a config.yaml; PyTorch's own zip files have none.
bool is_published_archive(const std::filesystem::path& path);

/// Writes the model's config.yaml and models/*.ckpt, and nothing else, into the existing folder
/// `folder` under these names, from any place in the archive. Verifies checksums. `progress`
/// receives the finished share; an exception from it ends the work. Throws Error if the archive is
/// damaged, contains no model or several, claims impossible sizes, or the disk is too small.
void unpack_published_archive(const std::filesystem::path& archive,
                              const std::filesystem::path& folder,
                              const std::function<void(double)>& progress);

}  // namespace lama::internal::registry
