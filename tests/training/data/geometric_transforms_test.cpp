#include "training/data/geometric_transforms.h"

#include "image/crop.h"
#include "tests/training/data/operations.h"

namespace lama::internal::training {
namespace {

using Values = std::vector<double>;
using testing::Operations;

Image one_pixel() {
  Image image(1, 1, 3, Depth::u8);
  image.bytes() = {10, 20, 30};
  return image;
}

TEST(GeometricTransforms, ScaledAsAlbumentations) {
  Operations().expect_same(
      "scaled", [](const Image& picture, const Values& v) { return scaled(picture, v[0]); });
}

TEST(GeometricTransforms, PerspectiveAsImgaug) {
  Operations().expect_same("perspective", [](const Image& picture, const Values& v) {
    return perspective(picture, {{{v[0], v[1]}, {v[2], v[3]}, {v[4], v[5]}, {v[6], v[7]}}});
  });
}

TEST(GeometricTransforms, AffineAsImgaug) {
  // OpenCV rounds coordinates to 1/32 of a pixel: where the last bit of the matrix decides, each of
  // the two may take 255 / 32 from a neighbour.
  constexpr int kTolerance = 16;
  Operations().expect_same(
      "affine",
      [](const Image& picture, const Values& v) {
        return affine(picture, {v[0], v[1], v[2], v[3], v[4]});
      },
      kTolerance);
}

TEST(GeometricTransforms, OpticalDistortionAsAlbumentations) {
  Operations().expect_same("optical_distortion", [](const Image& picture, const Values& v) {
    return optical_distortion(picture, v[0], {0, 0, picture.width(), picture.height()});
  });
}

TEST(GeometricTransforms, AWindowOfTheDistortedIsADistortedWindow) {
  const Image picture = Operations().picture("photo");
  const Box window = {5, 3, 16, 11};
  const Image whole = optical_distortion(picture, 0.04, {0, 0, picture.width(), picture.height()});
  EXPECT_EQ(optical_distortion(picture, 0.04, window).bytes(), crop(whole, window).bytes());
}

TEST(GeometricTransforms, PaddedAsAlbumentations) {
  Operations().expect_same("padded", [](const Image& picture, const Values& v) {
    return padded(picture, static_cast<int>(v[0]));
  });
}

TEST(GeometricTransforms, CroppedAsAlbumentations) {
  Operations().expect_same("cropped", [](const Image& picture, const Values& v) {
    return crop(picture, crop_window(picture, static_cast<int>(v[0]), v[1], v[2]));
  });
}

TEST(GeometricTransforms, MirroredTwiceIsTheSame) {
  const Image picture = Operations().picture("photo");
  const Image once = mirrored(picture);
  const auto width = static_cast<std::size_t>(picture.width());
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(once.bytes()[c], picture.bytes()[3 * (width - 1) + c]);
  }
  EXPECT_EQ(mirrored(once).bytes(), picture.bytes());
}

TEST(GeometricTransforms, OnePixelIsEnough) {
  const Image pixel = one_pixel();
  EXPECT_EQ(scaled(pixel, 0.5).bytes(), pixel.bytes());
  EXPECT_EQ(perspective(pixel, {}).bytes(), pixel.bytes());
  EXPECT_EQ(affine(pixel, {1.3, 0.7, 33, 0.1, 0.1}).bytes(), pixel.bytes());
  EXPECT_EQ(optical_distortion(pixel, 0.05, {0, 0, 1, 1}).bytes(), pixel.bytes());
  const Image large = padded(pixel, 9);
  for (std::size_t i = 0; i < large.bytes().size(); ++i) {
    ASSERT_EQ(large.bytes()[i], pixel.bytes()[i % 3]);
  }
}

}  // namespace
}  // namespace lama::internal::training
