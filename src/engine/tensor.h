#pragma once

#include <algorithm>
#include <cstddef>

#include "base/aligned_buffer.h"

namespace lama::internal::engine {

/// Some of the channels of a batch of feature maps, held elsewhere. Pixels are row-major;
/// consecutive pixels are `stride` floats apart and their channels are contiguous.
template <typename T>
struct View {
  T* data = nullptr;
  std::size_t batch = 0, height = 0, width = 0;
  std::size_t channels = 0, stride = 0;

  operator View<const T>() const {  // NOLINT(google-explicit-constructor): as T* to const T*
    return {data, batch, height, width, channels, stride};
  }

  std::size_t pixels() const { return batch * height * width; }
  T* pixel(std::size_t i) const { return data + i * stride; }
  /// `count` of these channels, from `first`.
  View slice(std::size_t first, std::size_t count) const {
    View part = *this;
    part.data += first;
    part.channels = count;
    return part;
  }
};

/// A rectangle of a map's pixels.
struct Region {
  std::size_t y = 0, x = 0, height = 0, width = 0;

  std::size_t bottom() const { return y + height; }
  std::size_t right() const { return x + width; }
  std::size_t pixels() const { return height * width; }
};

/// The smallest that holds both; those without pixels hold nothing.
inline Region bounds(const Region& a, const Region& b) {
  if (a.pixels() == 0 || b.pixels() == 0) return a.pixels() == 0 ? b : a;
  const std::size_t y = std::min(a.y, b.y), x = std::min(a.x, b.x);
  return {y, x, std::max(a.bottom(), b.bottom()) - y, std::max(a.right(), b.right()) - x};
}

/// A part of a layer's result, made of a part of its input.
struct Window {
  std::size_t height, width;  ///< of the whole input
  Region input;               ///< the part of it that is in memory
  Region output;              ///< the part of the result to compute
};

/// Feature maps: float32, channels last (N, H, W, C in memory).
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::size_t batch, std::size_t height, std::size_t width, std::size_t channels)
      : buffer_(batch * height * width * channels),
        batch_(batch),
        height_(height),
        width_(width),
        channels_(channels) {}

  std::size_t batch() const { return batch_; }
  std::size_t height() const { return height_; }
  std::size_t width() const { return width_; }
  std::size_t channels() const { return channels_; }
  std::size_t size() const { return buffer_.size(); }

  float* data() { return buffer_.data(); }
  const float* data() const { return buffer_.data(); }

  View<float> view() { return {data(), batch_, height_, width_, channels_, channels_}; }
  View<const float> view() const { return {data(), batch_, height_, width_, channels_, channels_}; }

 private:
  AlignedBuffer buffer_;
  std::size_t batch_ = 0, height_ = 0, width_ = 0, channels_ = 0;
};

}  // namespace lama::internal::engine
