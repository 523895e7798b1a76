// Shared by the targets for files of tensors.
#pragma once

#include "weights/tensor_file.h"

namespace lama::internal::testing {

/// Reads all tensors, like a user of the file; stops at tensors that no network has.
inline void read_all(const weights::TensorFile& file) {
  constexpr std::size_t kMost = 1 << 20;
  for (const auto& [name, info] : file.tensors()) {
    const auto count = weights::element_count(info.shape);
    if (weights::is_floating(info.dtype) && (!count || *count < kMost)) (void)file.read(name);
  }
}

}  // namespace lama::internal::testing
