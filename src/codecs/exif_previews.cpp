// By hand, because libexif writes a new block, in which maker notes lose the places that they refer
// to, and Exiv2 is under the GPL. TiffReader (tiff_directory.h) gives values; here the directories
// and entries themselves are changed.
#include "codecs/exif_previews.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "codecs/previews.h"

namespace lama::internal::codecs {
namespace {

constexpr unsigned kStripOffsets = 0x0111, kStripByteCounts = 0x0117, kThumbnailOffset = 0x0201,
                   kThumbnailLength = 0x0202, kPhotoFolder = 0x8769, kMakerNoteEntry = 0x927c;
constexpr std::size_t kEntryBytes = 12;

/// A TIFF block (TIFF 6.0, section 2). Reads zeros and ignores writes outside of it.
class Tiff {
 public:
  explicit Tiff(std::span<std::uint8_t> bytes) : bytes_(bytes) {
    big_ = bytes.size() >= 8 && bytes[0] == 'M' && bytes[1] == 'M';
    const bool little = bytes.size() >= 8 && bytes[0] == 'I' && bytes[1] == 'I';
    valid_ = (big_ || little) && number(2, 2) == 42;
  }

  bool valid() const { return valid_; }

  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (!holds(at, size)) return 0;
    return static_cast<std::uint32_t>(big_ ? big_endian(bytes_, at, size)
                                           : little_endian(bytes_, at, size));
  }
  void set_number(std::size_t at, std::size_t size, std::size_t value) {
    if (!holds(at, size)) return;
    for (std::size_t i = 0; i < size; ++i) {
      bytes_[at + (big_ ? size - 1 - i : i)] = static_cast<std::uint8_t>(value >> (8 * i));
    }
  }

  bool holds(std::size_t at, std::size_t size) const {
    return at <= bytes_.size() && size <= bytes_.size() - at;
  }
  std::span<std::uint8_t> part(std::size_t at, std::size_t size) const {
    return holds(at, size) ? bytes_.subspan(at, size) : std::span<std::uint8_t>();
  }

 private:
  std::span<std::uint8_t> bytes_;
  bool big_ = false, valid_ = false;
};

/// An entry of a folder: tag (2 bytes), type (2), count (4), value or its offset (4).
struct Entry {
  std::size_t at;      ///< of the entry itself
  std::size_t values;  ///< offset of its values
  std::size_t count, value_bytes;

  std::size_t bytes() const { return count * value_bytes; }
};

/// A folder ("IFD"): the number of entries (2 bytes), the entries, the next folder's offset (4).
class Folder {
 public:
  Folder(Tiff& tiff, std::size_t at) : tiff_(tiff), at_(at), count_(tiff.number(at, 2)) {
    if (at == 0 || !tiff.holds(at, bytes())) count_ = 0;
  }

  bool empty() const { return count_ == 0; }
  std::size_t at() const { return at_; }
  std::size_t bytes() const { return 2 + count_ * kEntryBytes + 4; }
  std::size_t next_at() const { return at_ + 2 + count_ * kEntryBytes; }

  std::optional<Entry> find(unsigned tag) const {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t at = at_ + 2 + i * kEntryBytes;
      if (tiff_.number(at, 2) != tag) continue;
      const unsigned type = tiff_.number(at + 2, 2);
      Entry entry{at, at + 8, tiff_.number(at + 4, 4), type == 3 ? 2U : type == 4 ? 4U : 1U};
      if (entry.bytes() > 4) entry.values = tiff_.number(at + 8, 4);
      if (tiff_.holds(entry.values, entry.bytes())) return entry;
    }
    return std::nullopt;
  }

  /// The entry's (first) number; 0 without an entry.
  std::size_t value(const std::optional<Entry>& entry, std::size_t i = 0) const {
    if (!entry || i >= entry->count) return 0;
    return tiff_.number(entry->values + i * entry->value_bytes, entry->value_bytes);
  }

  /// Removes an entry and its values. Only later entries of the folder move.
  void remove(const Entry& entry) {
    const auto values = tiff_.part(entry.values, entry.bytes());
    std::fill(values.begin(), values.end(), std::uint8_t{0});
    const auto rest = tiff_.part(entry.at, at_ + bytes() - entry.at);
    std::copy(rest.begin() + kEntryBytes, rest.end(), rest.begin());
    std::fill(rest.end() - kEntryBytes, rest.end(), std::uint8_t{0});
    --count_;
    tiff_.set_number(at_, 2, count_);
  }

 private:
  Tiff& tiff_;
  std::size_t at_, count_;
};

struct Range {
  std::size_t at, size;
};

/// The strips of an uncompressed picture.
std::vector<Range> strips_of(const Folder& folder) {
  const auto offsets = folder.find(kStripOffsets), sizes = folder.find(kStripByteCounts);
  std::vector<Range> strips;
  for (std::size_t i = 0; offsets && sizes && i < std::min(offsets->count, sizes->count); ++i) {
    strips.push_back({folder.value(offsets, i), folder.value(sizes, i)});
  }
  return strips;
}

}  // namespace

bool replace_exif_previews(
    std::span<std::uint8_t> exif,
    const std::function<std::vector<std::uint8_t>(std::size_t)>& make_thumbnail,
    std::vector<std::string>& notes) {
  std::span<const std::uint8_t> thumbnail;
  Tiff tiff(exif);
  if (tiff.valid()) {
    const Folder main(tiff, tiff.number(4, 4));
    const Folder folder(tiff, main.empty() ? 0 : tiff.number(main.next_at(), 4));
    const auto length = folder.find(kThumbnailLength);
    const Range jpeg{folder.value(folder.find(kThumbnailOffset)), folder.value(length)};
    const std::vector<Range> strips = strips_of(folder);
    // No honest file has pixels over its tags; this file would lose its Orientation.
    const auto meets_tags = [&](const Range& range) {
      const auto meets = [&range](std::size_t at, std::size_t size) {
        return range.at < at + size && at < range.at + range.size;
      };
      return meets(0, 8) || meets(main.at(), main.bytes()) || meets(folder.at(), folder.bytes());
    };
    const auto clear = [&tiff](const Range& range) {
      const auto old = tiff.part(range.at, range.size);
      std::fill(old.begin(), old.end(), std::uint8_t{0});
      return old;
    };
    if (meets_tags(jpeg) || std::any_of(strips.begin(), strips.end(), meets_tags)) return false;
    std::for_each(strips.begin(), strips.end(), clear);
    const auto old = clear(jpeg);
    const std::vector<std::uint8_t> made =
        old.empty() ? std::vector<std::uint8_t>() : make_thumbnail(old.size());
    if (!made.empty()) {
      thumbnail = old.first(made.size());
      std::copy(made.begin(), made.end(), old.begin());
      tiff.set_number(length->values, length->value_bytes, made.size());
      notes.emplace_back("the EXIF thumbnail was replaced");
    } else if (!old.empty() || !strips.empty()) {
      tiff.set_number(main.next_at(), 4, 0);
      notes.emplace_back("the EXIF thumbnail was dropped: a new one does not fit in its place");
    }

    if (has_maker_note_preview(exif, thumbnail)) {
      Folder photo(tiff, main.value(main.find(kPhotoFolder)));
      if (const auto note = photo.find(kMakerNoteEntry)) {
        photo.remove(*note);
        notes.emplace_back("the camera's maker note was dropped: it holds a preview");
      }
    }
  }
  return !has_maker_note_preview(exif, thumbnail);
}

}  // namespace lama::internal::codecs
