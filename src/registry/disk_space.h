// Checks free disk space in advance.
#pragma once

#include <cstdint>
#include <filesystem>

namespace lama::internal::registry {

/// Throws Error unless `bytes` more fit on the disk of `folder`.
void require_disk_space(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace lama::internal::registry
