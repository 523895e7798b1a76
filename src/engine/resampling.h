// Feature maps at other sizes and angles, as PyTorch and kornia 0.5 compute them.
#pragma once

#include <cstddef>

#include "engine/tensor.h"
#include "engine/workers.h"
#include "model/architecture.h"

namespace lama::internal::engine {

/// Whether a result replaces the values in its place or is added to them.
enum class Write { replace, add };

/// F.interpolate with align_corners off: pixel i of `out` lies at (i + 1/2) * step - 1/2 of `in` in
/// each direction, with steps in pixels of `in`.
void resize(const View<const float>& in, const View<float>& out, model::Resampling mode,
            double step_y, double step_x, Write write, Workers& workers);

/// A part of resize() to twice the sides, bilinear, with the same bits: `in` is window.input and
/// `out` window.output.
void enlarge(const View<const float>& in, const Window& window, const View<float>& out,
             Workers& workers);
/// The part of a map of this size that enlarge() needs for `output`.
Region needed_to_enlarge(const Region& output, std::size_t height, std::size_t width);

/// The mean of each 2 x 2 pixels; the last row and column of an odd size are dropped.
Tensor halve(const View<const float>& in, Workers& workers);

/// The rotation of LearnableSpatialTransformWrapper: of the map with a mirrored border around it,
/// about the middle, bilinear, zeros from outside.
class Rotation {
 public:
  Rotation() = default;
  Rotation(double degrees, double pad_coef) : degrees_(degrees), pad_coef_(pad_coef) {}

  std::size_t border(std::size_t side) const {
    return static_cast<std::size_t>(static_cast<double>(side) * pad_coef_);
  }
  std::size_t padded(std::size_t side) const { return side + 2 * border(side); }

  /// `x` with its border, rotated.
  Tensor forward(const View<const float>& x, Workers& workers) const;
  /// `y`, which has the border, rotated back and without it.
  void back(const View<const float>& y, const View<float>& out, Write write,
            Workers& workers) const;

 private:
  double degrees_ = 0, pad_coef_ = 0;
};

}  // namespace lama::internal::engine
