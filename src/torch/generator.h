#pragma once

#include "plugin/module.h"

namespace lama::libtorch {

/// See Module::make_generator.
std::unique_ptr<plugin::TorchGenerator> make_generator(const model::Generator& generator,
                                                       const weights::TensorFile& tensors,
                                                       const std::string& device, int threads);

}  // namespace lama::libtorch
