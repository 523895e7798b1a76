// The Mersenne Twister with NumPy's and Python's seeding, to repeat their random numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lama::internal::masks {

/// Matsumoto and Nishimura's mt19937ar. std::mt19937 is the same generator without their seeding
/// from an array.
class Mt19937 {
 public:
  /// init_genrand, as numpy.random.RandomState(seed).
  explicit Mt19937(std::uint32_t seed);
  /// init_by_array, as Python's random.Random. `key` must not be empty.
  explicit Mt19937(std::span<const std::uint32_t> key);

  /// Uniform over all 32-bit numbers.
  std::uint32_t next();
  /// Uniform over [0, 1), with 53 bits; takes two numbers.
  double next_double();

 private:
  void refill();

  static constexpr std::size_t kSize = 624;
  std::array<std::uint32_t, kSize> state_;
  std::size_t at_ = kSize;
};

}  // namespace lama::internal::masks
