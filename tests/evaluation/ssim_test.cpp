#include "evaluation/ssim.h"

#include <cmath>
#include <random>

#include "tests/testing.h"

namespace lama::internal::evaluation {
namespace {

Planes noise(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Planes planes{width, height, {}};
  for (std::size_t i = 0; i < 3 * planes.pixels(); ++i) {
    planes.values.push_back(static_cast<float>(random() % 256) / 255);
  }
  return planes;
}

/// The definition, pixel by pixel, in double precision.
double slow_ssim(const Planes& a, const Planes& b, int x, int y) {
  double sum = 0;
  for (int c = 0; c < 3; ++c) {
    double weights = 0;
    for (int d = -5; d <= 5; ++d) weights += std::exp(-d * d / 4.5);
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (int dy = -5; dy <= 5; ++dy) {
      for (int dx = -5; dx <= 5; ++dx) {
        if (x + dx < 0 || x + dx >= a.width || y + dy < 0 || y + dy >= a.height) continue;
        const double weight = std::exp(-(dx * dx + dy * dy) / 4.5) / (weights * weights);
        const double p = a.plane(c)[(y + dy) * a.width + x + dx];
        const double q = b.plane(c)[(y + dy) * a.width + x + dx];
        ma += weight * p;
        mb += weight * q;
        aa += weight * p * p;
        bb += weight * q * q;
        ab += weight * p * q;
      }
    }
    sum += (2 * ma * mb + 1e-4) * (2 * (ab - ma * mb) + 9e-4) /
           ((ma * ma + mb * mb + 1e-4) * (aa - ma * ma + bb - mb * mb + 9e-4));
  }
  return sum / 3;
}

TEST(Ssim, IsItsDefinitionAtEveryPixelOfEverySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 17}, {24, 5}, {31, 29}}) {
    const Planes a = noise(width, height, 1), b = noise(width, height, 2);
    const auto map = ssim_map(a, b);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        ASSERT_NEAR(map[static_cast<std::size_t>(y * width + x)], slow_ssim(a, b, x, y), 2e-6)
            << width << " x " << height << " at " << x << ", " << y;
      }
    }
  }
}

TEST(Ssim, IsSymmetric) {
  const Planes a = noise(20, 20, 3), b = noise(20, 20, 4);
  EXPECT_EQ(ssim_map(a, b), ssim_map(b, a));
}

}  // namespace
}  // namespace lama::internal::evaluation
