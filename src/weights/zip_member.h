// Members of zip archives from strangers.
#pragma once

#include <zip.h>

#include <cstdint>

namespace lama::internal::weights {

/// Whether an archive of `archive_bytes` can hold a member of the size that `info`, which must
/// have both sizes, claims. Deflate makes at most 1032 bytes of one: a member that claims more is
/// damaged or a zip bomb.
inline bool can_have_size(const zip_stat_t& info, std::uint64_t archive_bytes) {
  constexpr std::uint64_t kMaxExpansion = 1032;
  return info.comp_size <= archive_bytes && info.size <= info.comp_size * kMaxExpansion;
}

}  // namespace lama::internal::weights
