#include "codecs/encode.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/memory.h"
#include "codecs/associated_alpha.h"
#include "codecs/jpeg_blocks.h"
#include "codecs/libvips.h"
#include "codecs/metadata.h"
#include "codecs/pixels.h"
#include "codecs/webp_exact.h"

namespace lama::internal::codecs {

using vips::VImage;
using vips::VOption;

namespace {

VipsBlob* encode_jpeg(const VImage& image, const Picture& source, int quality) {
  // libvips writes 4:4:4 and 4:2:0: subsampling between these must not become coarser.
  const VImage& header = source.metadata->header;
  const bool coarse = source.format == Format::jpeg &&
                      header.get_typeof("jpeg-chroma-subsample") != 0 &&
                      std::string_view(header.get_string("jpeg-chroma-subsample")) == "4:2:0";
  if (quality == 0) quality = source.quality > 0 ? source.quality : 95;
  return image.jpegsave_buffer(
      VImage::option()
          ->set("Q", quality)
          ->set("optimize_coding", true)
          ->set("interlace", header.get_typeof("interlaced") != 0)
          ->set("subsample_mode", coarse ? VIPS_FOREIGN_SUBSAMPLE_ON : VIPS_FOREIGN_SUBSAMPLE_OFF));
}

/// Repairs a JPEG block by block, if possible.
std::optional<std::vector<std::uint8_t>> as_repaired_jpeg(const Image& image, const Picture& source,
                                                          const WriteOptions& options,
                                                          const Note& note) {
  if (source.format != Format::jpeg || source.file == nullptr) return std::nullopt;
  if (options.replaced == nullptr || options.quality > 0) return std::nullopt;
  JpegRepair repair;
  repair.note = note;
  repair.make_thumbnail = [&](std::size_t most_bytes) {
    // Stored like the source: turned back by the orientation that undoes the source's. Only quarter
    // turns have another one as inverse.
    const int turned = source.orientation;
    const int back = turned == 6 ? 8 : turned == 8 ? 6 : turned;
    for (const ThumbnailForm form : {ThumbnailForm{},
                                     {kThumbnailSide, 60},
                                     {kThumbnailSide, 40},
                                     {kThumbnailSide / 2, 60},
                                     {kThumbnailSide / 2, 40}}) {
      auto jpeg = make_thumbnail(wrap(image), form, back);
      if (jpeg.size() <= most_bytes) return jpeg;
    }
    return std::vector<std::uint8_t>();
  };
  return repair_jpeg(*source.file, image, *options.replaced, source.orientation, repair);
}

/// Lossless if the source was and no quality is requested: known pixels must not change.
VipsBlob* encode_webp(const VImage& image, const Picture& source, int quality) {
  VOption* options = VImage::option();
  if (quality == 0 && source.lossless) {
    options->set("lossless", true);
  } else {
    options->set("Q", quality > 0 ? quality : 90)->set("smart_subsample", true);
  }
  return image.webpsave_buffer(options);
}

/// For encoders that hang, crash or leave damage without an error when memory ends. The numbers are
/// what they took of noise on two cores, and a half more.
void require_memory(const VImage& image, std::size_t least, std::size_t per_pixel,
                    const std::string& format) {
  const std::size_t pixels = VIPS_IMAGE_N_PELS(image.get_image());
  if (available_memory() < least + pixels * per_pixel) {
    throw OutOfMemory(fmt::format("{} to encode {} x {} pixels as {}", kOutOfMemory, image.width(),
                                  image.height(), format));
  }
}

/// HEVC in HEIF, AV1 in AVIF.
VipsBlob* encode_heif(const VImage& image, Format format, int quality, int bits) {
  const bool hevc = format == Format::heif;
  const std::size_t twice = bits > 8 ? 2 : 1;
  if (hevc) {
    require_memory(image, 24 << 20, 32 * twice, "HEIC");  // x265 3.5
  } else {
    require_memory(image, 48 << 20, 64 * twice, "AVIF");  // aom 3.6
  }
  VipsBlob* encoded = image.heifsave_buffer(
      VImage::option()
          ->set("Q", quality > 0 ? quality : 80)
          ->set("bitdepth", bits)
          ->set("compression",
                hevc ? VIPS_FOREIGN_HEIF_COMPRESSION_HEVC : VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
          // HEIC viewers expect cameras' 4:2:0; AV1 decoders support all subsamplings.
          ->set("subsample_mode", hevc ? VIPS_FOREIGN_SUBSAMPLE_ON : VIPS_FOREIGN_SUBSAMPLE_OFF));
  // x265 3.5 refuses long strips, and libheif 1.15 then writes a file without a picture.
  try {
    VImage::heifload_buffer(encoded);
  } catch (const vips::VError&) {
    const Blob without_picture = own(encoded);
    throw vips::VError(fmt::format("its encoder refuses {} x {} pixels: write a .png",
                                   image.width(), image.height()));
  }
  return encoded;
}

VipsBlob* encode_tiff(const VImage& image, Depth depth, const Picture& source, const Note& note) {
  constexpr int kNone = 1, kLzw = 5, kAdobeDeflate = 8, kPackbits = 32773, kDeflate = 32946,
                kZstd = 50000;
  constexpr int kNoPredictor = 1;
  VipsForeignTiffCompression compression = VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE;
  const TiffForm& form = source.metadata->tiff;
  switch (form.compression) {
    case kNone:
      compression = VIPS_FOREIGN_TIFF_COMPRESSION_NONE;
      break;
    case kLzw:
      compression = VIPS_FOREIGN_TIFF_COMPRESSION_LZW;
      break;
    case kPackbits:
      compression = VIPS_FOREIGN_TIFF_COMPRESSION_PACKBITS;
      break;
    case kZstd:
      require_memory(image, 48 << 20, 0, "TIFF with zstd");  // libtiff 4.5
      compression = VIPS_FOREIGN_TIFF_COMPRESSION_ZSTD;
      break;
    case 0:  // not a TIFF
    case kAdobeDeflate:
    case kDeflate:
      break;
    default:
      note(fmt::format(
          "the file's compression ({} in TIFF's numbers) became deflate, which changes no sample",
          form.compression));
  }
  const bool predict = source.format != Format::tiff || form.predictor > kNoPredictor;
  VOption* options = VImage::option()->set("compression", compression);
  options->set("predictor", !predict              ? VIPS_FOREIGN_TIFF_PREDICTOR_NONE
                            : depth == Depth::f32 ? VIPS_FOREIGN_TIFF_PREDICTOR_FLOAT
                                                  : VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL);
  // The standard's tiles have multiples of 16 pixels a side. Files with others exist, and libvips
  // reads them but does not write them.
  const auto written = [](int side) { return side > 0 && side <= 4096 && side % 16 == 0; };
  if (written(form.tile_width) && written(form.tile_height)) {
    options->set("tile", true)
        ->set("tile_width", form.tile_width)
        ->set("tile_height", form.tile_height);
  }
  const VImage& header = source.metadata->header;
  if (header.get_typeof(VIPS_META_RESOLUTION_UNIT) != 0) {
    const bool inch = std::string_view(header.get_string(VIPS_META_RESOLUTION_UNIT)) == "in";
    options->set("resunit", inch ? VIPS_FOREIGN_TIFF_RESUNIT_INCH : VIPS_FOREIGN_TIFF_RESUNIT_CM);
  }
  return image.tiffsave_buffer(options);
}

bool hides_colours(const Image& image) {
  if (!image.has_alpha()) return false;
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto* bytes = image.bytes().data();
  for (std::size_t i = 1; i <= image.pixels(); ++i) {
    if (bytes[i * channels - 1] == 0) return true;
  }
  return false;
}

/// The bits of each sample in a HEIF or AVIF file. Debian's libheif aborts when it writes AVIF of
/// 10 bits (an assertion in libaom about its profile), so AVIF gets 12. Most programs show at most
/// 10 bits of HEIF.
int heif_bits(const Image& image, Format format, const VImage& header) {
  if (image.depth() == Depth::u8) return 8;
  const int bits = header.get_typeof("heif-bitdepth") != 0 ? header.get_int("heif-bitdepth") : 10;
  return format == Format::avif || bits > 10 ? 12 : 10;
}

/// The depth of `format` that keeps most of `image`.
Depth depth_for(Format format, Depth depth) {
  switch (format) {
    case Format::tiff:
      return depth;
    case Format::jpeg:
    case Format::webp:
      return Depth::u8;
    default:
      break;
  }
  return depth == Depth::f32 ? Depth::u16 : depth;
}

}  // namespace

std::vector<std::uint8_t> encode(const Image& given, Format format, const Picture& source,
                                 const WriteOptions& options, const Note& note) {
  const int quality = options.quality;
  if (format == Format::jpeg) {
    if (auto repaired = as_repaired_jpeg(given, source, options, note)) return *std::move(repaired);
  }
  // Copies the image only if it must change.
  Image changed;
  const auto current = [&]() -> const Image& { return changed.pixels() > 0 ? changed : given; };
  if (const Depth depth = depth_for(format, given.depth()); depth != given.depth()) {
    note(fmt::format("{} holds {} bits a sample: the picture's samples were rounded",
                     name_of(format), 8 * bytes_per_sample(depth)));
    changed = narrowed(given, depth);
  }
  const int bits = heif_bits(current(), format, source.metadata->header);
  const bool heif = format == Format::heif || format == Format::avif;
  if (heif && bits > 8) {
    note(fmt::format("the samples were written with {} bits", bits));
    changed = rounded_to(current(), bits);
  }
  const bool associated =
      format == Format::tiff && source.metadata->tiff.associated_alpha && current().has_alpha();
  if (associated) {
    if (changed.pixels() == 0) changed = given;
    multiply_by_alpha(changed);
  }

  VImage out = wrap(current());
  put_metadata(out, *source.metadata, format, note);
  VipsBlob* encoded = nullptr;
  switch (format) {
    case Format::jpeg:
      encoded = encode_jpeg(out, source, quality);
      break;
    case Format::png:
      encoded = out.pngsave_buffer(png_of_photograph());
      break;
    case Format::webp:
      encoded = encode_webp(out, source, quality);
      break;
    case Format::tiff:
      encoded = encode_tiff(out, current().depth(), source, note);
      break;
    case Format::heif:
    case Format::avif:
      encoded = encode_heif(out, format, quality, bits);
      break;
    default:
      throw std::logic_error("a format that is only read");
  }
  const Blob owned = own(encoded);
  auto file = with_more_metadata(bytes_of(owned), out, *source.metadata, format);
  if (associated) set_associated_alpha(file, true);
  if (format == Format::webp && quality == 0 && source.lossless && hides_colours(current())) {
    file = with_exact_pixels(file, current());
  }
  return file;
}

}  // namespace lama::internal::codecs
