// The pix2pixHD generators: lama-regular and the ablations.
#pragma once

#include "model/generator.h"

namespace lama::model {

/// Of the kinds pix2pixhd_global and pix2pixhd_multidilated.
Generator pix2pixhd(const GeneratorConfig& config);

}  // namespace lama::model
