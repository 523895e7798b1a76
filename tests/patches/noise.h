#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace lama::internal::testing {

/// `count` values from 0 to 1, always the same.
inline std::vector<float> noise(std::size_t count) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

}  // namespace lama::internal::testing
