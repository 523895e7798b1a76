// EXIF blocks, made and read by hand.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/codecs/byte_order.h"

namespace lama::internal::testing {

enum ExifFolder { kMain, kPhoto, kGps, kThumbnailFolder };

inline constexpr int kMake = 0x010f, kOrientation = 0x0112, kXResolution = 0x011a,
                     kResolutionUnit = 0x0128, kPhotoPointer = 0x8769, kGpsPointer = 0x8825,
                     kDateTimeOriginal = 0x9003, kMakerNote = 0x927c, kPixelWidth = 0xa002,
                     kPixelHeight = 0xa003, kLatitudeRef = 1, kLatitude = 2,
                     kThumbnailOffset = 0x0201, kThumbnailLength = 0x0202;

enum ExifType { kAscii = 2, kShort = 3, kLong = 4, kRational = 5, kUndefined = 7 };

struct ExifTag {
  int tag;
  ExifType type;
  Bytes value;  ///< little-endian
};

inline std::size_t exif_type_size(int type) {
  switch (type) {
    case kShort:
      return 2;
    case kLong:
      return 4;
    case kRational:
      return 8;
    default:
      return 1;
  }
}

inline ExifTag exif_text(int tag, const std::string& text) {
  return {tag, kAscii, bytes_of(text + '\0')};
}
inline ExifTag exif_number(int tag, ExifType type, std::uint32_t number) {
  ExifTag made{tag, type, {}};
  put_little_endian(made.value, number, static_cast<int>(exif_type_size(type)));
  return made;
}

/// The tags of each folder, in ascending order, and a JPEG picture.
struct ExifContent {
  std::map<ExifFolder, std::vector<ExifTag>> folders = {};
  Bytes thumbnail = {};
};

/// A camera's name, a date and a latitude.
inline ExifContent camera_tags() {
  Bytes latitude;
  for (const std::uint32_t part : {48U, 1U, 12U, 1U, 3012345U, 100000U}) {
    put_little_endian(latitude, part, 4);
  }
  return {.folders = {
              {kMain, {exif_text(kMake, "Camera Works")}},
              {kPhoto, {exif_text(kDateTimeOriginal, "2021:09:15 12:34:56")}},
              {kGps, {exif_text(kLatitudeRef, "N"), {kLatitude, kRational, latitude}}},
          }};
}

/// A TIFF block in EXIF's form, without the leading "Exif\0\0".
inline Bytes make_exif(ExifContent content) {
  content.folders[kMain];
  if (!content.thumbnail.empty()) {
    // The offset is filled in below.
    content.folders[kThumbnailFolder] = {
        exif_number(0x0103, kShort, 6), exif_number(kThumbnailOffset, kLong, 0),
        exif_number(kThumbnailLength, kLong, static_cast<std::uint32_t>(content.thumbnail.size()))};
  }
  if (content.folders.contains(kPhoto)) {
    content.folders[kMain].push_back(exif_number(kPhotoPointer, kLong, 0));
  }
  if (content.folders.contains(kGps)) {
    content.folders[kMain].push_back(exif_number(kGpsPointer, kLong, 0));
  }
  // Compute all offsets first, then write the bytes.
  std::map<ExifFolder, std::uint32_t> offsets;
  std::uint32_t at = 8;
  for (const auto& [folder, tags] : content.folders) {
    offsets[folder] = at;
    at += static_cast<std::uint32_t>(2 + 12 * tags.size() + 4);
    for (const ExifTag& tag : tags) {
      if (tag.value.size() > 4) at += static_cast<std::uint32_t>(tag.value.size());
    }
  }
  const std::uint32_t thumbnail_at = at;
  Bytes out = bytes_of({"II*\0\x08\0\0\0", 8});
  for (const auto& [folder, tags] : content.folders) {
    put_little_endian(out, static_cast<std::uint32_t>(tags.size()), 2);
    auto value_at = static_cast<std::uint32_t>(offsets[folder] + 2 + 12 * tags.size() + 4);
    Bytes values;
    for (const ExifTag& tag : tags) {
      Bytes value = tag.value;
      const auto point_to = [&value](std::uint32_t target) {
        value.clear();
        put_little_endian(value, target, 4);
      };
      if (folder == kMain && tag.tag == kPhotoPointer) point_to(offsets[kPhoto]);
      if (folder == kMain && tag.tag == kGpsPointer) point_to(offsets[kGps]);
      if (folder == kThumbnailFolder && tag.tag == kThumbnailOffset) point_to(thumbnail_at);
      put_little_endian(out, static_cast<std::uint32_t>(tag.tag), 2);
      put_little_endian(out, tag.type, 2);
      put_little_endian(out, static_cast<std::uint32_t>(value.size() / exif_type_size(tag.type)),
                        4);
      if (value.size() > 4) {
        put_little_endian(out, value_at, 4);
        value_at += static_cast<std::uint32_t>(value.size());
        append(values, value);
      } else {
        value.resize(4);
        append(out, value);
      }
    }
    const bool next = folder == kMain && offsets.contains(kThumbnailFolder);
    put_little_endian(out, next ? offsets[kThumbnailFolder] : 0, 4);
    append(out, values);
  }
  append(out, content.thumbnail);
  return out;
}

/// Reads a TIFF block of either byte order. Throws std::out_of_range if it points outside itself.
class ExifReader {
 public:
  explicit ExifReader(Bytes block) : block_(std::move(block)), big_(block_.at(0) == 'M') {
    const std::uint32_t next = read_folder(kMain, number(4, 4));
    if (const auto photo = find(kMain, kPhotoPointer)) read_folder(kPhoto, as_number(*photo));
    if (const auto gps = find(kMain, kGpsPointer)) read_folder(kGps, as_number(*gps));
    if (next != 0) read_folder(kThumbnailFolder, next);
  }

  /// The bytes of a tag in the block's own byte order; nothing if it is missing.
  std::optional<Bytes> find(ExifFolder folder, int tag) const {
    const auto found = tags_.find({folder, tag});
    return found == tags_.end() ? std::nullopt : std::optional(found->second);
  }
  /// A text without its final zero; empty if it is missing.
  std::string text(ExifFolder folder, int tag) const {
    return std::string(text_of(find(folder, tag).value_or(Bytes())).c_str());
  }
  /// The (first) number, of a fraction the numerator; -1 if it is missing.
  long value(ExifFolder folder, int tag) const {
    const auto found = find(folder, tag);
    return found ? static_cast<long>(as_number(*found)) : -1;
  }
  /// A fraction; NaN if it is missing.
  double fraction(ExifFolder folder, int tag) const {
    const auto found = find(folder, tag);
    if (!found || found->size() < 8) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(as_number({found->begin(), found->begin() + 4})) /
           static_cast<double>(as_number({found->begin() + 4, found->begin() + 8}));
  }
  /// As long as its tag states. Empty if there is none.
  Bytes thumbnail() const {
    const auto offset = find(kThumbnailFolder, kThumbnailOffset);
    const auto length = find(kThumbnailFolder, kThumbnailLength);
    if (!offset || !length) return {};
    return part(as_number(*offset), as_number(*length));
  }
  const Bytes& block() const { return block_; }

 private:
  Bytes part(std::size_t offset, std::size_t size) const {
    if (offset > block_.size() || size > block_.size() - offset) throw std::out_of_range("EXIF");
    const auto begin = block_.begin() + static_cast<std::ptrdiff_t>(offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
  }
  std::uint32_t as_number(Bytes bytes) const {
    if (bytes.size() > 4) bytes.resize(4);  // the first of several; the numerator of a fraction
    if (!big_) std::reverse(bytes.begin(), bytes.end());
    return big_endian(bytes);
  }
  std::uint32_t number(std::size_t offset, std::size_t size) const {
    return as_number(part(offset, size));
  }
  /// Returns the offset of the next folder.
  std::uint32_t read_folder(ExifFolder folder, std::uint32_t offset) {
    const std::uint32_t count = number(offset, 2);
    for (std::size_t i = 0, at = offset + 2; i < count; ++i, at += 12) {
      const std::size_t size =
          number(at + 4, 4) * exif_type_size(static_cast<int>(number(at + 2, 2)));
      tags_[{folder, static_cast<int>(number(at, 2))}] =
          part(size > 4 ? number(at + 8, 4) : at + 8, size);
    }
    return number(offset + 2 + count * 12, 4);
  }

  Bytes block_;
  bool big_;
  std::map<std::pair<ExifFolder, int>, Bytes> tags_;
};

}  // namespace lama::internal::testing
