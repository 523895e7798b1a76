#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lama::internal::evaluation {

/// A network's features of pictures: one row of `dimensions` values each.
struct Features {
  std::size_t dimensions = 0;
  std::vector<float> values;

  std::size_t count() const { return dimensions > 0 ? values.size() / dimensions : 0; }
  std::span<const float> row(std::size_t i) const {
    return {values.data() + i * dimensions, dimensions};
  }
};

/// The rows `indices` of `features`, in that order.
Features select(const Features& features, std::span<const std::size_t> indices);

}  // namespace lama::internal::evaluation
