#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama {

enum class Depth { u8, u16 };

/// Pixels in memory: interleaved channels, rows from top to bottom, no padding.
/// Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; values use the full range of the
/// depth (0..255 or 0..65535) and are gamma-encoded as in the file they came from.
class Image {
 public:
  Image() = default;
  Image(int width, int height, int channels, Depth depth)
      : width_(width),
        height_(height),
        channels_(channels),
        depth_(depth),
        bytes_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
               static_cast<std::size_t>(channels) * (depth == Depth::u8 ? 1 : 2)) {}

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  Depth depth() const { return depth_; }
  int max_value() const { return depth_ == Depth::u8 ? 255 : 65535; }
  bool has_alpha() const { return channels_ % 2 == 0; }
  int colour_channels() const { return has_alpha() ? channels_ - 1 : channels_; }
  std::size_t pixels() const {
    return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  }

  std::vector<std::uint8_t>& bytes() { return bytes_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  /// The first sample; Sample must match the depth (see visit_samples).
  template <typename Sample>
  Sample* samples() {
    return reinterpret_cast<Sample*>(bytes_.data());
  }
  template <typename Sample>
  const Sample* samples() const {
    return reinterpret_cast<const Sample*>(bytes_.data());
  }

 private:
  int width_ = 0, height_ = 0, channels_ = 0;
  Depth depth_ = Depth::u8;
  std::vector<std::uint8_t> bytes_;
};

/// Calls `function` with the image's samples as uint8_t* or uint16_t* (const as the image is).
template <typename AnyImage, typename Function>
decltype(auto) visit_samples(AnyImage& image, Function&& function) {
  if (image.depth() == Depth::u8) return function(image.template samples<std::uint8_t>());
  return function(image.template samples<std::uint16_t>());
}

}  // namespace lama
