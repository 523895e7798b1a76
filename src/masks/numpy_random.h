// numpy.random.RandomState, NumPy's legacy generator, whose streams are frozen. The published code
// draws masks with it, so the same seed gives the same masks here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "masks/mt19937.h"

namespace lama::internal::masks {

class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed) : twister_(seed) {}

  /// randint(low, high): low <= result < high. Like NumPy, draws nothing if only one value is
  /// possible. Throws Error if no value or more than 2^32 values are possible.
  std::int64_t randint(std::int64_t low, std::int64_t high);
  std::int64_t randint(std::int64_t high) { return randint(0, high); }

  /// random_sample(): [0, 1).
  double random() { return twister_.next_double(); }
  /// uniform(low, high).
  double uniform(double low, double high) { return low + (high - low) * random(); }

  /// choice(len(p), p=p): an index. `probabilities` sum to about 1.
  std::size_t choice(std::span<const double> probabilities);
  /// choice(n, size=size, replace=False), size <= n.
  std::vector<std::size_t> choice_without_replacement(std::size_t n, std::size_t size);

  /// shuffle(list) of a one-dimensional array.
  template <typename T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i-- > 1;) {
      std::swap(list[i], list[bounded(static_cast<std::uint32_t>(i))]);
    }
  }

 private:
  std::uint32_t bounded(std::uint32_t most);

  Mt19937 twister_;
};

}  // namespace lama::internal::masks
