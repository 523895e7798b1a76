// Negatives for the discriminator that no generator made: pictures with a part blended into another
// (`fake_fakes_proba`).
#pragma once

#include <torch/torch.h>

#include "training/config/fake_fakes_config.h"

namespace lama::internal::training {

/// One rotation and shift for each picture of a batch.
struct AffineMotion {
  torch::Tensor degrees;       ///< N
  torch::Tensor translations;  ///< N, 2: x and y, pixels
};

/// `x` turned about its middle and shifted, bilinear, mirrored at its edges: kornia 0.5's
/// RandomAffine with given parameters.
torch::Tensor moved(const torch::Tensor& x, const AffineMotion& motion);

/// Fills each mask (N, 1, H, W) with a ramp from 0 to 1, cut from a ramp of twice the size after
/// `motion`.
torch::Tensor gradient_filled(const torch::Tensor& masks, const AffineMotion& motion);

struct FakeFakes {
  torch::Tensor pictures;
  torch::Tensor masks;  ///< how much of each pixel is foreign
};

/// Draws from PyTorch's random numbers.
FakeFakes make_fake_fakes(const torch::Tensor& pictures, const torch::Tensor& masks,
                          const FakeFakesConfig& config = {});

}  // namespace lama::internal::training
