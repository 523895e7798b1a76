#include "training/data/augmentation.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "image/crop.h"
#include "training/data/colour_transforms.h"
#include "training/data/geometric_transforms.h"

namespace lama::internal::training {
namespace {

std::string_view name_of(TransformVariant variant) {
  for (const auto& [name, other] : kTransformVariants) {
    if (other == variant) return name;
  }
  return "";
}

/// The parameters in which the variants with distortions differ.
struct Distortions {
  double perspective;               ///< the largest standard deviation of a corner's shift
  double scale_low, scale_high;     ///< of each side by itself
  double rotate;                    ///< at most, in degrees
  double shear;                     ///< likewise
  double affine_probability = 0.5;  ///< of scaling, rotation and shear together
  bool optical = true;              ///< whether there is optical distortion
};

Distortions distortions_of(TransformVariant variant) {
  switch (variant) {
    case TransformVariant::distortions_scale05_1:
      return {0.06, 0.5, 1.0, 40, 0.1, 1};
    case TransformVariant::distortions_scale03_12:
      return {0.06, 0.3, 1.2, 40, 0.1, 1};
    case TransformVariant::distortions_scale03_07:
      return {0.06, 0.3, 0.7, 40, 0.1, 1};
    case TransformVariant::distortions_light:
      return {0.02, 0.8, 1.8, 20, 0.03, 0.5, false};
    default:
      return {0.06, 0.7, 1.3, 40, 0.1};
  }
}

/// Random numbers, named by their use.
class Draw {
 public:
  explicit Draw(masks::Random& random) : random_(random.numpy) {}

  bool chance(double probability) { return random_.random() < probability; }
  double share() { return random_.random(); }
  double uniform(double low, double high) { return random_.uniform(low, high); }
  double up_to(double limit) { return uniform(-limit, limit); }
  /// By Box and Muller.
  double normal(double deviation) {
    const double radius = std::sqrt(-2 * std::log(1 - random_.random()));
    return deviation * radius * std::cos(2 * std::numbers::pi * random_.random());
  }

 private:
  masks::NumpyRandom& random_;
};

CornerShifts draw_corners(Draw& draw, double largest_deviation) {
  const double deviation = draw.uniform(0, largest_deviation);
  CornerShifts shifts{};
  for (auto& corner : shifts) {
    for (double& shift : corner) shift = std::fmod(std::abs(draw.normal(deviation)), 1);
  }
  return shifts;
}

AffineParameters draw_affine(Draw& draw, const Distortions& distortions) {
  AffineParameters parameters;
  parameters.scale_x = draw.uniform(distortions.scale_low, distortions.scale_high);
  parameters.scale_y = draw.uniform(distortions.scale_low, distortions.scale_high);
  parameters.rotate = draw.up_to(distortions.rotate);
  parameters.shear_x = draw.up_to(distortions.shear);
  parameters.shear_y = draw.up_to(distortions.shear);
  return parameters;
}

Image scaled_crop(const Image& picture, int size, Draw& draw) {
  const Image large =
      padded(draw.chance(0.5) ? scaled(picture, draw.uniform(0.8, 1.2)) : picture, size);
  const double y = draw.share(), x = draw.share();
  return crop(large, crop_window(large, size, y, x));
}

Image distorted_crop(const Image& picture, const Distortions& distortions, int size, Draw& draw) {
  constexpr double kMaxCoefficient = 0.05;
  Image image = picture;
  if (draw.chance(0.5)) image = perspective(image, draw_corners(draw, distortions.perspective));
  if (draw.chance(distortions.affine_probability)) {
    image = affine(image, draw_affine(draw, distortions));
  }
  image = padded(image, size);
  const bool optical = distortions.optical && draw.chance(0.5);
  const double k = optical ? draw.up_to(kMaxCoefficient) : 0;
  const double y = draw.share(), x = draw.share();
  const Box window = crop_window(image, size, y, x);
  return optical ? optical_distortion(image, k, window) : crop(image, window);
}

Image recoloured(Image image, Draw& draw) {
  if (draw.chance(0.5)) image = equalized(image, draw.uniform(1, 4));
  if (draw.chance(0.5)) {
    const double contrast = 1 + draw.up_to(0.2), brightness = draw.up_to(0.2);
    image = brightness_contrast(image, contrast, brightness);
  }
  if (draw.chance(0.5)) {
    const double hue = draw.up_to(5), saturation = draw.up_to(30), value = draw.up_to(5);
    image = hue_saturation_value(image, hue, saturation, value);
  }
  return image;
}

}  // namespace

Image Augmentation::operator()(const Image& picture, masks::Random& random) const {
  Draw draw(random);
  switch (variant_) {
    case TransformVariant::no_augs:
    case TransformVariant::non_space_transform:
      if (picture.width() != out_size_ || picture.height() != out_size_) {
        throw Error(fmt::format("{} x {} pixels, but {} takes only pictures of out_size, {} x {}",
                                picture.width(), picture.height(), name_of(variant_), out_size_,
                                out_size_));
      }
      return variant_ == TransformVariant::no_augs ? picture : recoloured(picture, draw);
    default:
      break;
  }
  Image crop = variant_ == TransformVariant::default_variant
                   ? scaled_crop(picture, out_size_, draw)
                   : distorted_crop(picture, distortions_of(variant_), out_size_, draw);
  if (draw.chance(0.5)) crop = mirrored(crop);
  return recoloured(std::move(crop), draw);
}

}  // namespace lama::internal::training
