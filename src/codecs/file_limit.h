// The limit of a picture's file.
#pragma once

#include <cstddef>

namespace lama::internal::codecs {

/// 1 GiB, wherever the bytes come from.
inline constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;

}  // namespace lama::internal::codecs
