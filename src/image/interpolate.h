// A smooth continuation of a hole's surroundings into the hole.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lama::internal {

/// Replaces the missing pixels of height x width pixels of `channels` interleaved samples by an
/// approximate solution of Laplace's equation, with the known pixels as boundary: a membrane over
/// the hole, free along the picture's edge. Its values lie between the known ones. Without known
/// pixels all values are 0.5.
///
/// `missing`: height x width, not 0 for a missing pixel. Time and memory grow with the number of
/// pixels. Thread-safety: pure.
void interpolate_missing(float* samples, std::size_t height, std::size_t width,
                         std::size_t channels, const std::uint8_t* missing);

}  // namespace lama::internal
