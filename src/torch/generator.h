#pragma once

#include "plugin/module.h"

namespace lama::internal::libtorch {

/// See Module::make_generator.
std::unique_ptr<plugin::TorchGenerator> make_generator(const model::Architecture& architecture,
                                                       const weights::TensorFile& tensors,
                                                       const std::string& device, int threads);

}  // namespace lama::internal::libtorch
