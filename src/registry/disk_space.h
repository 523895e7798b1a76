// Room on a disk, asked for before it is needed.
#pragma once

#include <cstdint>
#include <filesystem>

namespace lama::registry {

/// Throws Error unless `bytes` more fit on the disk that `folder` is on.
void require_disk_space(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace lama::registry
