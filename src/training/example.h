#pragma once

#include <torch/torch.h>

#include "training/data/batch.h"

namespace lama::internal::training {

/// Pictures (N, 3, H, W; 0 to 1) and their masks (N, 1, H, W; 1 = missing).
struct Example {
  torch::Tensor image, mask;
};

inline Example example(const Batch& batch, const torch::Device& device) {
  const auto tensor = [&](const std::vector<float>& values, std::int64_t channels) {
    // from_blob takes no const pointer; the copy is the tensor's own.
    return torch::from_blob(const_cast<float*>(values.data()),
                            {batch.count, channels, batch.height, batch.width})
        .to(device, torch::kFloat, /*non_blocking=*/false, /*copy=*/true);
  };
  return {tensor(batch.pictures, 3), tensor(batch.masks, 1)};
}

}  // namespace lama::internal::training
