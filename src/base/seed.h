// Seeds from names, so that an item's random numbers depend on nothing but the item.
#pragma once

#include <cstdint>
#include <string_view>

namespace lama::internal {

/// The seed of the item `name` in a run with `seed`. This function never changes, so that old sets
/// can be made again. It hashes the seed's four bytes (lowest first) and the name by FNV-1a,
/// applies the finaliser of MurmurHash3, and takes the low 32 bits.
constexpr std::uint32_t derived_seed(std::uint32_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (unsigned shift = 0; shift < 32; shift += 8) add(static_cast<std::uint8_t>(seed >> shift));
  for (const char c : name) add(static_cast<std::uint8_t>(c));
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return static_cast<std::uint32_t>(hash ^ (hash >> 33));
}

}  // namespace lama::internal
