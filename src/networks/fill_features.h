#pragma once

#include <memory>

#include "plugin/module.h"

namespace lama::internal::networks {

/// See Module::make_fill_features.
std::unique_ptr<plugin::FillFeatures> make_fill_features(const weights::TensorFile& weights);

}  // namespace lama::internal::networks
