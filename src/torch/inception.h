#pragma once

#include "torch/module.h"

namespace lama::libtorch {

/// See Module::make_inception.
std::unique_ptr<Inception> make_inception(const Parameters& parameters);

}  // namespace lama::libtorch
