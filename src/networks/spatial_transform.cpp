#include "networks/spatial_transform.h"

#include <algorithm>

#include "networks/layers.h"

namespace lama::internal::networks {
namespace {

namespace F = torch::nn::functional;

std::int64_t border(std::int64_t side, double pad_coef) {
  return static_cast<std::int64_t>(static_cast<double>(side) * pad_coef);
}

}  // namespace

SpatialTransform::SpatialTransform(torch::nn::Module& root, const model::SpatialTransform& options)
    : pad_coef_(options.pad_coef) {
  const std::size_t dot = options.angle.rfind('.');
  angle_ = container(root, options.angle.substr(0, dot))
               ->register_parameter(options.angle.substr(dot + 1),
                                    torch::rand({1}) * options.angle_init_range);
}

torch::Tensor SpatialTransform::forward(const torch::Tensor& x) const {
  const std::int64_t y = border(x.size(2), pad_coef_), across = border(x.size(3), pad_coef_);
  const torch::Tensor padded =
      F::pad(x, F::PadFuncOptions({across, across, y, y}).mode(torch::kReflect));
  return rotate(padded, angle_.to(x.scalar_type()));
}

torch::Tensor SpatialTransform::back(const torch::Tensor& y, const torch::Tensor& like) const {
  const torch::Tensor rotated = rotate(y, -angle_.to(y.scalar_type()));
  return rotated.narrow(2, border(like.size(2), pad_coef_), like.size(2))
      .narrow(3, border(like.size(3), pad_coef_), like.size(3));
}

torch::Tensor rotate(const torch::Tensor& x, const torch::Tensor& degrees) {
  constexpr float kPi = 3.14159265F;
  const torch::Tensor radians = degrees * double{kPi} / 180;
  const torch::Tensor cosine = radians.cos(), sine = radians.sin();
  const std::int64_t height = x.size(2), width = x.size(3);
  const auto from_middle = [&](std::int64_t size) {
    return torch::arange(size, x.options()) - static_cast<double>(size - 1) / 2;
  };
  const torch::Tensor dx = from_middle(width).view({1, width});
  const torch::Tensor dy = from_middle(height).view({height, 1});
  // grid_sample wants -1 at the middle of the first pixel and 1 at that of the last.
  const auto unit = [](std::int64_t size) {
    return 2 / static_cast<double>(std::max<std::int64_t>(size - 1, 1));
  };
  const torch::Tensor grid = torch::stack(
      {(cosine * dx - sine * dy) * unit(width), (sine * dx + cosine * dy) * unit(height)}, -1);
  return F::grid_sample(x, grid.unsqueeze(0).expand({x.size(0), height, width, 2}),
                        F::GridSampleFuncOptions()
                            .mode(torch::kBilinear)
                            .padding_mode(torch::kZeros)
                            .align_corners(true));
}

}  // namespace lama::internal::networks
