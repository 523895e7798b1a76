#include "training/data/tar_index.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto members = lama::internal::training::read_tar_index(
        size,
        [&](std::uint64_t offset, std::span<std::uint8_t> into) {
          if (offset > size || into.size() > size - offset) std::abort();
          std::copy_n(data + offset, into.size(), into.data());
        },
        "x");
    for (const auto& member : members) {
      if (member.offset > size || member.size > size - member.offset) std::abort();
    }
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
