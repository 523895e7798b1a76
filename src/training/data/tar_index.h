// The members of a tar archive and their places, from its headers alone.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lama::internal::training {

struct TarMember {
  std::string name;
  std::uint64_t offset = 0, size = 0;  ///< of its bytes in the archive
};

/// Fills `into` with the archive's bytes from `offset` on, all of which exist; throws Error if that
/// fails.
using ReadAt = std::function<void(std::uint64_t offset, std::span<std::uint8_t> into)>;

/// The regular files in an archive of `size` bytes, in its order: POSIX's ustar and pax formats,
/// GNU's (long names, large numbers) and those before. Everything else is left out.
/// `name` stands for the archive in errors. Throws Error if it is no tar archive, is compressed,
/// damaged, cut short, or has sparse files.
std::vector<TarMember> read_tar_index(std::uint64_t size, const ReadAt& read,
                                      const std::string& name);

}  // namespace lama::internal::training
