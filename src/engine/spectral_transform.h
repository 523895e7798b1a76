// The global-to-global path of an FFC layer (paper section 2.1).
#pragma once

#include <cstddef>

#include "engine/convolution.h"
#include "engine/fourier_unit.h"
#include "engine/layer.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::engine {

/// With stride 2, the mean of 2 x 2 pixels first. Then conv1x1, batch norm, ReLU; plus the Fourier
/// unit of that; plus, perhaps, the local Fourier unit of it; then conv1x1, which is left to the
/// sum in Ffc.
class SpectralTransform {
 public:
  SpectralTransform(const weights::TensorFile& tensors, const model::FfcLayer& layer,
                    Precision precision);

  Tensor run(const View<const float>& global, FftPlans& plans, Workers& workers) const;

  std::size_t channels() const { return channels_; }

  // For an input of this extent:
  double multiplications(const Extent& input) const;
  /// Floats of the result and of the maps between.
  std::size_t floats(const Extent& input) const;
  Scratch scratch(const Extent& input) const;

 private:
  Extent inner(const Extent& input) const;
  void add_local(const View<const float>& quarters, const View<float>& t, FftPlans& plans,
                 Workers& workers) const;

  std::size_t in_, channels_;
  bool halves_, lfu_;
  Convolution entry_;
  FourierUnit fourier_unit_, local_fourier_unit_;
};

}  // namespace lama::internal::engine
