#pragma once

#include <string>
#include <vector>

namespace lama::internal::training {

/// Pictures of one size with their masks, as plain vectors: this room needs no LibTorch.
struct Batch {
  int count = 0, height = 0, width = 0;
  std::vector<float> pictures;     ///< (N, 3, H, W), RGB, 0..1
  std::vector<float> masks;        ///< (N, 1, H, W), 1 missing, 0 known
  std::vector<std::string> names;  ///< N, as Pictures::name
};

}  // namespace lama::internal::training
