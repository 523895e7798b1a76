#include "codecs/display.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "codecs/libvips.h"
#include "codecs/pixels.h"

namespace lama::internal::codecs {

using vips::VImage;

namespace {

constexpr int kJpegQuality = 92;

std::vector<std::uint8_t> copied(VipsBlob* blob) {
  const Blob owned = own(blob);
  const auto bytes = bytes_of(owned);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::uint8_t> encode_for_display(const Picture& picture, int longest,
                                             std::optional<Format> format) try {
  start_libvips();
  const Image& image = picture.image;
  const bool alpha = image.has_alpha();
  // Must outlive the operations below, which read it.
  const Image colours =
      narrowed(picture.colour ? picture.colour->to_srgb(image) : image, Depth::u8);
  VImage shown = wrap(colours);
  Image whole;
  if (alpha && picture.colour) {
    // The converter leaves alpha out.
    whole = narrowed(image, Depth::u8);
    shown = shown.bandjoin(wrap(whole).extract_band(whole.channels() - 1));
  }
  const int longer = std::max(image.width(), image.height());
  if (longer > longest) {
    shown = shown.thumbnail_image(
        longest, VImage::option()->set("height", longest)->set("size", VIPS_SIZE_DOWN));
  }
  if (format.value_or(alpha ? Format::png : Format::jpeg) == Format::png) {
    return copied(shown.pngsave_buffer(png_of_photograph()->set("strip", true)));
  }
  if (alpha) shown = shown.flatten(VImage::option()->set("background", 255));
  return copied(shown.jpegsave_buffer(VImage::option()
                                          ->set("Q", kJpegQuality)
                                          ->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF)
                                          ->set("strip", true)));
} catch (const vips::VError& error) {
  throw Error(fmt::format("the picture cannot be shown: {}", reason(error)));
}

std::vector<std::uint8_t> encode_mask_png(const Mask& mask) {
  return encode_bare_png(picture_of(mask));
}

std::vector<std::uint8_t> encode_bare_png(const Image& image) try {
  start_libvips();
  const Image whole = image.depth() == Depth::f32 ? narrowed(image, Depth::u16) : image;
  return copied(wrap(whole).pngsave_buffer(VImage::option()->set("strip", true)));
} catch (const vips::VError& error) {
  throw Error(fmt::format("the picture cannot be encoded: {}", reason(error)));
}

}  // namespace lama::internal::codecs
