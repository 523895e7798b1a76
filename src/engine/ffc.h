// FFC layers and their residual blocks (paper section 2.1, figure 2).
#pragma once

#include <memory>

#include "engine/layer.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::engine {

std::unique_ptr<Layer> prepare(const weights::TensorFile& tensors, const model::FfcLayer& layer,
                               Precision precision);
std::unique_ptr<Layer> prepare(const weights::TensorFile& tensors, const model::FfcBlock& block,
                               Precision precision);

}  // namespace lama::internal::engine
