#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace lama {

/// Uninitialised floats, aligned to a cache line (64 bytes), followed by one spare cache line so
/// that a full-width vector load at the last element stays inside the allocation. A buffer that was
/// moved from can only be assigned to.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t floats)
      : data_(static_cast<float*>(
            ::operator new ((floats + kSpare) * sizeof(float), std::align_val_t{kAlignment}))),
        size_(floats) {}

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kSpare = kAlignment / sizeof(float);
  struct Free {
    void operator()(float* p) const { ::operator delete (p, std::align_val_t{kAlignment}); }
  };
  std::unique_ptr<float, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace lama
