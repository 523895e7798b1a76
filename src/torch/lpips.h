#pragma once

#include "torch/module.h"

namespace lama::libtorch {

/// See Module::make_lpips.
std::unique_ptr<Lpips> make_lpips(LpipsNetwork network, const Parameters& backbone,
                                  const Parameters& heads);

}  // namespace lama::libtorch
