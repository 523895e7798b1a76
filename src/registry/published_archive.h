// Zip archives as the authors published them: one folder with config.yaml and models/best.ckpt.
#pragma once

#include <filesystem>
#include <functional>

namespace lama::registry {

/// True for a zip file that holds a config.yaml; PyTorch's own zip files do not.
bool is_published_archive(const std::filesystem::path& path);

/// Writes the model's config.yaml and models/*.ckpt into the existing folder `folder`, under these
/// names and nothing else, wherever they are in the archive. Checksums are verified. `progress`
/// gets the share done; an exception it throws ends the work. Throws Error if the archive is
/// damaged, holds no model or several, claims sizes that cannot be, or the disk is too small.
void unpack_published_archive(const std::filesystem::path& archive,
                              const std::filesystem::path& folder,
                              const std::function<void(double)>& progress);

}  // namespace lama::registry
