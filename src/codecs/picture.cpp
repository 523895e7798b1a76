#include "codecs/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vips/vips8>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "codecs/jpeg_blocks.h"
#include "codecs/jpeg_quality.h"
#include "codecs/previews.h"

namespace lama::codecs {

using vips::VImage;

/// One pixel of the source that carries all of its metadata: libvips writes the fields of EXIF
/// that an image carries, so they must stay in its own form.
class Metadata {
 public:
  explicit Metadata(const VImage& image) : header(image) {}
  VImage header;
};

namespace {

constexpr int kMaxFileBytes = 1 << 30;
constexpr int kThumbnailSide = 160;  // the EXIF standard's
constexpr int kDefaultQuality = 95;

void start_libvips() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (VIPS_INIT("lama") != 0) throw Error("libvips does not start");
    vips_cache_set_max(0);  // every picture is read once: keep none
    // Libraries do not print. What matters of a warning is an error anyway (fail_on below).
    g_log_set_handler(
        "VIPS", G_LOG_LEVEL_WARNING, [](const gchar*, GLogLevelFlags, const gchar*, gpointer) {},
        nullptr);
  });
}

/// The first line of libvips's message: a damaged file makes it repeat itself hundreds of times.
/// Forgets the message, to which libvips would append the next one.
std::string reason(const vips::VError& error) {
  const std::string_view text = error.what();
  vips_error_clear();
  return std::string(text.substr(0, text.find('\n')));
}

/// A libvips blob that is released with this object.
using Blob = std::unique_ptr<VipsBlob, void (*)(VipsBlob*)>;
Blob own(VipsBlob* blob) {
  return {blob, [](VipsBlob* b) { vips_area_unref(VIPS_AREA(b)); }};
}

std::span<const std::uint8_t> bytes_of(const Blob& blob) {
  std::size_t size = 0;
  const void* data = vips_blob_get(blob.get(), &size);
  return {static_cast<const std::uint8_t*>(data), size};
}

std::span<const std::uint8_t> blob(const VImage& image, const char* field) {
  if (image.get_typeof(field) == 0) return {};
  std::size_t size = 0;
  const void* data = image.get_blob(field, &size);
  return {static_cast<const std::uint8_t*>(data), size};
}

void set_blob(VImage& image, const char* field, const void* data, std::size_t size) {
  vips_image_set_blob_copy(image.get_image(), field, data, size);
}

/// The pixels of `image` as a libvips image, which reads them in place.
VImage wrap(const Image& image) {
  const bool wide = image.depth() == Depth::u16;
  const bool grey = image.colour_channels() == 1;
  const VImage raw = VImage::new_from_memory(
      const_cast<std::uint8_t*>(image.bytes().data()), image.bytes().size(), image.width(),
      image.height(), image.channels(), wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
  const VipsInterpretation interpretation =
      grey ? (wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
           : (wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
  return raw.copy(VImage::option()->set("interpretation", interpretation));
}

/// Copies from one image to another what a file said besides its pixels.
void copy_metadata(const VImage& from, VImage& to) {
  const VipsImageMapFn copy = [](VipsImage*, const char* name, GValue* value,
                                 void* target) -> void* {
    const std::string_view field = name;
    // ImageMagick's "Raw profile type exif" holds EXIF as hexadecimal text, thumbnail included.
    const bool raw_profile = field.find("-Raw profile type ") != std::string_view::npos;
    if (field.starts_with("exif-") || (field.starts_with("png-comment-") && !raw_profile) ||
        field.starts_with("jpeg-") || field == "interlaced" || field == VIPS_META_ICC_NAME ||
        field == VIPS_META_XMP_NAME || field == VIPS_META_IPTC_NAME ||
        field == VIPS_META_RESOLUTION_UNIT) {
      vips_image_set(static_cast<VipsImage*>(target), name, value);
    }
    return nullptr;
  };
  vips_image_map(from.get_image(), copy, to.get_image());
  to.get_image()->Xres = from.xres();
  to.get_image()->Yres = from.yres();
}

struct ThumbnailForm {
  int side = kThumbnailSide;
  int quality = 80;
};

/// A small JPEG of a picture, as EXIF has it, turned as an EXIF orientation says.
std::vector<std::uint8_t> make_thumbnail(const VImage& image, const ThumbnailForm& form = {},
                                         int orientation = 1) {
  VImage small = image.thumbnail_image(
      form.side, VImage::option()->set("height", form.side)->set("size", VIPS_SIZE_DOWN));
  vips_image_set_int(small.get_image(), VIPS_META_ORIENTATION, orientation);
  const Blob encoded =
      own(small.autorot()
              .colourspace(VIPS_INTERPRETATION_sRGB)
              .jpegsave_buffer(VImage::option()->set("Q", form.quality)->set("strip", true)));
  const auto jpeg = bytes_of(encoded);
  return {jpeg.begin(), jpeg.end()};
}

/// Gives `image` the metadata of `source`, without what would be wrong about it now.
void put_metadata(VImage& image, const VImage& source, Format format) {
  copy_metadata(source, image);
  vips_image_set_int(image.get_image(), VIPS_META_ORIENTATION, 1);

  const auto iptc = blob(source, VIPS_META_IPTC_NAME);
  if (!iptc.empty()) {
    const auto clean = without_photoshop_thumbnails(iptc);
    // libvips knows IPTC in this form for JPEG only.
    if (clean.empty() || format != Format::jpeg) {
      image.remove(VIPS_META_IPTC_NAME);
    } else {
      set_blob(image, VIPS_META_IPTC_NAME, clean.data(), clean.size());
    }
  }
  const auto xmp = blob(source, VIPS_META_XMP_NAME);
  if (!xmp.empty()) {
    // libvips has not read what the main part announces as its extension.
    const std::string clean = without_xmp_extension(
        without_xmp_previews({reinterpret_cast<const char*>(xmp.data()), xmp.size()}));
    set_blob(image, VIPS_META_XMP_NAME, clean.data(), clean.size());
  }
  const auto thumbnail = blob(source, "jpeg-thumbnail-data");
  if (has_maker_note_preview(blob(source, VIPS_META_EXIF_NAME), thumbnail)) {
    image.remove("exif-ifd2-MakerNote");
  }
  if (!thumbnail.empty()) {
    const auto jpeg = make_thumbnail(image);
    set_blob(image, "jpeg-thumbnail-data", jpeg.data(), jpeg.size());
  }
}

}  // namespace

Picture read_picture(const std::filesystem::path& path, const std::string& what) {
  require_file(path, what);
  return read_picture(read_file(path, kMaxFileBytes), path.string(), what);
}

Picture read_picture(std::vector<std::uint8_t> file, const std::string& name,
                     const std::string& what) try {
  static constexpr std::array<std::uint8_t, 3> kJpeg = {0xff, 0xd8, 0xff};
  static constexpr std::array<std::uint8_t, 8> kPng = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  start_libvips();
  const auto begins_with = [&file](const auto& magic) {
    return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
  };

  Picture picture;
  const Blob bytes = own(vips_blob_new(nullptr, file.data(), file.size()));
  const auto options = [] {
    return VImage::option()
        ->set("fail_on", VIPS_FAIL_ON_TRUNCATED)
        ->set("access", VIPS_ACCESS_SEQUENTIAL);
  };
  VImage loaded;
  if (begins_with(kJpeg)) {
    picture.format = Format::jpeg;
    picture.quality = jpeg_quality(file);
    loaded = VImage::jpegload_buffer(bytes.get(), options());
  } else if (begins_with(kPng)) {
    picture.format = Format::png;
    loaded = VImage::pngload_buffer(bytes.get(), options());
  }
  if (loaded.is_null()) {
    throw Error(fmt::format("{}: not a JPEG or PNG picture ({})", name, what));
  }

  const bool wide = loaded.format() == VIPS_FORMAT_USHORT;
  if (loaded.interpretation() == VIPS_INTERPRETATION_CMYK || loaded.bands() > 4 ||
      (!wide && loaded.format() != VIPS_FORMAT_UCHAR)) {
    throw Error(
        fmt::format("{}: only grey and RGB pictures are supported; convert this one to RGB "
                    "first ({})",
                    name, what));
  }
  // Twice: libvips's pixels and ours.
  if (VIPS_IMAGE_SIZEOF_IMAGE(loaded.get_image()) > available_memory() / 2) {
    throw Error(fmt::format("{}: {} x {} pixels are more than fit into memory ({})", name,
                            loaded.width(), loaded.height(), what));
  }

  // By one thread: with more, libvips 8.14 may report success before the thread that met the damage
  // in the last rows has reported that. Decoding is sequential anyway.
  vips_image_set_int(loaded.get_image(), VIPS_META_CONCURRENCY, 1);
  // The pixels come in file order: turning them needs all of them.
  VImage upright = loaded;
  picture.orientation = vips_image_get_orientation(loaded.get_image());
  if (picture.orientation > 1) upright = loaded.copy_memory().autorot();
  std::size_t written = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(upright.write_to_memory(&written), g_free);
  picture.image =
      Image(upright.width(), upright.height(), upright.bands(), wide ? Depth::u16 : Depth::u8);
  std::memcpy(picture.image.bytes().data(), pixels.get(), picture.image.bytes().size());

  VImage header = VImage::black(1, 1).copy();
  copy_metadata(upright, header);
  picture.metadata = std::make_shared<Metadata>(header);
  picture.file = std::make_shared<const std::vector<std::uint8_t>>(std::move(file));
  return picture;
} catch (const vips::VError& error) {
  throw Error(fmt::format("{}: damaged or cut short: {} ({})", name, reason(error), what));
}

namespace {

std::optional<Format> format_by_name(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".jpg" || extension == ".jpeg") return Format::jpeg;
  if (extension == ".png") return Format::png;
  return std::nullopt;
}

}  // namespace

Format format_for(const std::filesystem::path& path) {
  if (const auto format = format_by_name(path)) return *format;
  throw Error(fmt::format("{}: the output's name must end in .jpg, .jpeg or .png", path.string()));
}

bool has_picture_name(const std::filesystem::path& path) {
  return format_by_name(path).has_value();
}

namespace {

/// `pixels`, which are also `image`'s, as the repair of a JPEG, if it is one and that is possible.
std::optional<std::vector<std::uint8_t>> as_repaired_jpeg(const VImage& image, const Image& pixels,
                                                          const Picture& source,
                                                          const WriteOptions& options) {
  if (source.format != Format::jpeg || source.file == nullptr) return std::nullopt;
  if (options.replaced == nullptr || options.quality > 0) return std::nullopt;
  JpegRepair repair;
  repair.note = options.note;
  repair.make_thumbnail = [&](std::size_t most_bytes) {
    // Stored as the picture is: turned back by the orientation that undoes the picture's, which is
    // the same one but for quarter turns.
    const int turned = source.orientation;
    const int back = turned == 6 ? 8 : turned == 8 ? 6 : turned;
    for (const ThumbnailForm form : {ThumbnailForm{},
                                     {kThumbnailSide, 60},
                                     {kThumbnailSide, 40},
                                     {kThumbnailSide / 2, 60},
                                     {kThumbnailSide / 2, 40}}) {
      auto jpeg = make_thumbnail(image, form, back);
      if (jpeg.size() <= most_bytes) return jpeg;
    }
    return std::vector<std::uint8_t>();
  };
  return repair_jpeg(*source.file, pixels, *options.replaced, source.orientation, repair);
}

}  // namespace

std::vector<std::uint8_t> encode_picture(const Image& image, Format format, const Picture& source,
                                         const WriteOptions& options, const std::string& name) try {
  start_libvips();
  VImage out = wrap(image);
  if (format == Format::jpeg) {
    if (auto repaired = as_repaired_jpeg(out, image, source, options)) return *std::move(repaired);
  }
  const VImage header = source.metadata ? source.metadata->header : VImage::black(1, 1);
  put_metadata(out, header, format);

  VipsBlob* encoded = nullptr;
  if (format == Format::jpeg) {
    if (image.has_alpha()) {
      throw Error(
          fmt::format("{}: JPEG has no transparency and the picture has: write a .png", name));
    }
    // libvips writes 4:4:4 and 4:2:0: what was between them must not become coarser.
    const bool coarse = source.format == Format::jpeg &&
                        header.get_typeof("jpeg-chroma-subsample") != 0 &&
                        std::string_view(header.get_string("jpeg-chroma-subsample")) == "4:2:0";
    const int quality = options.quality > 0  ? options.quality
                        : source.quality > 0 ? source.quality
                                             : kDefaultQuality;
    encoded = out.jpegsave_buffer(VImage::option()
                                      ->set("Q", quality)
                                      ->set("optimize_coding", true)
                                      ->set("interlace", header.get_typeof("interlaced") != 0)
                                      ->set("subsample_mode", coarse ? VIPS_FOREIGN_SUBSAMPLE_ON
                                                                     : VIPS_FOREIGN_SUBSAMPLE_OFF));
  } else {
    encoded = out.pngsave_buffer(VImage::option());
  }
  const Blob owned = own(encoded);
  const auto bytes = bytes_of(owned);
  return {bytes.begin(), bytes.end()};
} catch (const vips::VError& error) {
  throw Error(fmt::format("{}: cannot encode: {}", name, reason(error)));
}

void write_picture(const std::filesystem::path& path, const Image& image, const Picture& source,
                   const WriteOptions& options) {
  const auto bytes = encode_picture(image, format_for(path), source, options, path.string());
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace lama::codecs
