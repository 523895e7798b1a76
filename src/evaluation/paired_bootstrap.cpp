#include "evaluation/paired_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <random>
#include <vector>

namespace lama::internal::evaluation {

Interval paired_interval(std::span<const double> differences) {
  constexpr std::size_t kResamples = 2000, kFewest = 5, kTail = kResamples / 40;
  std::vector<double> values;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(values),
               [](double value) { return !std::isnan(value); });
  if (values.size() < kFewest) {
    return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  }
  // Own draws from the generator's bits: the standard distributions differ between libraries.
  std::mt19937_64 generator(0);
  std::vector<double> means(kResamples);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[generator() % values.size()];
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  return {means[kTail], means[kResamples - 1 - kTail]};
}

}  // namespace lama::internal::evaluation
