#include "codecs/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "codecs/associated_alpha.h"
#include "codecs/bmp.h"
#include "codecs/colour_profile.h"
#include "codecs/colour_tags.h"
#include "codecs/container.h"
#include "codecs/encode.h"
#include "codecs/file_limit.h"
#include "codecs/format_table.h"
#include "codecs/jpeg_quality.h"
#include "codecs/jpeg_xl.h"
#include "codecs/libvips.h"
#include "codecs/metadata.h"
#include "codecs/metadata_bounds.h"
#include "codecs/pixels.h"
#include "codecs/png_chunks.h"

namespace lama::internal::codecs {

using vips::VImage;

namespace {

/// Throws Error if libvips was built without `operation`, which loads or saves `format`.
void require_operation(const char* operation, Format format, const char* verb) {
  if (vips_type_find("VipsOperation", operation) != 0) return;
  const bool heif = format == Format::heif || format == Format::avif;
  throw Error(fmt::format(
      "this machine's libvips cannot {} {} ({})", verb, name_of(format),
      heif ? "Debian has it in the packages libvips42 and libheif1" : "Debian's libvips42 can"));
}

std::string missing_encoder(Format format) {
  return fmt::format("this machine's libheif has no encoder for {} (Debian 13 has it in {})",
                     name_of(format),
                     format == Format::avif ? "libheif-plugin-aomenc" : "libheif-plugin-x265");
}

/// `shrink` is 1; for a JPEG also 2, 4 or 8: the picture is decoded at that part of its size.
VImage load(VipsBlob* bytes, Format format, int shrink = 1) {
  if (format == Format::bmp) {
    std::size_t size = 0;
    const auto* data = static_cast<const std::uint8_t*>(vips_blob_get(bytes, &size));
    return head_of_bmp({data, size});
  }
  require_operation(row_of(format).loader, format, "read");
  // Of libvips's loaders only these: others run programs or follow references.
  vips::VOption* options = VImage::option()
                               ->set("fail_on", VIPS_FAIL_ON_TRUNCATED)
                               ->set("access", VIPS_ACCESS_SEQUENTIAL);
  switch (format) {
    case Format::jpeg:
      return VImage::jpegload_buffer(bytes, options->set("shrink", shrink));
    case Format::png:
      return VImage::pngload_buffer(bytes, options);
    case Format::webp:
      return VImage::webpload_buffer(bytes, options);
    case Format::tiff:
      return VImage::tiffload_buffer(bytes, options);
    case Format::gif:
      return VImage::gifload_buffer(bytes, options);
    case Format::jp2:
      return VImage::jp2kload_buffer(bytes, options);
    case Format::jxl:
      return VImage::jxlload_buffer(own(without_compressed_boxes(bytes)).get(), options);
    case Format::pnm:
      return VImage::ppmload_source(vips::VSource::new_from_blob(bytes), options);
    default:
      break;
  }
  return VImage::heifload_buffer(bytes, options);
}

int integer(const VImage& image, const char* field, int otherwise) {
  return image.get_typeof(field) != 0 ? image.get_int(field) : otherwise;
}

/// Throws Error if the file has more than one picture.
void require_single(const Container& container, Format format, const VImage& loaded) {
  if (container.animated) throw Error("it is animated, and all frames but one would be lost");
  const bool heif = format == Format::heif || format == Format::avif;
  const int pages = heif ? integer(loaded, VIPS_META_N_PAGES, 1) : container.pages;
  if (pages > 1) {
    throw Error(
        fmt::format("it has {} pictures, and all but one would be lost: split it first", pages));
  }
}

/// `image` without its alpha, if every pixel is opaque.
Image without_opaque_alpha(Image image) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::uint8_t* in = image.bytes().data();
  for (std::size_t i = 1; i <= image.pixels(); ++i) {
    if (in[i * channels - 1] != 255) return image;
  }
  Image opaque(image.width(), image.height(), image.colour_model(), false, Depth::u8);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    std::copy_n(in + i * channels, channels - 1, opaque.bytes().data() + i * (channels - 1));
  }
  return opaque;
}

/// The pixels of a BMP or of `upright`, which libvips loaded.
Image pixels_of(const VImage& upright, const PixelForm& form, Format format,
                const Container& container, std::span<const std::uint8_t> file) {
  if (format == Format::bmp) return read_bmp(file);
  const bool heif = format == Format::heif || format == Format::avif;
  Image image =
      copy_pixels(upright, form, heif ? integer(upright, "heif-bitdepth", 0) : container.bits);
  if (format == Format::pnm && upright.get_typeof("ppm-max-value") != 0) {
    stretch(image, static_cast<int>(upright.get_double("ppm-max-value")));
  }
  // A GIF may name a transparent colour for its other frames, or use it nowhere.
  if (format == Format::gif && form.alpha) return without_opaque_alpha(std::move(image));
  return image;
}

/// Reads the picture's profile, or makes one from the file's other statements, and its
/// converter.
void read_colours(Picture& picture, Metadata& metadata) {
  const ColourModel model = picture.image.colour_model();
  if (metadata.profile().empty()) {
    ColourTags tags = read_colour_tags(*picture.file, picture.format, model, picture.image.depth());
    if (!tags.note.empty()) picture.notes.push_back(std::move(tags.note));
    if (!tags.profile.empty()) metadata.set_profile(tags.profile);
  }
  if (!metadata.profile().empty()) {
    ProfileReading reading = read_profile(metadata.profile(), model);
    picture.colour = std::move(reading.converter);
    if (!reading.problem.empty()) {
      picture.notes.push_back(
          fmt::format("the colour profile is not used: {}{}", reading.problem,
                      model == ColourModel::cmyk ? "" : "; lama treats the colours as sRGB"));
    }
  }
  if (model == ColourModel::cmyk && picture.colour == nullptr) {
    picture.notes.emplace_back(
        "the ink colours have no usable profile: libvips's own CMYK profile replaces it");
    const Blob standard = own(VImage::profile_load("cmyk"));
    picture.colour = read_profile(bytes_of(standard), model).converter;
    if (picture.colour == nullptr) throw Error("this machine's libvips has no CMYK profile");
  }
}

/// How many times decoding may hold a picture's pixels: libvips's, ours, and those of decoders that
/// keep the whole picture, such as the coefficients of a progressive JPEG. Measured with 25 million
/// pixels: 2 to 3 and, beyond these formats, up to 4.5.
std::size_t copies_of(Format format) {
  return format == Format::png || format == Format::pnm || format == Format::bmp ? 3 : 5;
}

/// The part of its size, 1 to 1/8, at which the decoder's cosine transform gives `loaded` with at
/// least `longest` pixels at the longer side.
int shrink_of(const VImage& loaded, Format format, int longest) {
  if (format != Format::jpeg) return 1;
  const auto [shorter, longer] = std::minmax({loaded.width(), loaded.height()});
  int shrink = 1;
  // libvips drops the rest of the divisions, and fails for a side of 0.
  while (shrink < 8 && longer / (2 * shrink) >= longest && shorter >= 2 * shrink) shrink *= 2;
  return shrink;
}

Picture decode(std::vector<std::uint8_t> file, Format format, std::size_t max_pixels,
               const Needed& needed = {}) {
  Picture picture;
  picture.format = format;
  const Container container = read_container(file, format);
  if (format == Format::png) require_png_checksums(file);
  picture.lossless = container.lossless;
  if (format == Format::jpeg) picture.quality = jpeg_quality(file);
  const auto shared = std::make_shared<std::vector<std::uint8_t>>(std::move(file));
  picture.file = shared;
  // Before libvips reads the pixels, because it would divide them by alpha and truncate.
  if (container.tiff.associated_alpha) set_associated_alpha(*shared, false);

  const Blob bytes = own(vips_blob_new(nullptr, shared->data(), shared->size()));
  VImage loaded = load(bytes.get(), format);
  require_single(container, format, loaded);
  if (const int frames = integer(loaded, VIPS_META_N_PAGES, 1);
      format == Format::gif && frames > 1) {
    picture.notes.push_back(fmt::format("it has {} frames: the output shows the first", frames));
  }
  const PixelForm form = form_of(loaded);
  if (static_cast<std::size_t>(loaded.width()) * static_cast<std::size_t>(loaded.height()) >
      max_pixels) {
    throw TooManyPixels(fmt::format("{} x {} pixels are more than the limit of {}", loaded.width(),
                                    loaded.height(), max_pixels));
  }
  const std::size_t copies = available_memory() / VIPS_IMAGE_SIZEOF_IMAGE(loaded.get_image());
  const std::string lack =
      fmt::format("{} for {} x {} pixels", kOutOfMemory, loaded.width(), loaded.height());
  if (copies < copies_of(format)) throw OutOfMemory(lack);
  if (const int shrink = shrink_of(loaded, format, needed.longest); shrink > 1) {
    loaded = load(bytes.get(), format, shrink);
  }
  // On one thread: with more, libvips 8.14 may report success before another thread reports damage
  // in the last rows. Decoding is sequential anyway.
  vips_image_set_int(loaded.get_image(), VIPS_META_CONCURRENCY, 1);
  // The pixels come in file order, and turning needs all of them.
  VImage upright = loaded;
  picture.orientation = vips_image_get_orientation(loaded.get_image());
  try {
    if (picture.orientation > 1) {
      upright = loaded.copy_memory().autorot();
    } else if (needed.rows < upright.height()) {
      upright = upright.extract_area(0, 0, upright.width(), needed.rows);
    }
    picture.image = pixels_of(upright, form, format, container, *shared);
  } catch (const vips::VError& error) {
    if (copies < 2 * copies_of(format) && may_lack_memory(error.what())) throw OutOfMemory(lack);
    throw;
  }
  if (format == Format::jpeg && form.model == ColourModel::cmyk && !container.adobe) {
    // libvips inverts all ink, as if Adobe's programs had written the file.
    for (std::uint8_t& ink : picture.image.bytes()) ink = static_cast<std::uint8_t>(~ink);
  }
  if (container.tiff.associated_alpha) {
    set_associated_alpha(*shared, true);
    if (form.alpha) divide_by_alpha(picture.image);
  }

  auto metadata = std::make_shared<Metadata>(upright, *picture.file, format, container);
  read_colours(picture, *metadata);
  picture.metadata = std::move(metadata);
  return picture;
}

/// The damage in words, from a decoder's message.
std::string damage(const std::string& why) {
  for (const std::string_view sign : {"remature end", "nd of file", "runcated"}) {
    if (why.find(sign) != std::string::npos) return "ends too early";
  }
  return fmt::format("is damaged or cut short ({})", why);
}

/// Whether a decoder's message says that the file is of a kind that the decoder does not read. A
/// marker of an unknown type is damage.
bool lacks_feature(const std::string& why) {
  constexpr std::string_view kSigns[] = {"nsupported ",     "not supported",
                                         "not implemented", "not configured",
                                         "an not handle",   "not a whole number of bytes"};
  return why.find("nsupported marker") == std::string::npos &&
         std::any_of(std::begin(kSigns), std::end(kSigns),
                     [&why](std::string_view sign) { return why.find(sign) != std::string::npos; });
}

/// Returns `read`(format); adds the file's name to its errors.
template <typename Read>
auto reading(std::span<const std::uint8_t> file, const std::string& name, const std::string& what,
             Read&& read) {
  start_libvips();
  if (file.empty()) throw Error(fmt::format("{}: the file is empty ({})", name, what));
  const auto format = format_of(file);
  if (!format) {
    throw Error(fmt::format("{}: not a {} picture ({})", name, all_formats(), what));
  }
  try {
    require_bounded_metadata(file, *format);
    if (*format == Format::tiff) require_tiff_samples(file);
    return read(*format);
  } catch (const vips::VError& error) {
    const std::string why = reason(error);
    if (lacks_memory(why)) throw OutOfMemory(fmt::format("{}: {} ({})", name, kOutOfMemory, what));
    if (lacks_feature(why)) {
      throw Error(fmt::format(
          "{}: cannot be used: this kind of {} is not supported ({}): save it as PNG ({})", name,
          name_of(*format), why, what));
    }
    throw Error(fmt::format("{}: the {} data {}: copy or download it again ({})", name,
                            name_of(*format), damage(why), what));
  } catch (const OutOfMemory& error) {
    throw OutOfMemory(fmt::format("{}: {} ({})", name, error.what(), what));
  } catch (const TooManyPixels& error) {
    throw TooManyPixels(fmt::format("{}: {} ({})", name, error.what(), what));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: cannot be used: {} ({})", name, error.what(), what));
  }
}

}  // namespace

std::vector<std::uint8_t> read_picture_file(const std::filesystem::path& path,
                                            const std::string& what) {
  require_file(path, what);
  return read_file(path, kMaxFileBytes);
}

Picture read_picture(const std::filesystem::path& path, const std::string& what) {
  return read_picture(read_picture_file(path, what), path.string(), what);
}

Picture read_picture(std::vector<std::uint8_t> file, const std::string& name,
                     const std::string& what, std::size_t max_pixels) {
  return reading(file, name, what,
                 [&](Format format) { return decode(std::move(file), format, max_pixels); });
}

Picture read_needed(std::vector<std::uint8_t> file, const std::string& name,
                    const std::string& what, const Needed& needed, std::size_t max_pixels) {
  return reading(file, name, what, [&](Format format) {
    return decode(std::move(file), format, max_pixels, needed);
  });
}

PictureSize read_size(std::span<const std::uint8_t> file, const std::string& name,
                      const std::string& what) {
  return reading(file, name, what, [&](Format format) {
    const Blob bytes = own(vips_blob_new(nullptr, file.data(), file.size()));
    const VImage loaded = load(bytes.get(), format);
    form_of(loaded);  // throws for an unsupported form
    PictureSize size{loaded.width(), loaded.height(), VIPS_IMAGE_SIZEOF_IMAGE(loaded.get_image())};
    // Orientations from 5 on swap the picture's sides.
    if (vips_image_get_orientation(loaded.get_image()) > 4) std::swap(size.width, size.height);
    return size;
  });
}

Image read_mask(std::vector<std::uint8_t> file, PixelSize photo, const PictureAndMask& names,
                const std::string& remedy) {
  const PictureSize size = read_size(file, names.mask, "mask");
  require_same_size(photo, {size.width, size.height}, names, remedy);
  return read_picture(std::move(file), names.mask, "mask").image;
}

std::string colour_name(const Picture& picture) {
  return profile_name(picture.metadata->profile());
}

void require_holds(Format format, const Image& image, const Picture& from, const std::string& name,
                   const std::string& source) {
  const auto refuse = [&](const std::string& why) {
    throw Error(fmt::format("{}: {} {}", name, name_of(format), why));
  };
  const bool ink = image.colour_model() == ColourModel::cmyk;
  if (ink && format != Format::jpeg && format != Format::tiff) {
    refuse(fmt::format("has no CMYK and {} is CMYK: write a .tif", source));
  }
  if (image.has_alpha() && format == Format::jpeg) {
    refuse(
        fmt::format("has no transparency and {} has: write a {}", source, ink ? ".tif" : ".png"));
  }
  const int most = format == Format::webp                             ? 16383
                   : format == Format::heif || format == Format::avif ? 16384
                   : format == Format::jpeg                           ? 65500  // libjpeg's
                                                                      : 0;
  if (most > 0 && std::max(image.width(), image.height()) > most) {
    refuse(fmt::format("holds at most {} pixels a side and {} is {} x {}: write a .png", most,
                       source, image.width(), image.height()));
  }
  const bool keeps_grey = format == Format::jpeg || format == Format::png || format == Format::tiff;
  if (image.colour_model() == ColourModel::grey && from.colour != nullptr && !keeps_grey) {
    refuse(fmt::format("has no grey and {} has a profile for grey: write a .png", source));
  }
}

std::vector<std::uint8_t> encode_picture(const Image& image, Format format, const Picture& source,
                                         const WriteOptions& options, const std::string& name) {
  const auto note = [&options](const std::string& text) {
    if (options.note) options.note(text);
  };
  try {
    start_libvips();
    require_holds(format, image, source, name);
    require_operation(row_of(format).saver, format, "write");
    if (source.metadata == nullptr) {
      Picture made = source;
      made.metadata = std::make_shared<Metadata>();
      return encode(image, format, made, options, note);
    }
    return encode(image, format, source, options, note);
  } catch (const vips::VError& error) {
    const bool plugin_missing =
        std::string_view(error.what()).find("Unsupported compression") != std::string_view::npos;
    const std::string why = reason(error);
    if (lacks_memory(why)) throw OutOfMemory(fmt::format("{}: {}", name, kOutOfMemory));
    throw Error(
        fmt::format("{}: cannot encode: {}", name, plugin_missing ? missing_encoder(format) : why));
  }
}

void write_picture(const std::filesystem::path& path, const Image& image, const Picture& source,
                   const WriteOptions& options) {
  const auto bytes = encode_picture(image, format_for(path), source, options, path.string());
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace lama::internal::codecs
