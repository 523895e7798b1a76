// Corrections of given steps between neighbouring pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::patches {

/// Finds values c of some of height x width pixels whose steps between neighbours are as near as
/// can be to given ones: the sum of weight * (c(q) - c(p) - step)^2 is made small. Beside unknown
/// pixels lie anchors, whose value is 0.
struct Membrane {
  static constexpr std::size_t kChannels = 3;

  explicit Membrane(int width, int height);

  void add_step(std::size_t p, bool below,
                const float* step);                    ///< from p to its right or lower one
  void add_anchor(std::size_t p, const float* value);  ///< c(p) should be `value`

  /// By multigrid (Brandt 1977), in linear time. Afterwards `values` are c.
  void solve();

  int width, height;
  std::vector<float> values;  // c
  std::vector<float> rhs;     // what the weighted differences to all neighbours should add up to
  std::vector<float> right, below, anchor;  // weights of each pixel's edges

 private:
  void cycle();
  void smooth(bool back);
  Membrane halved() const;
  template <typename Function>
  void neighbours(int x, int y, const Function& function) const;
};

}  // namespace lama::patches
