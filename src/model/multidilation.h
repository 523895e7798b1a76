// The published MultidilatedConv: convolutions of several dilations side by side.
#pragma once

#include <string>

#include "model/architecture.h"

namespace lama::internal::model {

/// The most branches of a layer: each has twice the dilation of the one before.
inline constexpr int kMostDilations = 8;

/// `layer` with its branches. Throws Error, naming `section` and the key, if its channels cannot be
/// divided so.
ConvolutionLayer multidilated(ConvolutionLayer layer, const MultidilationOptions& options,
                              const std::string& section);

}  // namespace lama::internal::model
