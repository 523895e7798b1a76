// What the targets for files of tensors share.
#pragma once

#include "weights/tensor_file.h"

namespace lama::testing {

/// Reads all tensors, as whoever opens the file may; stops at those a network could not have.
inline void read_all(const weights::TensorFile& file) {
  constexpr std::size_t kMost = 1 << 20;
  for (const auto& [name, info] : file.tensors()) {
    const auto count = weights::element_count(info.shape);
    if (weights::is_floating(info.dtype) && (!count || *count < kMost)) (void)file.read(name);
  }
}

}  // namespace lama::testing
