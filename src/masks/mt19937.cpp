#include "masks/mt19937.h"

#include <algorithm>

namespace lama::internal::masks {

Mt19937::Mt19937(std::uint32_t seed) : state_{seed} {
  for (std::size_t i = 1; i < kSize; ++i) {
    const std::uint32_t before = state_[i - 1];
    state_[i] = 1812433253U * (before ^ (before >> 30)) + static_cast<std::uint32_t>(i);
  }
}

Mt19937::Mt19937(std::span<const std::uint32_t> key) : Mt19937(19650218U) {
  std::size_t i = 1, j = 0;
  const auto mixed = [&](std::uint32_t factor) {
    const std::uint32_t before = state_[i - 1];
    return state_[i] ^ ((before ^ (before >> 30)) * factor);
  };
  const auto advance = [&] {
    if (++i == kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
  };
  for (std::size_t k = std::max(kSize, key.size()); k > 0; --k) {
    state_[i] = mixed(1664525U) + key[j] + static_cast<std::uint32_t>(j);
    advance();
    j = (j + 1) % key.size();
  }
  for (std::size_t k = kSize - 1; k > 0; --k) {
    state_[i] = mixed(1566083941U) - static_cast<std::uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000U;
}

void Mt19937::refill() {
  constexpr std::size_t kAhead = 397;
  for (std::size_t i = 0; i < kSize; ++i) {
    const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kSize] & 0x7fffffffU);
    state_[i] = state_[(i + kAhead) % kSize] ^ (y >> 1) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
  }
  at_ = 0;
}

std::uint32_t Mt19937::next() {
  if (at_ == kSize) refill();
  std::uint32_t y = state_[at_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

double Mt19937::next_double() {
  const std::uint32_t high = next() >> 5, low = next() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

}  // namespace lama::internal::masks
