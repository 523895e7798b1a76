#include "training/losses/distance_weighting.h"

#include <vector>

#include "training/losses/imagenet.h"

namespace lama::internal::training {
namespace {

/// exp(-distance^2 / size / width_factor) about the middle, of sum 1.
torch::Tensor gaussian(int size, double width_factor, const torch::Tensor& like) {
  const torch::Tensor line = (torch::arange(size, like.options()) - size / 2).square();
  const torch::Tensor kernel =
      torch::exp(-(line.view({size, 1}) + line.view({1, size})) / size / width_factor);
  return (kernel / kernel.sum()).view({1, 1, size, size});
}

/// The filter's sums over `mask`, whose edge pixels go on outside.
torch::Tensor filtered(const torch::Tensor& mask, const torch::Tensor& kernel) {
  const std::int64_t border = kernel.size(2) / 2;
  return torch::conv2d(torch::replication_pad2d(mask, {border, border, border, border}), kernel);
}

torch::Tensor ones(int size, const torch::Tensor& like) {
  return torch::ones({1, 1, size, size}, like.options());
}

}  // namespace

torch::Tensor blurred_mask(const torch::Tensor& mask, int kernel_size, double width_factor) {
  const torch::NoGradGuard no_gradients;
  return filtered(mask, gaussian(kernel_size, width_factor, mask)) * mask;
}

torch::Tensor distance_mask(const torch::Tensor& mask, int dilate_kernel_size, int blur_kernel_size,
                            double width_factor) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor known =
      (filtered(1 - mask, ones(dilate_kernel_size, mask)) > 1).to(mask.scalar_type());
  return filtered(1 - known, gaussian(blur_kernel_size, width_factor, mask)) * mask;
}

PropagatedSimilarity::PropagatedSimilarity(const PropagatedSimilarityConfig& config,
                                           const weights::TensorFile& vgg19)
    : config_(config), vgg_(config.level, vgg19) {}

torch::Tensor PropagatedSimilarity::operator()(const torch::Tensor& real,
                                               const torch::Tensor& mask) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor features = vgg_->forward(imagenet_normalised(real)).back();
  const std::int64_t height = features.size(2), width = features.size(3);
  const auto similarity = [&](std::int64_t dimension) {
    return torch::exp(-features.diff(1, dimension).square().sum(1, /*keepdim=*/true) /
                      config_.temperature);
  };
  const torch::Tensor vertical = similarity(2), horizontal = similarity(3);

  torch::Tensor missing = torch::upsample_bilinear2d(mask, {height, width}, false);
  if (const int size = config_.erode_mask_size; size > 0) {
    missing =
        (torch::conv2d(missing, ones(size, mask), {}, 1, size / 2) > 1).to(mask.scalar_type());
  }
  torch::Tensor known = 1 - missing;
  for (int i = 0; i < config_.max_iters; ++i) {
    // The values from the neighbours above, below, to the left and to the right. At an edge, where
    // there is none, the value is that of the pixel beside.
    const torch::Tensor down = known.narrow(2, 0, height - 1) * vertical;
    const torch::Tensor up = known.narrow(2, 1, height - 1) * vertical;
    const torch::Tensor right = known.narrow(3, 0, width - 1) * horizontal;
    const torch::Tensor left = known.narrow(3, 1, width - 1) * horizontal;
    for (const torch::Tensor& arrived :
         {torch::replication_pad2d(down, {0, 0, 1, 0}), torch::replication_pad2d(up, {0, 0, 0, 1}),
          torch::replication_pad2d(right, {1, 0, 0, 0}),
          torch::replication_pad2d(left, {0, 1, 0, 0})}) {
      known = torch::max(known, arrived);
    }
  }
  known = torch::upsample_bilinear2d(known, {mask.size(2), mask.size(3)}, false);
  return torch::min(mask, 1 - known);
}

}  // namespace lama::internal::training
