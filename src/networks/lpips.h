#pragma once

#include "plugin/module.h"

namespace lama::internal::networks {

/// See Module::make_lpips.
std::unique_ptr<plugin::Lpips> make_lpips(plugin::LpipsNetwork network,
                                          const plugin::Parameters& backbone,
                                          const plugin::Parameters& heads);

}  // namespace lama::internal::networks
