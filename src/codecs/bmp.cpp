#include "codecs/bmp.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstddef>

#include "base/bytes.h"
#include "base/error.h"

namespace lama::internal::codecs {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint32_t number_at(Bytes file, std::size_t at, std::size_t size) {
  if (at > file.size() || size > file.size() - at) throw Error("it is cut short");
  return static_cast<std::uint32_t>(little_endian(file, at, size));
}

/// The bits of a pixel that hold a channel; 0: the file has no such channel.
struct Channel {
  std::uint32_t mask = 0;

  std::uint8_t of(std::uint32_t pixel) const {
    if (mask == 0) return 255;
    const int shift = std::countr_zero(mask);
    const std::uint64_t most = mask >> shift;
    const std::uint64_t value = (pixel & mask) >> shift;
    return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
  }
};

struct Head {
  int width = 0, height = 0;
  bool top_down = false;
  unsigned bits = 0;  ///< of a pixel: 1, 4, 8, 16, 24 or 32
  std::size_t palette_at = 0, palette_entry = 4, colours = 0;
  std::size_t pixels_at = 0;
  std::array<Channel, 4> channels;  ///< red, green, blue, alpha, of pixels of 16 or 32 bits

  bool alpha() const { return channels[3].mask != 0; }
  std::size_t row_bytes() const { return (static_cast<std::size_t>(width) * bits + 31) / 32 * 4; }
};

/// The masks of the channels. Headers before Windows 98's (of 40 bytes) have them behind.
std::array<Channel, 4> read_channels(Bytes file, std::uint32_t header, std::uint32_t compression,
                                     unsigned bits) {
  constexpr std::uint32_t kNone = 0, kWithAlpha = 6;
  if (compression == kNone) {
    if (bits == 16) return {Channel{0x7c00}, Channel{0x03e0}, Channel{0x001f}, Channel{}};
    return {Channel{0xff0000}, Channel{0x00ff00}, Channel{0x0000ff}, Channel{}};
  }
  const bool alpha = header >= 56 || compression == kWithAlpha;
  return {Channel{number_at(file, 54, 4)}, Channel{number_at(file, 58, 4)},
          Channel{number_at(file, 62, 4)}, Channel{alpha ? number_at(file, 66, 4) : 0}};
}

Head read_head(Bytes file) {
  constexpr std::uint32_t kOldHeader = 12, kNone = 0, kMasks = 3, kMasksWithAlpha = 6;
  constexpr std::int64_t kMostSide = 10'000'000;  // libvips's
  Head head;
  head.pixels_at = number_at(file, 10, 4);
  const std::uint32_t header = number_at(file, 14, 4);
  std::int64_t width = 0, height = 0;
  std::uint32_t compression = kNone;
  if (header == kOldHeader) {
    width = number_at(file, 18, 2);
    height = number_at(file, 20, 2);
    head.bits = number_at(file, 24, 2);
    head.palette_entry = 3;
  } else if (header >= 40 && header <= 124) {
    width = static_cast<std::int32_t>(number_at(file, 18, 4));
    height = static_cast<std::int32_t>(number_at(file, 22, 4));
    head.bits = number_at(file, 28, 2);
    compression = number_at(file, 30, 4);
    head.colours = number_at(file, 46, 4);
  } else {
    throw Error(fmt::format("its header of {} bytes is not a bitmap's", header));
  }
  head.top_down = height < 0;
  height = head.top_down ? -height : height;
  if (width < 1 || height < 1 || width > kMostSide || height > kMostSide) {
    throw Error(fmt::format("it states {} x {} pixels", width, height));
  }
  head.width = static_cast<int>(width);
  head.height = static_cast<int>(height);
  const bool palette = head.bits == 1 || head.bits == 4 || head.bits == 8;
  const bool direct = head.bits == 16 || head.bits == 32;
  if (!palette && !direct && head.bits != 24) {
    throw Error(fmt::format("it has {} bits a pixel", head.bits));
  }
  const bool masks = direct && (compression == kMasks || compression == kMasksWithAlpha);
  if (compression != kNone && !masks) {
    throw Error(fmt::format("a compressed bitmap (kind {}): convert it to PNG first", compression));
  }
  if (direct) head.channels = read_channels(file, header, compression, head.bits);
  if (palette) {
    const std::size_t most = std::size_t{1} << head.bits;
    if (head.colours == 0 || head.colours > most) head.colours = most;
    head.palette_at = 14 + std::size_t{header};
    number_at(file, head.palette_at + head.colours * head.palette_entry - 1, 1);
  }
  if (head.pixels_at > file.size() ||
      (file.size() - head.pixels_at) / head.row_bytes() < static_cast<std::size_t>(head.height)) {
    throw Error("it is cut short");
  }
  return head;
}

void read_row(Bytes file, const Head& head, Bytes row, std::uint8_t* out) {
  const std::size_t channels = head.alpha() ? 4 : 3;
  for (std::size_t x = 0; x < static_cast<std::size_t>(head.width); ++x, out += channels) {
    if (head.bits <= 8) {
      const std::size_t first = x * head.bits;  // the leftmost pixel has the highest bits
      const std::size_t index =
          row[first / 8] >> (8 - head.bits - first % 8) & ((std::size_t{1} << head.bits) - 1);
      if (index >= head.colours) throw Error("a pixel's colour is not in its palette");
      const Bytes colour = file.subspan(head.palette_at + index * head.palette_entry, 3);
      for (std::size_t c = 0; c < 3; ++c) out[c] = colour[2 - c];
    } else if (head.bits == 24) {
      for (std::size_t c = 0; c < 3; ++c) out[c] = row[3 * x + 2 - c];
    } else {
      const std::size_t bytes = head.bits / 8;
      const std::uint32_t pixel = number_at(row, bytes * x, bytes);
      for (std::size_t c = 0; c < channels; ++c) out[c] = head.channels[c].of(pixel);
    }
  }
}

}  // namespace

vips::VImage head_of_bmp(Bytes file) {
  const Head head = read_head(file);
  return vips::VImage::black(head.width, head.height,
                             vips::VImage::option()->set("bands", head.alpha() ? 4 : 3))
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

Image read_bmp(Bytes file) {
  const Head head = read_head(file);
  Image image(head.width, head.height, ColourModel::rgb, head.alpha(), Depth::u8);
  const auto height = static_cast<std::size_t>(head.height);
  const std::size_t out_row = image.bytes().size() / height;
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t stored = head.top_down ? y : height - 1 - y;
    const Bytes row = file.subspan(head.pixels_at + stored * head.row_bytes(), head.row_bytes());
    read_row(file, head, row, image.bytes().data() + y * out_row);
  }
  return image;
}

}  // namespace lama::internal::codecs
