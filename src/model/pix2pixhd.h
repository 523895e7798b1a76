// The pix2pixHD generators: lama-regular and the ablations.
#pragma once

#include <string>

#include "model/generator.h"

namespace lama::model {

/// The generators of the kinds pix2pixhd_global and pix2pixhd_multidilated.
Generator pix2pixhd(const GeneratorConfig& config);

/// `layer` with the branches of the published MultidilatedConv. Throws Error, naming `section` and
/// the key, if its channels cannot be divided so.
ConvolutionLayer multidilated(ConvolutionLayer layer, const MultidilationOptions& options,
                              const std::string& section);

}  // namespace lama::model
