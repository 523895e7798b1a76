#include "training/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lama::internal::training {

double learning_rate(const OptimizerConfig& config, std::int64_t step) {
  if (step < config.warmup_steps) {
    return config.lr * static_cast<double>(step + 1) / static_cast<double>(config.warmup_steps);
  }
  if (config.cosine_steps == 0) return config.lr;
  const double done = static_cast<double>(step - config.warmup_steps) /
                      static_cast<double>(config.cosine_steps - config.warmup_steps);
  return config.lr * 0.5 * (1 + std::cos(std::numbers::pi * std::min(done, 1.0)));
}

}  // namespace lama::internal::training
