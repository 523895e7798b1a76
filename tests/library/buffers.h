// Callers' pixel buffers for the tests of the public interfaces.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lama/lama.hpp>
#include <vector>

namespace lama::internal::testing {

constexpr int kWidth = 45, kHeight = 38;

/// The colour of the pixel at (x, y), from 0 to 1: red, green, blue, alpha.
inline double colour(int x, int y, int c) {
  if (c == 3) return x < 5 ? 0.25 : 1;
  return 0.5 + 0.3 * std::sin(0.2 * x + c) * std::cos(0.15 * y - c);
}

/// The samples of a pixel in memory, as indices into red, green, blue, alpha, or 4 for unused.
inline std::vector<int> order_of(Layout layout) {
  switch (layout) {
    case Layout::grey:
      return {0};
    case Layout::grey_alpha:
      return {0, 3};
    case Layout::rgb:
      return {0, 1, 2};
    case Layout::rgba:
      return {0, 1, 2, 3};
    case Layout::bgr:
      return {2, 1, 0};
    case Layout::bgra:
      return {2, 1, 0, 3};
    case Layout::rgbx:
      return {0, 1, 2, 4};
    case Layout::bgrx:
      return {2, 1, 0, 4};
  }
  return {};
}

/// A picture in memory as a caller may have it: rows with bytes between them, perhaps bottom up,
/// and at an odd address.
class Buffer {
 public:
  /// `padding`: bytes between rows.
  Buffer(Layout layout, Sample sample, int padding = 0, bool bottom_up = false, int width = kWidth,
         int height = kHeight)
      : layout_(layout), sample_(sample), width_(width), height_(height) {
    const std::vector<int> order = order_of(layout);
    line_ = order.size() * sample_bytes() * static_cast<std::size_t>(width);
    stride_ = static_cast<std::ptrdiff_t>(line_) + padding;
    bytes_.assign(1 + static_cast<std::size_t>(stride_ * height), kUntouched);
    first_ = bytes_.data() + 1;
    if (bottom_up) {
      first_ += stride_ * (height - 1);
      stride_ = -stride_;
    }
    for (int y = 0; y < height; ++y) {
      std::uint8_t* to = first_ + y * stride_;
      for (int x = 0; x < width; ++x) {
        for (const int c : order) {
          put(to, c < 4 ? colour(x, y, c) : 0);
          to += sample_bytes();
        }
      }
    }
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  Picture picture() const { return {first_, width_, height_, layout_, sample_, stride_}; }
  Output output() { return {first_, stride_}; }

  std::size_t sample_bytes() const {
    return sample_ == Sample::u8 ? 1 : sample_ == Sample::u16 ? 2 : 4;
  }
  /// Sample `i` in memory order of the pixel at (x, y), in 0 .. 1.
  double at(int x, int y, std::size_t i) const {
    const std::size_t samples = order_of(layout_).size();
    const std::uint8_t* from =
        first_ + y * stride_ + (static_cast<std::size_t>(x) * samples + i) * sample_bytes();
    if (sample_ == Sample::u8) return *from / 255.0;
    if (sample_ == Sample::u16) return value<std::uint16_t>(from) / 65535.0;
    return static_cast<double>(value<float>(from));
  }
  /// The pixel's samples, as bytes.
  std::vector<std::uint8_t> pixel(int x, int y) const {
    const std::size_t size = order_of(layout_).size() * sample_bytes();
    const std::uint8_t* from = first_ + y * stride_ + static_cast<std::size_t>(x) * size;
    return {from, from + size};
  }
  /// All bytes, those between rows included.
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  /// Whether the bytes between rows are unchanged.
  bool padding_is_untouched() const {
    const std::size_t stride = static_cast<std::size_t>(std::abs(stride_));
    for (std::size_t i = 0; i + 1 < bytes_.size(); ++i) {
      if (i % stride >= line_ && bytes_[1 + i] != kUntouched) return false;
    }
    return bytes_[0] == kUntouched;
  }

 private:
  static constexpr std::uint8_t kUntouched = 0xa5;

  template <typename T>
  static T value(const std::uint8_t* from) {
    T result;
    std::memcpy(&result, from, sizeof result);
    return result;
  }
  void put(std::uint8_t* to, double share) const {
    if (sample_ == Sample::u8) {
      *to = static_cast<std::uint8_t>(share * 255);
    } else if (sample_ == Sample::u16) {
      const auto sample = static_cast<std::uint16_t>(share * 65535);
      std::memcpy(to, &sample, sizeof sample);
    } else {
      const auto sample = static_cast<float>(share);
      std::memcpy(to, &sample, sizeof sample);
    }
  }

  Layout layout_;
  Sample sample_;
  int width_, height_;
  std::size_t line_ = 0;
  std::ptrdiff_t stride_ = 0;
  std::vector<std::uint8_t> bytes_;
  std::uint8_t* first_ = nullptr;
};

/// A rectangle to fill.
struct Hole {
  std::vector<std::uint8_t> values;
  int width, height;

  explicit Hole(int w = kWidth, int h = kHeight) : width(w), height(h) {
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) values.push_back(is_hole(x, y) ? 255 : 0);
    }
  }
  static bool is_hole(int x, int y) { return x >= 12 && x < 30 && y >= 7 && y < 25; }
  MaskValues mask() const { return {values.data(), width, height}; }
};

}  // namespace lama::internal::testing
