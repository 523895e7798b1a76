// The layers around and instead of FFC: stems, up-samplings, heads, pix2pixHD's residual blocks.
#pragma once

#include <memory>

#include "engine/layer.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::engine {

/// Of a layer that enlarges its input, only the convolution.
std::unique_ptr<Layer> prepare(const weights::TensorFile& tensors,
                               const model::ConvolutionLayer& layer, Precision precision);
/// Twice the sides, bilinear.
std::unique_ptr<Layer> prepare_enlargement(int channels);
std::unique_ptr<Layer> prepare(const weights::TensorFile& tensors,
                               const model::ConvolutionBlock& block, Precision precision);
std::unique_ptr<Layer> prepare(const weights::TensorFile& tensors,
                               const model::UpsampleLayer& layer, Precision precision);

}  // namespace lama::internal::engine
