#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::internal {

enum class Depth { u8, u16, f32 };

constexpr std::size_t bytes_per_sample(Depth depth) {
  return depth == Depth::u8 ? 1 : depth == Depth::u16 ? 2 : 4;
}

/// The meaning of an image's channels, besides alpha.
enum class ColourModel { grey, rgb, cmyk };

/// Pixels in memory: interleaved channels, rows from top to bottom, no padding. Channels: 1 grey, 3
/// RGB, 4 CMYK, and one more for straight alpha. Values use the full range of the depth (0..255,
/// 0..65535; floats 0..1, and beyond if the source does) and keep the source file's encoding. CMYK:
/// 0 is no ink.
class Image {
 public:
  Image() = default;
  Image(int width, int height, ColourModel model, bool alpha, Depth depth)
      : width_(width),
        height_(height),
        channels_((model == ColourModel::grey  ? 1
                   : model == ColourModel::rgb ? 3
                                               : 4) +
                  (alpha ? 1 : 0)),
        colour_model_(model),
        alpha_(alpha),
        depth_(depth),
        bytes_(pixels() * static_cast<std::size_t>(channels_) * bytes_per_sample(depth)) {}
  /// Grey or RGB by the number of channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  Image(int width, int height, int channels, Depth depth)
      : Image(width, height, channels < 3 ? ColourModel::grey : ColourModel::rgb, channels % 2 == 0,
              depth) {}

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  Depth depth() const { return depth_; }
  ColourModel colour_model() const { return colour_model_; }
  /// Full white or full opacity.
  int max_value() const { return depth_ == Depth::u8 ? 255 : depth_ == Depth::u16 ? 65535 : 1; }
  bool has_alpha() const { return alpha_; }
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
  ColourModel colour_model_ = ColourModel::grey;
  bool alpha_ = false;
  Depth depth_ = Depth::u8;
  std::vector<std::uint8_t> bytes_;
};

/// Calls `function` with the image's samples as uint8_t*, uint16_t* or float* (const if the image
/// is).
template <typename AnyImage, typename Function>
decltype(auto) visit_samples(AnyImage& image, Function&& function) {
  switch (image.depth()) {
    case Depth::u8:
      return function(image.template samples<std::uint8_t>());
    case Depth::u16:
      return function(image.template samples<std::uint16_t>());
    case Depth::f32:
      break;
  }
  return function(image.template samples<float>());
}

}  // namespace lama::internal
