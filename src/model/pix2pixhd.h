// The pix2pixHD generators: lama-regular and the ablations.
#pragma once

#include <string>

#include "model/architecture.h"

namespace lama::internal::model {

/// The generators of the kinds pix2pixhd_global and pix2pixhd_multidilated.
Architecture pix2pixhd(const GeneratorConfig& config);

/// `layer` with the branches of the published MultidilatedConv. Throws Error, naming `section` and
/// the key, if its channels cannot be divided so.
ConvolutionLayer multidilated(ConvolutionLayer layer, const MultidilationOptions& options,
                              const std::string& section);

}  // namespace lama::internal::model
