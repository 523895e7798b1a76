// The directories of a TIFF file and of an EXIF block, which has TIFF's form: what libvips does not
// tell of them, and the EXIF it does not carry from and to TIFF files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lama::codecs {

/// A tag whose value lies inside the file.
struct TiffTag {
  int tag = 0, type = 0;
  std::size_t count = 0;
  std::span<const std::uint8_t> value;  ///< in the file's byte order
  std::size_t at = 0;                   ///< where the value is in the file
};

/// Reads directories, of 32 or 64 bits. Tags that point outside the file are left out, and repeated
/// tags but for the first. Entries and values together take at most twice the file's bytes, however
/// often they name the same ones: what comes after is left out.
class TiffReader {
 public:
  /// Refers to `file`, which need not be well-formed.
  explicit TiffReader(std::span<const std::uint8_t> file);

  /// The main directories, a page each, at most 1000.
  const std::vector<std::vector<TiffTag>>& pages() const { return pages_; }
  /// The directory a tag points to; empty if there is none.
  std::vector<TiffTag> directory_at(const TiffTag& pointer) const;
  /// The number of this index in a tag of whole numbers.
  std::optional<std::uint64_t> number(const TiffTag& tag, std::size_t index = 0) const;
  /// The first number of a page's tag.
  std::optional<std::uint64_t> number_of(std::size_t page, int tag) const;
  bool big_endian() const { return big_endian_; }
  /// Whether something was left out because a directory had too many entries, or the sum was
  /// reached.
  bool overfull() const { return overfull_; }

 private:
  std::optional<std::uint64_t> integer(std::size_t at, std::size_t size) const;
  /// Returns the offset of the directory that follows, or 0.
  std::uint64_t read(std::uint64_t at, std::vector<TiffTag>& tags) const;
  /// Takes so many bytes off the sum; false if it does not have them.
  bool spend(std::uint64_t bytes) const;

  std::span<const std::uint8_t> file_;
  mutable std::uint64_t left_ = 0;
  mutable bool overfull_ = false;
  bool big_endian_ = false, wide_ = false;
  std::vector<std::vector<TiffTag>> pages_;
};

inline const TiffTag* find_tag(const std::vector<TiffTag>& tags, int tag) {
  for (const TiffTag& t : tags) {
    if (t.tag == tag) return &t;
  }
  return nullptr;
}

/// The tags of a TIFF file's first page that EXIF has too (who made the picture, when, where and
/// with what), as an EXIF block; empty if there are none.
std::vector<std::uint8_t> exif_of_tiff(std::span<const std::uint8_t> file);

/// What libvips does not write into TIFF files.
struct TiffExtras {
  std::span<const std::uint8_t> exif;  ///< a block, without "Exif\0\0" before it
  bool maker_note = true;              ///< whether to take that of the block too
  std::span<const std::uint8_t> iptc;
  int width = 0, height = 0;  ///< the picture's
};

/// `file`, a little-endian TIFF file of one page, with these: of the EXIF block all but what it
/// says of a thumbnail, the orientation and the resolution.
std::vector<std::uint8_t> with_extras(std::vector<std::uint8_t> file, const TiffExtras& extras);

}  // namespace lama::codecs
