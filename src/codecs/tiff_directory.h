// The directories of a TIFF file and of an EXIF block, which has TIFF's form: tags that libvips
// does not report.
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

/// Bytes of a tag's value, and of its numbers (a fraction has two); zeros for an unknown type.
struct TiffTypeSize {
  std::size_t value, number;
};
TiffTypeSize size_of_type(int type);

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

}  // namespace lama::internal::codecs
