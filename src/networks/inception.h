#pragma once

#include "plugin/module.h"

namespace lama::internal::networks {

/// See Module::make_inception.
std::unique_ptr<plugin::Inception> make_inception(const plugin::Parameters& parameters);

}  // namespace lama::internal::networks
