#include "patches/membrane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace lama::patches {
namespace {

constexpr std::size_t kChannels = Membrane::kChannels;

struct Example {
  int width = 70, height = 45;
  std::vector<std::uint8_t> inside;
  std::vector<float> truth;

  /// A ragged disc with smooth values, whose steps are then given.
  Example() {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto dx = static_cast<float>(x - 33), dy = static_cast<float>(y - 20);
        const float edge = 19 + 4 * std::sin(0.9F * dx);
        inside.push_back(static_cast<std::uint8_t>(0.4F * dx * dx + dy * dy < edge * edge));
        for (std::size_t c = 0; c < kChannels; ++c) {
          truth.push_back(0.01F * dx - 0.02F * dy +
                          0.3F * std::sin(0.1F * dx * static_cast<float>(c + 1)));
        }
      }
    }
  }

  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
  bool is_inside(int x, int y) const {
    return x >= 0 && y >= 0 && x < width && y < height && inside[index(x, y)] != 0;
  }

  Membrane membrane() const {
    Membrane m(width, height);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        if (!is_inside(x, y)) continue;
        const std::size_t p = index(x, y);
        for (const bool below : {false, true}) {
          const int nx = x + (below ? 0 : 1), ny = y + (below ? 1 : 0);
          if (is_inside(nx, ny)) {
            float step[kChannels];
            for (std::size_t c = 0; c < kChannels; ++c) {
              step[c] = truth[index(nx, ny) * kChannels + c] - truth[p * kChannels + c];
            }
            m.add_step(p, below, step);
          }
        }
        if (!is_inside(x - 1, y) || !is_inside(x + 1, y)) m.add_anchor(p, &truth[p * kChannels]);
      }
    }
    return m;
  }
};

TEST(Membrane, FindsValuesFromTheirStepsAndEdge) {
  const Example e;
  Membrane m = e.membrane();
  m.solve();
  for (std::size_t i = 0; i < e.truth.size(); ++i) {
    // Values span 2: what five cycles leave is below a quarter of a level of eight bits.
    if (e.inside[i / kChannels] == 0) continue;
    EXPECT_NEAR(m.values[i], e.truth[i], 0.25F / 255) << i;
  }
}

TEST(Membrane, WithoutAnythingUnknownIsNothing) {
  Membrane m(1, 1);
  m.solve();
  EXPECT_EQ(m.values, std::vector<float>(kChannels));
  Membrane pair(2, 1);
  const float step[kChannels] = {1, 2, 3}, value[kChannels] = {0.5F, 0.5F, 0.5F};
  pair.add_step(0, false, step);
  pair.add_anchor(0, value);
  pair.solve();
  EXPECT_NEAR(pair.values[3], 1.5F, 0.05F);
  EXPECT_NEAR(pair.values[5], 3.5F, 0.1F);
}

}  // namespace
}  // namespace lama::patches
