#include "codecs/tiff_exif.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/bytes.h"
#include "codecs/tiff_directory.h"

namespace lama::internal::codecs {
namespace {

constexpr int kLong = 4, kUndefined = 7;
constexpr int kExifPointer = 0x8769, kGpsPointer = 0x8825, kInteroperabilityPointer = 0xa005;
constexpr int kMakerNoteTag = 0x927c, kPixelWidth = 0xa002, kPixelHeight = 0xa003;
constexpr int kIptcTag = 0x83bb;
constexpr int kLastOf32Bits = 12;

using Buffer = std::vector<std::uint8_t>;

/// A new tag with its value, little-endian.
struct NewTag {
  int tag, type;
  std::size_t count;
  Buffer value;
};

NewTag number_tag(int tag, int type, std::uint64_t value) {
  NewTag made{tag, type, 1, {}};
  append_little_endian(made.value, value, size_of_type(type).value);
  return made;
}

NewTag with_little_endian(const TiffTag& tag, bool big_endian) {
  NewTag made{tag.tag, tag.type, tag.count, Buffer(tag.value.begin(), tag.value.end())};
  const auto size = static_cast<std::ptrdiff_t>(size_of_type(tag.type).number);
  if (big_endian) {
    for (auto at = made.value.begin(); at != made.value.end(); at += size) {
      std::reverse(at, at + size);
    }
  }
  return made;
}

struct Exif {
  std::vector<NewTag> main, photo, gps;
  bool empty() const { return main.empty() && photo.empty() && gps.empty(); }
};

/// Of the main directory only the tags about the picture: the others describe its storage.
Exif read_exif(const TiffReader& reader) {
  static constexpr int kAbout[] = {
      0x010e, 0x010f, 0x0110,  // description, make, model
      0x0131, 0x0132, 0x013b,  // software, date and time, artist
      0x013c, 0x4746, 0x4749,  // host computer, rating
      0x8298,                  // copyright
      0x9c9b, 0x9c9c, 0x9c9d,  // Windows' title, comment, author,
      0x9c9e, 0x9c9f,          // keywords, subject
  };
  Exif exif;
  if (reader.pages().empty()) return exif;
  const auto take = [&reader](const TiffTag& tag, std::vector<NewTag>& to) {
    if (tag.type <= kLastOf32Bits) to.push_back(with_little_endian(tag, reader.big_endian()));
  };
  for (const TiffTag& tag : reader.pages().front()) {
    if (std::find(std::begin(kAbout), std::end(kAbout), tag.tag) != std::end(kAbout)) {
      take(tag, exif.main);
    }
    if (tag.tag == kExifPointer || tag.tag == kGpsPointer) {
      for (const TiffTag& below : reader.directory_at(tag)) {
        if (below.tag == kInteroperabilityPointer) continue;
        take(below, tag.tag == kExifPointer ? exif.photo : exif.gps);
      }
    }
  }
  return exif;
}

/// Appends a directory; returns where it begins.
std::size_t append_directory(Buffer& out, std::vector<NewTag> tags) {
  std::sort(tags.begin(), tags.end(),
            [](const NewTag& a, const NewTag& b) { return a.tag < b.tag; });
  if (out.size() % 2 != 0) out.push_back(0);
  const std::size_t begin = out.size();
  Buffer values;
  const std::size_t values_at = begin + 2 + 12 * tags.size() + 4;
  append_little_endian(out, tags.size(), 2);
  for (NewTag& tag : tags) {
    append_little_endian(out, static_cast<std::uint64_t>(tag.tag), 2);
    append_little_endian(out, static_cast<std::uint64_t>(tag.type), 2);
    append_little_endian(out, tag.count, 4);
    if (tag.value.size() <= 4) {
      tag.value.resize(4);
      out.insert(out.end(), tag.value.begin(), tag.value.end());
    } else {
      append_little_endian(out, values_at + values.size(), 4);
      values.insert(values.end(), tag.value.begin(), tag.value.end());
      if (values.size() % 2 != 0) values.push_back(0);
    }
  }
  append_little_endian(out, 0, 4);
  // Not insert(): g++ 14 warns that it writes past the end.
  std::copy(values.begin(), values.end(), std::back_inserter(out));
  return begin;
}

/// Appends the directories of `exif`, the main one with the tags of `main`, and makes it the file's
/// first.
void append_exif(Buffer& out, Exif exif, std::vector<NewTag> main) {
  for (NewTag& tag : exif.main) {
    if (std::none_of(main.begin(), main.end(),
                     [&tag](const NewTag& there) { return there.tag == tag.tag; })) {
      main.push_back(std::move(tag));
    }
  }
  const std::pair<int, std::vector<NewTag>*> below[] = {{kExifPointer, &exif.photo},
                                                        {kGpsPointer, &exif.gps}};
  for (const auto& [pointer, tags] : below) {
    if (tags->empty()) continue;
    main.push_back(number_tag(pointer, kLong, append_directory(out, std::move(*tags))));
  }
  const std::size_t first = append_directory(out, std::move(main));
  for (std::size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<std::uint8_t>(first >> 8 * i);
}

}  // namespace

std::vector<std::uint8_t> exif_of_tiff(std::span<const std::uint8_t> file) {
  Exif exif = read_exif(TiffReader(file));
  if (exif.empty()) return {};
  Buffer block = {'I', 'I', 42, 0, 0, 0, 0, 0};
  append_exif(block, std::move(exif), {});
  return block;
}

std::vector<std::uint8_t> with_extras(std::vector<std::uint8_t> file, const TiffExtras& extras) {
  Exif exif = read_exif(TiffReader(extras.exif));
  std::erase_if(exif.photo, [&extras](const NewTag& tag) {
    return tag.tag == kMakerNoteTag && !extras.maker_note;
  });
  for (NewTag& tag : exif.photo) {
    if (tag.tag == kPixelWidth) tag = number_tag(tag.tag, kLong, extras.width);
    if (tag.tag == kPixelHeight) tag = number_tag(tag.tag, kLong, extras.height);
  }
  if (!extras.iptc.empty()) {
    exif.main.push_back(
        {kIptcTag, kUndefined, extras.iptc.size(), Buffer(extras.iptc.begin(), extras.iptc.end())});
  }
  if (exif.empty()) return file;
  std::vector<NewTag> main;
  const TiffReader reader(file);
  if (reader.big_endian() || reader.pages().size() != 1) return file;
  for (const TiffTag& tag : reader.pages().front()) main.push_back(with_little_endian(tag, false));
  append_exif(file, std::move(exif), std::move(main));
  return file;
}

}  // namespace lama::internal::codecs
