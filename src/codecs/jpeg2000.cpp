#include "codecs/jpeg2000.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace lama::internal::codecs {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Markers of ITU-T T.800, annex A.
constexpr unsigned kCodingStyle = 0xff52, kComponentStyle = 0xff53, kTilePart = 0xff90,
                   kData = 0xff93, kEnd = 0xffd9;

/// Zero behind the end.
std::uint64_t number(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0);
  }
  return value;
}

/// The stream of markers: the start marker and the size, which is always the second.
Bytes stream_of(Bytes file) {
  constexpr std::string_view kStart = "\xff\x4f\xff\x51";
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  return file.subspan(std::min(text.find(kStart), text.size()));
}

/// `segment`: a coding style's content. Some sizes of precincts are powers of two below 16 pixels.
bool has_tiny_precincts(Bytes segment, std::size_t style_at, std::size_t levels_at) {
  constexpr unsigned kLeast = 4;
  if ((number(segment, style_at, 1) & 1) == 0) return false;  // the largest possible
  const auto levels = number(segment, levels_at, 1);
  for (std::size_t level = 0; level <= levels; ++level) {
    const auto size = number(segment, levels_at + 5 + level, 1);
    if ((size & 15) < kLeast || size >> 4 < kLeast) return true;
  }
  return false;
}

std::uint64_t count_tiles(Bytes stream, std::size_t side) {
  const auto size = number(stream, 8 + 4 * side, 4), tile = number(stream, 24 + 4 * side, 4),
             tile_offset = number(stream, 32 + 4 * side, 4);
  return tile == 0 || size <= tile_offset ? 0 : (size - tile_offset + tile - 1) / tile;
}

}  // namespace

int jpeg2000_bits(Bytes file) {
  const Bytes stream = stream_of(file);
  return stream.empty() ? 16 : static_cast<int>((number(stream, 42, 1) & 0x7f) + 1);
}

void require_bounded_jpeg2000(Bytes file) {
  constexpr std::uint64_t kMostComponents = 5, kMostTiles = 16384;  // CMYK and alpha
  const Bytes stream = stream_of(file);
  const auto components = number(stream, 40, 2);
  if (components > kMostComponents) throw Error(fmt::format("it has {} channels", components));
  const auto tiles = count_tiles(stream, 0) * count_tiles(stream, 1);
  if (tiles > kMostTiles) {
    throw Error(fmt::format("it has {} tiles; lama reads at most {}", tiles, kMostTiles));
  }
  std::uint64_t tile_parts = 0;
  std::size_t at = 2, part_end = 0;
  while (at + 4 <= stream.size()) {
    const auto marker = static_cast<unsigned>(number(stream, at, 2));
    if (marker == kEnd) return;
    if (marker == kData) {
      if (part_end <= at) return;  // the last part: to the end of the file
      at = part_end;
      continue;
    }
    const std::size_t size = std::max<std::size_t>(number(stream, at + 2, 2), 2);
    const Bytes segment = stream.subspan(at + 4).first(std::min(size - 2, stream.size() - at - 4));
    if (marker == kTilePart) {
      const auto length = number(segment, 2, 4);
      part_end = length == 0 ? 0 : at + length;
      if (++tile_parts > 64 * kMostTiles) throw Error("it has too many parts of tiles");
    }
    if ((marker == kCodingStyle && has_tiny_precincts(segment, 0, 5)) ||
        (marker == kComponentStyle && has_tiny_precincts(segment, 1, 2))) {
      throw Error("its precincts are smaller than 16 pixels");
    }
    at += 2 + size;
  }
}

}  // namespace lama::internal::codecs
