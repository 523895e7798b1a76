#pragma once

#include "networks/generator.h"

namespace lama::internal::training {

/// Moves the parameters of `average` towards those of `trained`: average = beta * average + (1 -
/// beta) * trained, as the published update_running_average does. Statistics of batch norms become
/// those of `trained`, because they are means already; the published function never updates them.
void update_average(networks::GeneratorImpl& average, const networks::GeneratorImpl& trained,
                    double beta);

}  // namespace lama::internal::training
