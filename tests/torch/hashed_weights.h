// Weights that need not be stored: tests/oracle/make_evaluation.py makes the same, bit by bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace lama::internal::testing {

/// `count` numbers in [0, 1), from the hash of a name (FNV-1a, then SplitMix64).
inline std::vector<float> hashed(const std::string& name, std::size_t count) {
  std::uint64_t state = 0xcbf29ce484222325U;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::vector<float> values(count);
  for (float& value : values) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z = z ^ (z >> 31);
    value = static_cast<float>(z >> 40) * 0x1p-24F;
  }
  return values;
}

/// Weights under which features neither vanish nor explode, by the parameter's kind.
inline std::vector<float> hashed_weights(const std::string& name,
                                         const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  std::vector<float> values = hashed(name, static_cast<std::size_t>(count));
  if (name.starts_with("lin")) return values;  // LPIPS heads: not negative
  const bool convolution = shape.size() == 4;
  const bool scale = name.ends_with("bn.weight") || name.ends_with("running_var");
  // He initialisation.
  const auto bound = static_cast<float>(
      std::sqrt(6.0 / (static_cast<double>(count) / static_cast<double>(shape[0]))));
  for (float& value : values) {
    value = convolution ? (value * 2 - 1) * bound : scale ? value + 0.5F : (value - 0.5F) * 0.2F;
  }
  return values;
}

}  // namespace lama::internal::testing
