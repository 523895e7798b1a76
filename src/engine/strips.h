// Local layers one after another, strip by strip: the maps between them never exist as a whole.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/layer.h"

namespace lama::internal::engine {

//      input                  between the layers                output
//   +-----------+
//   |  needed   |          +------------------+
//   |  for the  |  ----->  | needed for it    |  ----->  +-------------------+
//   |  strip    |          +------------------+          |     the strip     |
//   +-----------+                                        +-------------------+
//
// Strips lie on the grid of the whole output and are full lines of its wanted part. The rows that
// two neighbours both need are computed twice, with the same bits.
class Strips {
 public:
  /// `layers` must be local and outlive this. `wanted` is the part of their output to compute.
  Strips(std::span<const std::unique_ptr<Layer>> layers, const Extent& input, const Region& wanted);

  /// The part of the input that is read.
  Region needs() const;
  /// wanted.height x wanted.width pixels.
  Tensor run(const Tensor& x, Run& run) const;

  double multiplications() const;
  /// Floats alive at the worst moment of run(), input and output included.
  std::size_t floats(std::size_t input_channels) const;
  Scratch scratch() const;

 private:
  std::span<const std::unique_ptr<Layer>> layers_;
  std::vector<Extent> extents_;  // of the input and of each layer's output
  Region wanted_;
  /// parts[0] of the input and parts[i + 1] of layer i's output.
  std::vector<std::vector<Region>> strips_;
};

}  // namespace lama::internal::engine
