#include "codecs/container.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "codecs/boxes.h"
#include "codecs/jpeg2000.h"
#include "codecs/jpeg_xl.h"
#include "codecs/png_chunks.h"
#include "codecs/tiff_directory.h"
#include "codecs/webp_chunks.h"

namespace lama::internal::codecs {
namespace {

Container read_png(std::span<const std::uint8_t> file) {
  Container container{.lossless = true};
  for (const PngChunk& chunk : png_chunks(file)) {
    // Number of frames, number of plays (APNG).
    if (chunk.type == "acTL" && chunk.data.size() >= 4) {
      container.animated =
          chunk.data[0] != 0 || chunk.data[1] != 0 || chunk.data[2] != 0 || chunk.data[3] > 1;
    }
  }
  return container;
}

/// Readers ignore what follows the first picture.
Container read_webp(std::span<const std::uint8_t> file) {
  Container container;
  bool has_picture = false;
  for_each_webp_chunk(file, [&](std::string_view name, std::span<const std::uint8_t> /*content*/) {
    if (has_picture) return;
    if (name == "VP8L") container.lossless = true;
    if (name == "ANIM" || name == "ANMF") container.animated = true;
    has_picture = name == "VP8 " || name == "VP8L";
  });
  return container;
}

constexpr int kSubfileType = 254, kCompression = 259, kPredictor = 317, kTileWidth = 322,
              kTileHeight = 323, kExtraSamples = 338;
constexpr std::uint8_t kAssociatedAlpha = 1, kUnassociatedAlpha = 2;

Container read_tiff(std::span<const std::uint8_t> file) {
  const TiffReader reader(file);
  const auto number = [&reader](std::size_t page, int tag) {
    return static_cast<int>(
        std::min<std::uint64_t>(reader.number_of(page, tag).value_or(0), 0x7fffffff));
  };
  Container container;
  for (std::size_t page = 1; page < reader.pages().size(); ++page) {
    if ((number(page, kSubfileType) & 1) == 0) ++container.pages;  // 1: reduced, a preview
  }
  container.tiff = {.compression = number(0, kCompression),
                    .predictor = number(0, kPredictor),
                    .tile_width = number(0, kTileWidth),
                    .tile_height = number(0, kTileHeight),
                    .associated_alpha = number(0, kExtraSamples) == kAssociatedAlpha};
  static constexpr int kLossy[] = {6, 7, 34892, 50001};  // old JPEG, JPEG, lossy JPEG, WebP
  container.lossless = std::find(std::begin(kLossy), std::end(kLossy),
                                 container.tiff.compression) == std::end(kLossy);
  return container;
}

bool holds(std::span<const std::uint8_t> file, std::string_view text) {
  return text_of(file).find(text) != std::string_view::npos;
}

}  // namespace

Container read_container(std::span<const std::uint8_t> file, Format format) {
  switch (format) {
    case Format::png:
      return read_png(file);
    case Format::webp:
      return read_webp(file);
    case Format::tiff:
      return read_tiff(file);
    case Format::heif:
    case Format::avif: {
      // The major brand: a sequence has many pictures.
      const std::string_view brand = text_of(file.subspan(8, 4));
      return {.animated = brand == "avis" || brand == "msf1" || brand == "hevc" || brand == "hevx"};
    }
    case Format::jp2:
      return {.bits = jpeg2000_bits(file)};
    case Format::jxl:
      return {.animated = is_animated_jpeg_xl(file)};
    case Format::gif:
    case Format::pnm:
    case Format::bmp:
      return {.lossless = true};
    case Format::jpeg:
      break;
  }
  return {.adobe = holds(file, std::string_view("\xff\xee\0\x0e"
                                                "Adobe",
                                                9))};
}

void require_tiff_samples(std::span<const std::uint8_t> file) {
  constexpr int kBitsPerSample = 258, kSampleFormat = 339;
  constexpr std::uint64_t kWhole = 1, kFloat = 3, kComplexWhole = 5, kComplexFloat = 6;
  const TiffReader reader(file);
  if (reader.pages().empty()) return;
  const std::uint64_t bits = reader.number_of(0, kBitsPerSample).value_or(1);
  const std::uint64_t kind = reader.number_of(0, kSampleFormat).value_or(kWhole);
  if (bits > 32 || (kind == kFloat && bits != 32) || kind == kComplexWhole ||
      kind == kComplexFloat) {
    throw Error(kSampleKinds);
  }
}

void set_associated_alpha(std::span<std::uint8_t> tiff, bool associated) {
  const TiffReader reader(tiff);
  if (reader.pages().empty()) return;
  const TiffTag* tag = find_tag(reader.pages().front(), kExtraSamples);
  if (tag == nullptr || tag->value.size() < 2) return;
  tiff[tag->at + (reader.big_endian() ? 1 : 0)] =
      associated ? kAssociatedAlpha : kUnassociatedAlpha;
}

std::vector<std::string> embedded_pictures(std::span<const std::uint8_t> file, Format format) {
  std::vector<std::string> found;
  if (format == Format::heif || format == Format::avif) {
    // References between the items of a file, and types of auxiliary pictures. Other boxes hold
    // compressed data.
    const auto meta = find_box(file, "meta");
    if (holds(meta, "thmb")) found.emplace_back("the embedded thumbnail");
    if (holds(meta, "hdrgainmap") || holds(meta, "tmap")) found.emplace_back("the HDR gain map");
    if (holds(meta, ":depth") || holds(meta, ":aux:disparity")) found.emplace_back("the depth map");
  }
  if (format == Format::jpeg && holds(file.first(std::min<std::size_t>(file.size(), 1 << 18)),
                                      std::string_view("MPF\0", 4))) {
    found.emplace_back("the further pictures behind the first (a preview or an HDR gain map)");
  }
  if (format == Format::tiff) {
    const TiffReader reader(file);
    constexpr int kSubDirectories = 330;
    if (reader.pages().size() > 1 || reader.number_of(0, kSubDirectories)) {
      found.emplace_back("the reduced copies of the picture");
    }
  }
  return found;
}

}  // namespace lama::internal::codecs
