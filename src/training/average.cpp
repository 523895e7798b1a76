#include "training/average.h"

namespace lama::internal::training {

void update_average(networks::GeneratorImpl& average, const networks::GeneratorImpl& trained,
                    double beta) {
  const torch::NoGradGuard no_gradients;
  const auto from = trained.parameters(), statistics = trained.buffers();
  auto to = average.parameters(), averaged_statistics = average.buffers();
  for (std::size_t i = 0; i < from.size(); ++i) to[i].lerp_(from[i], 1 - beta);
  for (std::size_t i = 0; i < statistics.size(); ++i) averaged_statistics[i].copy_(statistics[i]);
}

}  // namespace lama::internal::training
