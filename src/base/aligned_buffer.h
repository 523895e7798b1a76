#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace lama::internal {

/// Bytes.
inline constexpr std::size_t kCacheLine = 64;

/// Uninitialised floats, aligned to a cache line, followed by one spare cache line so that a
/// full-width vector load at the last element stays inside the allocation. A moved-from buffer can
/// only be assigned to.
///
/// Above 32 MB the buffer asks the system for huge pages. Malloc returns memory of that size to the
/// system on free, and the next feature map faults it in and clears it again: in steps of 2 MB
/// instead of 4 kB.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t floats);

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* p) const { ::operator delete(p, alignment); }
    std::align_val_t alignment;
  };
  std::unique_ptr<float, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace lama::internal
