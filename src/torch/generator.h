#pragma once

#include "torch/module.h"

namespace lama::libtorch {

/// See Module::make_generator.
std::unique_ptr<Generator> make_generator(const model::Generator& generator,
                                          const weights::TensorFile& tensors,
                                          const std::string& device, int threads);

}  // namespace lama::libtorch
