#include "training/data/colour_transforms.h"

#include "tests/training/data/operations.h"

namespace lama::internal::training {
namespace {

using Values = std::vector<double>;
using testing::Operations;

TEST(ColourTransforms, EqualizedAsAlbumentations) {
  Operations().expect_same(
      "equalized", [](const Image& picture, const Values& v) { return equalized(picture, v[0]); });
}

TEST(ColourTransforms, BrightnessAndContrastAsAlbumentations) {
  Operations().expect_same("brightness_contrast", [](const Image& picture, const Values& v) {
    return brightness_contrast(picture, v[0], v[1]);
  });
}

TEST(ColourTransforms, HueSaturationAndValueAsAlbumentations) {
  Operations().expect_same("hue_saturation_value", [](const Image& picture, const Values& v) {
    return hue_saturation_value(picture, v[0], v[1], v[2]);
  });
}

}  // namespace
}  // namespace lama::internal::training
