#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "base/host.h"

namespace lama::internal {

/// Bytes.
inline constexpr std::size_t kCacheLine = 64;

/// Uninitialised floats, aligned to a cache line, followed by one spare cache line so that a
/// full-width vector load at the last element stays inside the allocation. A moved-from buffer can
/// only be assigned to.
///
/// Above 32 MB the buffer asks the system for huge pages. Malloc returns memory of that size to the
/// system on free, and the next feature map faults it in and clears it again: in steps of 2 MB
/// instead of 4 kB. Where the current host (base/host.h) gives memory, all of it is the host's.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  /// Throws std::bad_alloc.
  explicit AlignedBuffer(std::size_t floats);

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* p) const;
    std::align_val_t alignment;
    SharedHost host;  // null if the memory is the system's
    void* block;      // the host's
  };
  static std::unique_ptr<float, Free> from_host(std::size_t bytes);
  std::unique_ptr<float, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace lama::internal
