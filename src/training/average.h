#pragma once

#include "networks/generator.h"

namespace lama::training {

/// Moves the parameters of `average` towards those of `trained`: average = beta * average + (1 -
/// beta) * trained, as the published update_running_average does. Statistics of batch norms, which
/// that left as they were at the first step, become those of `trained`, as they are means already.
void update_average(networks::GeneratorImpl& average, const networks::GeneratorImpl& trained,
                    double beta);

}  // namespace lama::training
