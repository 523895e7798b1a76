#include "image/resize.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

#include "tests/testing.h"

namespace lama::internal {
namespace {

Image grey(int width, int height, const std::vector<float>& values) {
  Image image(width, height, 1, Depth::f32);
  std::copy(values.begin(), values.end(), image.samples<float>());
  return image;
}

Image noise(int width, int height, int channels) {
  Image image(width, height, channels, Depth::f32);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::generate_n(image.samples<float>(), image.pixels() * static_cast<std::size_t>(channels),
                  [&] { return uniform(random); });
  return image;
}

void expect_near(const Image& image, const std::vector<float>& expected, float tolerance) {
  ASSERT_EQ(image.pixels() * static_cast<std::size_t>(image.channels()), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(image.samples<float>()[i], expected[i], tolerance) << i;
  }
}

const std::vector<float> kSource = {3, 1, 4, 1, 5, 9, 2,  // as many digits of pi
                                    6, 5, 3, 5, 8, 9, 7,  //
                                    9, 3, 2, 3, 8, 4, 6,  //
                                    2, 6, 4, 3, 3, 8, 3,  //
                                    2, 7, 9, 5, 0, 2, 8};

// cv2.resize(…, interpolation=cv2.INTER_AREA) of OpenCV 4.6. Sums of up to nine values below 10 in
// float32: 9 * 10 * 2^-24 each way.
TEST(Shrink, IsOpenCvsArea) {
  constexpr float kTolerance = 1e-5F;
  const Image image = grey(7, 5, kSource);
  expect_near(shrink(image, 3, 2),
              {4.057143F, 4.142857F, 6.457143F, 4.742857F, 4.0285716F, 4.857143F}, kTolerance);
  expect_near(
      shrink(image, 4, 4),
      {2.8285718F, 2.9428573F, 5.0F, 5.571429F, 5.914286F, 3.2857146F, 6.771429F, 6.771429F, 4.8F,
       3.3714287F, 4.628572F, 5.1428576F, 4.0571427F, 6.857144F, 2.1142857F, 5.371429F},
      kTolerance);
}

TEST(Shrink, KeepsEveryMark) {
  const std::vector<std::uint8_t> marks = {0, 0, 0, 0, 0,  //
                                           0, 0, 1, 0, 0,  // in both areas across
                                           0, 0, 0, 0, 2};
  EXPECT_EQ(shrink_marks(marks, {5, 3}, {2, 3}), (std::vector<std::uint8_t>{0, 0, 1, 1, 0, 1}));
  EXPECT_EQ(shrink_marks(marks, {5, 3}, {5, 1}), (std::vector<std::uint8_t>{0, 0, 1, 0, 1}));
}

TEST(Shrink, KeepsTheMeanAndSidesThatDoNotShrink) {
  const Image image = noise(97, 61, 3);
  const Image small = shrink(image, 13, 7);
  for (std::size_t c = 0; c < 3; ++c) {
    double before = 0, after = 0;
    for (std::size_t i = 0; i < image.pixels(); ++i) before += image.samples<float>()[3 * i + c];
    for (std::size_t i = 0; i < small.pixels(); ++i) after += small.samples<float>()[3 * i + c];
    EXPECT_NEAR(before / static_cast<double>(image.pixels()),
                after / static_cast<double>(small.pixels()), 1e-6);
  }
  EXPECT_EQ(shrink(image, 97, 61).bytes(), image.bytes());
  EXPECT_EQ(shrink(image, 200, 200).bytes(), image.bytes()) << "nothing grows";
}

// Image.resize(…, Image.BICUBIC) of Pillow 9.4 on the first rows and columns.
TEST(Enlarge, IsPillowsBicubic) {
  const Image image = grey(4, 3, {3, 1, 4, 1, 6, 5, 3, 5, 9, 3, 2, 3});
  expect_near(enlarge(image, 7, 5),
              {2.9382255F, 2.0177314F, 0.6883002F, 2.4681604F, 4.0263553F, 1.8472061F, 0.43019775F,
               4.030981F,  3.4414978F, 2.5201442F, 3.079291F,  3.6765568F, 2.9013262F, 2.3972266F,
               6.079327F,  5.7743087F, 5.106708F,  3.8125F,    3.0290856F, 4.3195314F, 5.1586537F,
               8.415381F,  6.8731356F, 4.1191506F, 2.7322762F, 2.3288696F, 3.344855F,  4.0055075F,
               9.732311F,  7.335412F,  3.1661274F, 1.9304246F, 1.9379735F, 2.5345004F, 2.9223964F},
              1e-5F);
}

TEST(Enlarge, KeepsFlatPicturesFlatAndTheSameSizeTheSame) {
  const Image flat = enlarge(grey(3, 2, std::vector<float>(6, 0.7F)), 40, 31);
  expect_near(flat, std::vector<float>(40 * 31, 0.7F), 1e-6F);
  const Image image = noise(9, 8, 3);
  expect_near(enlarge(image, 9, 8), {image.samples<float>(), image.samples<float>() + 9 * 8 * 3},
              1e-6F);
  EXPECT_EQ(enlarge(grey(1, 1, {0.3F}), 5, 4).pixels(), 20U);
}

TEST(Enlarge, KeepsRampsStraight) {
  std::vector<float> ramp(20);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
  const Image large = enlarge(grey(20, 1, ramp), 60, 1);
  // Cubic interpolation reproduces straight lines wherever all its four samples exist.
  for (int i = 6; i < 54; ++i) {
    EXPECT_NEAR(large.samples<float>()[i], (i + 0.5) / 3 - 0.5, 1e-4) << i;
  }
}

}  // namespace
}  // namespace lama::internal
