// Python's random module. The published code draws a few of its masks with it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "masks/mt19937.h"

namespace lama::internal::masks {

class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed) : twister_(std::array<std::uint32_t, 1>{seed}) {}

  /// random(): [0, 1).
  double random() { return twister_.next_double(); }

  /// randint(0, most): 0 <= result <= most < 2^31. Python truncates draws to the bits of the number
  /// of possible values, one more than needed for powers of two.
  std::uint32_t randint(std::uint32_t most) {
    const auto bits = std::bit_width(most + 1);
    std::uint32_t value = 0;
    do {
      value = twister_.next() >> (32 - bits);
    } while (value > most);
    return value;
  }

 private:
  Mt19937 twister_;
};

}  // namespace lama::internal::masks
