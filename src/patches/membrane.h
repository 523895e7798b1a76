// Spreads given steps between neighbouring pixels into smooth corrections.
#pragma once

#include <cstddef>
#include <vector>

namespace lama::internal::patches {

/// Finds values c of some of height x width pixels whose steps between neighbours are close to
/// given ones: it minimises the sum of weight * (c(q) - c(p) - step)^2. An anchor ties a pixel to a
/// value.
struct Membrane {
  static constexpr std::size_t kChannels = 3;

  explicit Membrane(int width, int height);

  enum class Neighbour { right, below };
  void add_step(std::size_t p, Neighbour neighbour, const float* step);  ///< from p to it
  void add_anchor(std::size_t p, const float* value);                    ///< c(p) should be `value`

  /// By multigrid (Brandt 1977), in linear time. Sets `values` to c.
  void solve();

  int width, height;
  std::vector<float> values;  // c
  std::vector<float> rhs;     // target of the summed weighted differences to neighbours
  std::vector<float> right, below, anchor;  // weights of each pixel's edges

 private:
  void cycle();
  void smooth(bool back);
  Membrane halved() const;
  template <typename Function>
  void neighbours(int x, int y, const Function& function) const;
};

}  // namespace lama::internal::patches
