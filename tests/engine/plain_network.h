// The generator once more: in double, channel by channel, as the paper and the specification say it
// and with no thought of speed. It is the engine's slow twin, and it can make the mistakes that
// ports of this network are known to make.
#pragma once

#include <string>
#include <vector>

#include "engine/tensor.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::testing {

struct Mistakes {
  /// Drops the imaginary parts of the edge columns before the inverse along the height (not after).
  bool edge_columns_made_real_too_early = false;
  /// Spectral channels as all real parts, then all imaginary ones.
  bool halves_instead_of_interleaved = false;
  /// The layer whose Fourier unit adds nothing.
  std::string skipped_fourier_unit;
  bool zero_padding = false;
  /// Residual blocks add first and apply the ReLU then.
  bool relu_after_the_sum = false;
  /// Batch norm folded into both summands of a branch, so that its shift counts twice.
  bool shift_added_twice = false;
  /// pix2pixHD's residual blocks with the ReLU that FFC blocks have before the sum.
  bool relu_before_the_sum = false;
  /// pix2pixHD's down-samplings padded as all its other convolutions are.
  bool reflected_downsampling = false;
  /// Global channels before local ones where they are joined.
  bool global_first = false;
  /// Results of dilated convolutions left as they are concatenated.
  bool concatenation_unpermuted = false;
  /// A local Fourier unit's quarters from left to right, then down.
  bool quarters_in_reading_order = false;
};

/// The logits of one picture (1 x H x W x 4), pixel by pixel, three channels each.
std::vector<double> plain_logits(const model::Architecture& generator,
                                 const weights::TensorFile& tensors, const engine::Tensor& input,
                                 const Mistakes& mistakes);

/// Planes of a feature map in double: [channel][y][x].
struct Planes {
  Planes(std::size_t c, std::size_t h, std::size_t w)
      : channels(c), height(h), width(w), values(c * h * w) {}
  double& at(std::size_t c, std::size_t y, std::size_t x) {
    return values[(c * height + y) * width + x];
  }
  double at(std::size_t c, std::size_t y, std::size_t x) const {
    return values[(c * height + y) * width + x];
  }

  std::size_t channels, height, width;
  std::vector<double> values;
};

/// The Fourier unit by the definition of the transforms. `weights` [2C][2C], `norm` as below.
struct PlainNorm {
  std::vector<double> scale, shift;
};
struct PlainExcitation {
  std::vector<float> down, up;
};
Planes plain_fourier_unit(const Planes& x, const std::vector<float>& weights, const PlainNorm& norm,
                          const Mistakes& mistakes, const model::FourierUnitOptions& options = {},
                          std::size_t groups = 1, const PlainExcitation& se = {});

/// Parameters of any architecture, drawn at random so that activations keep their size.
class RandomTensors : public weights::TensorFile {
 public:
  /// The first element of `changed` becomes `value`.
  explicit RandomTensors(const model::Architecture& network, std::string changed = {},
                         float value = 0);

 private:
  std::vector<float> load(const std::string& tensor) const override;
  std::string changed_;
  float value_;
};

}  // namespace lama::internal::testing
