// The directories of a TIFF file and of an EXIF block, which has TIFF's form: tags that libvips
// does not report, and the EXIF that it does not carry from and to TIFF files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lama::internal::codecs {

/// A tag whose value lies inside the file.
struct TiffTag {
  int tag = 0, type = 0;
  std::size_t count = 0;
  std::span<const std::uint8_t> value;  ///< in the file's byte order
  std::size_t at = 0;                   ///< offset of the value in the file
};

/// Reads directories, of 32 or 64 bits. Leaves out tags that point outside the file and repeated
/// tags except the first. Entries and values together take at most twice the file's bytes, even if
/// they overlap; it leaves out the rest.
class TiffReader {
 public:
  /// Keeps a view of `file`, which need not be well-formed.
  explicit TiffReader(std::span<const std::uint8_t> file);

  /// The main directories, one per page, at most 1000.
  const std::vector<std::vector<TiffTag>>& pages() const { return pages_; }
  /// The directory that a tag points to; empty if there is none.
  std::vector<TiffTag> directory_at(const TiffTag& pointer) const;
  /// The number with this index in a tag of whole numbers.
  std::optional<std::uint64_t> number(const TiffTag& tag, std::size_t index = 0) const;
  /// The first number of a page's tag.
  std::optional<std::uint64_t> number_of(std::size_t page, int tag) const;
  bool big_endian() const { return big_endian_; }
  /// Whether it left something out, because a directory had too many entries or the sum reached its
  /// limit.
  bool overfull() const { return overfull_; }

 private:
  std::optional<std::uint64_t> integer(std::size_t at, std::size_t size) const;
  /// Returns the offset of the next directory, or 0.
  std::uint64_t read(std::uint64_t at, std::vector<TiffTag>& tags) const;
  /// Subtracts so many bytes from the remaining sum; false if they exceed it.
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

/// The tags of a TIFF file's first page that EXIF has too (author, time, place, camera), as an EXIF
/// block; empty if there are none.
std::vector<std::uint8_t> exif_of_tiff(std::span<const std::uint8_t> file);

/// The tags that libvips does not write into TIFF files.
struct TiffExtras {
  std::span<const std::uint8_t> exif;  ///< a block, without "Exif\0\0" before it
  bool maker_note = true;              ///< whether to keep the block's maker note
  std::span<const std::uint8_t> iptc;
  int width = 0, height = 0;  ///< the picture's
};

/// Adds these to `file`, a little-endian TIFF file of one page: the EXIF block without its
/// thumbnail, orientation and resolution.
std::vector<std::uint8_t> with_extras(std::vector<std::uint8_t> file, const TiffExtras& extras);

}  // namespace lama::internal::codecs
