#include "training/losses/fake_fakes.h"

namespace lama::internal::training {
namespace {

namespace F = torch::nn::functional;

/// Angles to both sides; shifts up and down by less than `translate` heights, never sideways: of
/// the one number kornia makes the largest shifts across and down, (0, translate).
AffineMotion draw(const torch::Tensor& pictures, double degrees, double translate) {
  const std::int64_t batch = pictures.size(0);
  const auto uniform = [&](double low, double high) {
    return torch::rand({batch}, pictures.options()) * (high - low) + low;
  };
  const double most = translate * static_cast<double>(pictures.size(2));
  const torch::Tensor angle = uniform(-degrees, degrees);
  return {angle, torch::stack({torch::zeros_like(angle), uniform(-most, most)}, 1)};
}

}  // namespace

torch::Tensor moved(const torch::Tensor& x, const AffineMotion& motion) {
  const std::int64_t batch = x.size(0), height = x.size(2), width = x.size(3);
  const auto each = [&](const torch::Tensor& values) { return values.view({batch, 1, 1}); };
  const torch::Tensor radians = motion.degrees * (M_PI / 180);
  const torch::Tensor cosine = each(radians.cos()), sine = each(radians.sin());
  // Pixels of the result from the middle. kornia stretches them by (size - 1) / size: it measures
  // one way (align_corners) where it turns, and the other where it samples.
  const auto centred = [&](std::int64_t size) {
    const auto n = static_cast<double>(size);
    return (torch::arange(size, x.options()) - (n - 1) / 2) * ((n - 1) / n);
  };
  const torch::Tensor dx =
      centred(width).view({1, 1, width}) - each(motion.translations.select(1, 0));
  const torch::Tensor dy =
      centred(height).view({1, height, 1}) - each(motion.translations.select(1, 1));
  const auto unit = [](std::int64_t size) { return 2 / static_cast<double>(size - 1); };
  const torch::Tensor grid = torch::stack(
      {(cosine * dx + sine * dy) * unit(width), (cosine * dy - sine * dx) * unit(height)}, -1);
  return F::grid_sample(x, grid,
                        F::GridSampleFuncOptions()
                            .mode(torch::kBilinear)
                            .padding_mode(torch::kReflection)
                            .align_corners(false));
}

torch::Tensor gradient_filled(const torch::Tensor& masks, const AffineMotion& motion) {
  const std::int64_t batch = masks.size(0), height = masks.size(2), width = masks.size(3);
  const torch::Tensor ramp = torch::linspace(0, 1, 2 * width, masks.options())
                                 .view({1, 1, 1, 2 * width})
                                 .expand({batch, 1, 2 * height, 2 * width});
  torch::Tensor filled =
      moved(ramp, motion).narrow(2, height / 2, height).narrow(3, width / 2, width) * masks;
  const auto each = [&](const torch::Tensor& values) { return values.view({batch, 1, 1, 1}); };
  filled = filled - each((filled + (1 - masks) * 10).view({batch, -1}).amin(1));
  filled = filled / (each(filled.view({batch, -1}).amax(1)) + 1e-6);
  return filled.clamp(0, 1);
}

FakeFakes make_fake_fakes(const torch::Tensor& pictures, const torch::Tensor& masks,
                          const FakeFakesConfig& config) {
  const std::int64_t batch = pictures.size(0);
  const torch::Tensor doubled =
      torch::empty({batch, 1, 2 * masks.size(2), 2 * masks.size(3)}, masks.options());
  const torch::Tensor blend = gradient_filled(masks, draw(doubled, 360, 0.2));
  const torch::Tensor others = pictures.index_select(
      0, torch::randperm(batch, torch::device(pictures.device()).dtype(torch::kLong)));
  const torch::Tensor itself =
      moved(pictures, draw(pictures, config.img_aug_degree, config.img_aug_translate));
  const torch::Tensor takes_itself =
      torch::rand({batch, 1, 1, 1}, pictures.options()) < config.aug_proba;
  const torch::Tensor target = torch::where(takes_itself, itself, others);
  return {pictures * (1 - blend) + target * blend, blend};
}

}  // namespace lama::internal::training
