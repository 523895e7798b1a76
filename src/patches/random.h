// Random numbers that depend only on their place.
#pragma once

#include <cstdint>

namespace lama::internal::patches {

/// A sequence of random numbers for each (seed, stream), independent of threads. SplitMix64
/// (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream)
      : state_(mix(seed + kStep) ^ mix(stream * kStep)) {}

  /// Uniform in [0, bound), bound >= 1 (Lemire's multiplication; its bias of bound / 2^32 does not
  /// matter here).
  std::uint32_t below(std::uint32_t bound) {
    state_ += kStep;
    return static_cast<std::uint32_t>(((mix(state_) >> 32U) * bound) >> 32U);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace lama::internal::patches
