// The pix2pixHD generators: lama-regular and the ablations.
#pragma once

#include "model/architecture.h"

namespace lama::internal::model {

/// The generators of the kinds pix2pixhd_global and pix2pixhd_multidilated.
Architecture pix2pixhd(const GeneratorConfig& config);

}  // namespace lama::internal::model
