#include "evaluation/features.h"

namespace lama::internal::evaluation {

Features select(const Features& features, std::span<const std::size_t> indices) {
  Features selected{features.dimensions, {}};
  selected.values.reserve(indices.size() * features.dimensions);
  for (const std::size_t i : indices) {
    const auto row = features.row(i);
    selected.values.insert(selected.values.end(), row.begin(), row.end());
  }
  return selected;
}

}  // namespace lama::internal::evaluation
