#pragma once

#include <optional>

#include "image/image.h"
#include "training/config/training_config.h"
#include "training/training_step.h"

namespace lama::internal::training {

/// The published picture of a batch: a row for each example, and in it `key_order`'s pictures
/// beside each other, the hole outlined in all but the last. 8 bits, RGB. The discriminator's
/// output (discr_output_real, _fake, _diff) is left out where `result` does not have it. Nothing if
/// all are left out.
std::optional<Image> sample_strip(const TrainingStep::Result& result,
                                  const VisualizerConfig& config);

}  // namespace lama::internal::training
