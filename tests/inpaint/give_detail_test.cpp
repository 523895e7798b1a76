#include "inpaint/give_detail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

namespace lama::internal {
namespace {

// The low band of a pixel is made of its neighbours too. Those that this part does not fill have
// no colour yet.
TEST(GiveDetail, DoesNotMixInWhatIsNotFilledYet) {
  constexpr int kWidth = 64, kHeight = 48;
  constexpr std::size_t kPixels = std::size_t{kWidth} * kHeight;
  Seen seen;
  seen.rgb = Image(kWidth, kHeight, 3, Depth::f32);
  std::fill_n(seen.rgb.samples<float>(), 3 * kPixels, 0.5F);
  seen.cover.resize(kPixels);
  seen.missing.resize(kPixels);
  Image filled = seen.rgb;
  Part part{{}, {20, 10, 10, 20}, {0, 0, kWidth, kHeight}, kWidth, kHeight};
  for (int y = 10; y < 30; ++y) {
    part.filled.push_back({y, 20, 30});
    for (int x = 20; x < 40; ++x) {  // a hole of two tiles
      const std::size_t i = part.seen.index(x, y);
      seen.cover[i] = 1;
      seen.missing[i] = 1;
      if (x >= 30) std::fill_n(filled.samples<float>() + 3 * i, 3, 0.0F);
    }
  }
  ThreadPool pool(1);
  give_detail(filled, seen, part, part.size(), pool);
  for (int y = 10; y < 30; ++y) {
    for (int x = 20; x < 30; ++x) {
      ASSERT_NEAR(filled.samples<float>()[3 * part.seen.index(x, y)], 0.5, 1e-3) << x << ", " << y;
    }
  }
}

}  // namespace
}  // namespace lama::internal
