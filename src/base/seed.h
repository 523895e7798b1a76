// Seeds from names, so that an item's random numbers depend on nothing but the item.
#pragma once

#include <cstdint>
#include <string_view>

namespace lama::internal {

/// The hash FNV-1a of `bytes`. It continues `hash`, the one of the bytes before.
constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const char c : bytes) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return hash;
}

/// The seed of the item `name` in a run with `seed`. This function never changes, so that old sets
/// can be made again. It hashes the seed's four bytes (lowest first) and the name by FNV-1a,
/// applies the finaliser of MurmurHash3, and takes the low 32 bits.
constexpr std::uint32_t derived_seed(std::uint32_t seed, std::string_view name) {
  const char bytes[] = {static_cast<char>(seed & 255), static_cast<char>(seed >> 8 & 255),
                        static_cast<char>(seed >> 16 & 255), static_cast<char>(seed >> 24)};
  std::uint64_t hash = fnv1a(name, fnv1a({bytes, sizeof bytes}));
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return static_cast<std::uint32_t>(hash ^ (hash >> 33));
}

}  // namespace lama::internal
