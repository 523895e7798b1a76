#include "codecs/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "codecs/iptc.h"
#include "codecs/png_chunks.h"
#include "codecs/previews.h"
#include "codecs/tiff_directory.h"
#include "codecs/tiff_exif.h"

namespace lama::internal::codecs {

using vips::VImage;

namespace {

constexpr std::string_view kExifMagic("Exif\0\0", 6);
constexpr std::string_view kPngIptc = "Raw profile type iptc";
constexpr const char* kMakerNoteField = "exif-ifd2-MakerNote";
constexpr const char* kThumbnail = "jpeg-thumbnail-data";
/// More EXIF data than about this libvips drops or refuses, because a JPEG holds 65533 bytes of it.
constexpr std::size_t kMostExif = 65000;
/// More of these libvips drops from a JPEG without an error.
constexpr std::size_t kMostJpegXmp = 60000, kMostJpegIptc = 65000;
/// Less cannot be EXIF data, and libvips refuses to write it: a TIFF header.
constexpr std::size_t kLeastExif = 8;

std::vector<std::uint8_t> joined(std::string_view text, std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> all(text.begin(), text.end());
  all.insert(all.end(), bytes.begin(), bytes.end());
  return all;
}

std::span<const std::uint8_t> without_exif_magic(std::span<const std::uint8_t> exif) {
  const bool has = exif.size() >= kExifMagic.size() &&
                   std::equal(kExifMagic.begin(), kExifMagic.end(), exif.begin());
  return has ? exif.subspan(kExifMagic.size()) : exif;
}

/// Copies an image's metadata to another image. Copies the bytes of blobs, because a HEIF file's
/// blobs end with the image that libvips read.
void copy_fields(const VImage& from, VImage& to) {
  const VipsImageMapFn copy = [](VipsImage*, const char* name, GValue* value,
                                 void* target) -> void* {
    const std::string_view field = name;
    if (field.starts_with("exif-") || field.starts_with("jpeg-") || field == "interlaced" ||
        field == VIPS_META_ICC_NAME || field == VIPS_META_XMP_NAME ||
        field == VIPS_META_IPTC_NAME || field == VIPS_META_PHOTOSHOP_NAME ||
        field == VIPS_META_IMAGEDESCRIPTION || field == VIPS_META_RESOLUTION_UNIT) {
      auto* image = static_cast<VipsImage*>(target);
      if (G_VALUE_TYPE(value) == VIPS_TYPE_BLOB) {
        std::size_t size = 0;
        const void* data = vips_value_get_blob(value, &size);
        vips_image_set_blob_copy(image, name, data, size);
      } else {
        vips_image_set(image, name, value);
      }
    }
    return nullptr;
  };
  vips_image_map(from.get_image(), copy, to.get_image());
  to.get_image()->Xres = from.xres();
  to.get_image()->Yres = from.yres();
}

/// The content of a JPEG's first COM segment before its picture.
std::vector<std::uint8_t> jpeg_comment(std::span<const std::uint8_t> file) {
  constexpr std::uint8_t kComment = 0xfe, kScan = 0xda;
  for (std::size_t at = 2; at + 4 <= file.size() && file[at] == 0xff && file[at + 1] != kScan;) {
    const auto size = static_cast<std::size_t>(big_endian(file, at + 2, 2));
    if (size < 2 || size > file.size() - at - 2) break;
    const auto data = file.subspan(at + 4, size - 2);
    if (file[at + 1] == kComment) return {data.begin(), data.end()};
    at += 2 + size;
  }
  return {};
}

std::vector<std::uint8_t> with_jpeg_comment(std::span<const std::uint8_t> file,
                                            std::span<const std::uint8_t> comment) {
  const std::size_t size = comment.size() + 2;
  std::vector<std::uint8_t> segment = {0xff, 0xfe};
  append_big_endian(segment, size, 2);
  segment.insert(segment.end(), comment.begin(), comment.end());
  std::size_t at = 2;  // JFIF's segment must be the first
  if (file[2] == 0xff && file[3] == 0xe0) at += 2 + big_endian(file, 4, 2);
  std::vector<std::uint8_t> out(file.begin(), file.end());
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), segment.begin(), segment.end());
  return out;
}

/// Whole chunks, in the form that png_chunks() reads. Leaves out EXIF and Photoshop's resources as
/// text (ImageMagick's form), because they contain thumbnails.
std::vector<std::uint8_t> text_chunks(std::span<const std::uint8_t> png) {
  std::vector<std::uint8_t> kept;
  for (const PngChunk& chunk : png_chunks(png)) {
    const std::string_view keyword = png_keyword(chunk);
    if (keyword.empty() || keyword.starts_with("Raw profile type ") ||
        keyword == "XML:com.adobe.xmp") {
      continue;
    }
    const auto* begin = chunk.data.data() - 8;  // its size and type
    kept.insert(kept.end(), begin, begin + 8 + chunk.data.size() + 4);
  }
  return kept;
}

std::vector<std::uint8_t> read_iptc(const VImage& loaded, std::span<const std::uint8_t> file,
                                    Format format) {
  if (format == Format::jpeg) return iptc_of_resources(get_blob(loaded, VIPS_META_IPTC_NAME));
  if (format == Format::tiff) {
    constexpr int kIptc = 33723;
    const TiffReader reader(file);
    const TiffTag* tag = reader.pages().empty() ? nullptr : find_tag(reader.pages().front(), kIptc);
    if (tag != nullptr) return {tag->value.begin(), tag->value.end()};
  }
  if (format != Format::png) return {};
  std::vector<std::uint8_t> iptc;
  const VipsImageMapFn find = [](VipsImage*, const char* name, GValue* value,
                                 void* target) -> void* {
    const std::string_view field = name;
    if (field.starts_with("png-comment-") && field.ends_with(kPngIptc) &&
        VIPS_TYPE_REF_STRING == G_VALUE_TYPE(value)) {
      std::size_t size = 0;
      const char* text = vips_value_get_ref_string(value, &size);
      *static_cast<std::vector<std::uint8_t>*>(target) = iptc_of_png_text({text, size});
    }
    return nullptr;
  };
  vips_image_map(loaded.get_image(), find, &iptc);
  return iptc;
}

}  // namespace

Metadata::Metadata(const VImage& loaded, std::span<const std::uint8_t> file, Format format,
                   const Container& container)
    : header(VImage::black(1, 1).copy()),
      tiff(container.tiff),
      iptc(read_iptc(loaded, file, format)),
      embedded(embedded_pictures(file, format)) {
  copy_fields(loaded, header);
  // From 8.15 on libvips finds this field by its name, but lists it by another one.
  if ((format == Format::heif || format == Format::avif) &&
      loaded.get_typeof("heif-bitdepth") != 0) {
    header.set("heif-bitdepth", loaded.get_int("heif-bitdepth"));
  }
  if (format == Format::jpeg) comment = jpeg_comment(file);
  if (format == Format::png) png_text = text_chunks(file);
  if (format == Format::tiff) {
    const auto exif = exif_of_tiff(file);
    if (!exif.empty()) set_blob(header, VIPS_META_EXIF_NAME, joined(kExifMagic, exif));
  }
}

namespace {

void note_too_large(const char* what, std::size_t bytes, std::size_t most, const Note& note) {
  note(fmt::format("the {} data was dropped: it has {} bytes, and a JPEG gets at most {}", what,
                   bytes, most));
}

/// IPTC where libvips writes it: in a JPEG's Photoshop resources.
void put_iptc(VImage& image, const Metadata& source, Format format, const Note& note) {
  image.remove(VIPS_META_IPTC_NAME);
  image.remove(VIPS_META_PHOTOSHOP_NAME);
  if (format == Format::jpeg) {
    const auto resources = get_blob(source.header, VIPS_META_IPTC_NAME);
    auto clean = without_photoshop_thumbnails(resources);
    if (clean.size() < resources.size()) note("the thumbnail in Photoshop's data was dropped");
    if (clean.empty() && !source.iptc.empty()) clean = resources_of_iptc(source.iptc);
    if (clean.size() > kMostJpegIptc) {
      note_too_large("IPTC", clean.size(), kMostJpegIptc, note);
    } else if (!clean.empty()) {
      set_blob(image, VIPS_META_IPTC_NAME, clean);
    }
    return;
  }
  const bool later = format == Format::png || format == Format::tiff;  // see with_more_metadata
  if (!source.iptc.empty() && !later) {
    note(fmt::format("{} has no place for IPTC data: it was dropped", name_of(format)));
  }
}

}  // namespace

std::vector<std::uint8_t> make_thumbnail(const VImage& image, const ThumbnailForm& form,
                                         int orientation) {
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

void put_metadata(VImage& image, const Metadata& source, Format format, const Note& note) {
  copy_fields(source.header, image);
  vips_image_set_int(image.get_image(), VIPS_META_ORIENTATION, 1);
  for (const std::string& embedded : source.embedded) note(embedded + " was dropped");
  put_iptc(image, source, format, note);

  const auto xmp = get_blob(source.header, VIPS_META_XMP_NAME);
  if (!xmp.empty()) {
    // libvips has not read the extension that the main part announces.
    const std::string clean = without_xmp_extension(
        without_xmp_previews({reinterpret_cast<const char*>(xmp.data()), xmp.size()}));
    if (clean.size() < xmp.size()) note("XMP's statements about embedded pictures were dropped");
    set_blob(image, VIPS_META_XMP_NAME,
             {reinterpret_cast<const std::uint8_t*>(clean.data()), clean.size()});
  }
  if (const std::size_t size = get_blob(image, VIPS_META_XMP_NAME).size();
      format == Format::jpeg && size > kMostJpegXmp) {
    note_too_large("XMP", size, kMostJpegXmp, note);
    image.remove(VIPS_META_XMP_NAME);
  }
  const auto exif = get_blob(source.header, VIPS_META_EXIF_NAME);
  if (exif.size() > kMostExif && format != Format::tiff) {
    note(fmt::format("the EXIF data was dropped: it has {} bytes, and {} holds 64 kB", exif.size(),
                     name_of(format)));
    image.remove(VIPS_META_EXIF_NAME);
  }
  if (!exif.empty() && without_exif_magic(exif).size() < kLeastExif) {
    note("the EXIF data was dropped: it is cut short");
    image.remove(VIPS_META_EXIF_NAME);
  }
  const auto thumbnail = get_blob(source.header, kThumbnail);
  if (has_maker_note_preview(exif, thumbnail)) {
    note("the maker note was dropped, because it contains a preview");
    image.remove(kMakerNoteField);
  }
  if (thumbnail.empty()) return;
  if (format == Format::tiff) {
    note("the EXIF thumbnail was dropped");
    return;
  }
  set_blob(image, kThumbnail, make_thumbnail(image));
  note("the EXIF thumbnail was replaced");
}

std::vector<std::uint8_t> with_more_metadata(std::span<const std::uint8_t> file,
                                             const VImage& image, const Metadata& source,
                                             Format format) {
  if (format == Format::jpeg && !source.comment.empty()) {
    return with_jpeg_comment(file, source.comment);
  }
  if (format == Format::png) {
    // In the form of a file: after a signature.
    const auto text = joined("\x89PNG\r\n\x1a\n", source.png_text);
    std::vector<PngChunk> chunks = png_chunks(text);
    std::vector<std::uint8_t> iptc;
    if (!source.iptc.empty()) {
      const std::string digits = png_text_of_iptc(source.iptc);
      iptc = joined(kPngIptc, {});
      iptc.push_back(0);
      iptc.insert(iptc.end(), digits.begin(), digits.end());
      chunks.push_back({"tEXt", iptc});
    }
    return with_png_chunks(file, chunks);
  }
  std::vector<std::uint8_t> all(file.begin(), file.end());
  if (format != Format::tiff) return all;
  return with_extras(std::move(all),
                     {.exif = without_exif_magic(get_blob(source.header, VIPS_META_EXIF_NAME)),
                      .maker_note = image.get_typeof(kMakerNoteField) != 0,
                      .iptc = source.iptc,
                      .width = image.width(),
                      .height = image.height()});
}

}  // namespace lama::internal::codecs
