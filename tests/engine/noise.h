#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace lama::internal::testing {

/// `n` values, uniform in [-1, 1), the same for the same seed.
inline std::vector<float> noise(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(n);
  for (float& v : values) v = uniform(random);
  return values;
}

}  // namespace lama::internal::testing
