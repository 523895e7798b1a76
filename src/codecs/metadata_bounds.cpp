#include "codecs/metadata_bounds.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "codecs/boxes.h"
#include "codecs/jpeg2000.h"
#include "codecs/png_chunks.h"
#include "codecs/tiff_directory.h"
#include "codecs/webp_chunks.h"

namespace lama::internal::codecs {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Reads every directory that a reader of pictures or EXIF may follow.
void require_bounded_directories(Bytes block, const char* what) {
  constexpr std::size_t kMostPages = 999;                        // TiffReader stops at 1000
  constexpr int kPointers[] = {0x014a, 0x8769, 0x8825, 0xa005};  // SubIFDs, EXIF, GPS, interop
  const TiffReader reader(block);
  const auto follow = [&](const std::vector<TiffTag>& tags, const auto& self, int depth) -> void {
    for (const TiffTag& tag : tags) {
      const bool points =
          std::find(std::begin(kPointers), std::end(kPointers), tag.tag) != std::end(kPointers);
      if (points && depth < 3 && !reader.overfull())
        self(reader.directory_at(tag), self, depth + 1);
    }
  };
  for (const auto& page : reader.pages()) follow(page, follow, 0);
  if (reader.overfull()) {
    throw Error(fmt::format("the entries of its {} name more bytes than it has", what));
  }
  if (reader.pages().size() > kMostPages) throw Error("it has 1000 pictures or more");
}

void require_bounded_exif(Bytes exif) {
  constexpr std::string_view kMagic("Exif\0\0", 6);
  if (text_of(exif).starts_with(kMagic)) exif = exif.subspan(kMagic.size());
  require_bounded_directories(exif, "EXIF data");
}

/// Counts the bytes of a zlib stream, up to `most`, without keeping them.
std::size_t inflated_size(Bytes compressed, std::size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw Error("zlib does not start");
  std::array<std::uint8_t, 32768> scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t size = 0;
  // zlib writes nothing there.
  stream.next_in = const_cast<std::uint8_t*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  int state = Z_OK;
  while (state == Z_OK && size <= most) {
    stream.next_out = scratch.data();
    stream.avail_out = scratch.size();
    state = inflate(&stream, Z_NO_FLUSH);
    size += scratch.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  return size;
}

/// The part of a chunk's data that is a zlib stream; empty if none is.
Bytes compressed_part(const PngChunk& chunk) {
  const auto skip_text = [](Bytes data) {  // through the terminating zero
    const auto end = std::find(data.begin(), data.end(), std::uint8_t{0});
    return data.subspan(std::min<std::size_t>(end - data.begin() + 1, data.size()));
  };
  if (chunk.type == "zTXt" || chunk.type == "iCCP") {
    const Bytes rest = skip_text(chunk.data);
    return rest.empty() ? rest : rest.subspan(1);  // the method
  }
  if (chunk.type != "iTXt") return {};
  const Bytes rest = skip_text(chunk.data);
  if (rest.size() < 2 || rest[0] == 0) return {};  // the flag, the method, language, keyword
  return skip_text(skip_text(rest.subspan(2)));
}

void require_bounded_png(Bytes file) {
  // A profile or a history of edits takes a few megabytes, and a thousandth of that compressed.
  constexpr std::size_t kMost = 16 << 20;
  std::size_t inflated = 0;
  for (const PngChunk& chunk : png_chunks(file)) {
    if (chunk.type == "eXIf") require_bounded_exif(chunk.data);
    const Bytes compressed = compressed_part(chunk);
    if (!compressed.empty()) inflated += inflated_size(compressed, kMost - inflated);
    if (inflated > kMost) {
      throw Error(fmt::format("its compressed texts and profile hold more than {} bytes", kMost));
    }
  }
}

void require_bounded_webp(Bytes file) {
  for_each_webp_chunk(file, [](std::string_view name, Bytes content) {
    if (name == "EXIF") require_bounded_exif(content);
  });
}

/// Segments, and the scans between them.
void require_bounded_jpeg(Bytes file) {
  constexpr std::size_t kMostSegments = 20000;
  constexpr std::uint8_t kEnd = 0xd9, kScan = 0xda, kApp1 = 0xe1;
  std::size_t segments = 0;
  for (std::size_t at = 2; at + 4 <= file.size();) {
    if (file[at] != 0xff || file[at + 1] == 0xff) {
      ++at;  // readers skip bytes between segments
      continue;
    }
    const std::uint8_t marker = file[at + 1];
    if (marker == kEnd) return;
    const bool alone = marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8);
    if (alone) {
      at += 2;
      continue;
    }
    const std::size_t size = big_endian(file, at + 2, 2);
    if (++segments > kMostSegments) {
      throw Error(fmt::format("it has more than {} segments", kMostSegments));
    }
    const Bytes data = file.subspan(at + 4);
    if (marker == kApp1 && size > 2 && text_of(data).starts_with("Exif")) {
      require_bounded_exif(data.first(std::min(size - 2, data.size())));
    }
    at += 2 + std::max<std::size_t>(size, 2);
    if (marker != kScan) continue;
    // Entropy-coded data: a marker is an 0xff that no zero follows.
    const auto* begin = file.data() + std::min(at, file.size());
    const auto* found = begin;
    const auto* end = file.data() + file.size();
    while ((found = std::find(found, end, std::uint8_t{0xff})) != end && found + 1 != end) {
      const bool restart = found[1] >= 0xd0 && found[1] <= 0xd7;
      if (found[1] != 0 && found[1] != 0xff && !restart) break;
      ++found;
    }
    at = static_cast<std::size_t>(found - file.data());
  }
}

/// A cursor over a box's content (ISO/IEC 14496-12), big-endian. Reads zeros beyond the end.
class BoxReader {
 public:
  explicit BoxReader(Bytes bytes) : rest_(bytes) {}
  std::uint64_t number(std::size_t size) {
    if (size > rest_.size()) {
      rest_ = {};
      ended_ = true;
      return 0;
    }
    const std::uint64_t value = big_endian(rest_, 0, size);
    rest_ = rest_.subspan(size);
    return value;
  }
  Bytes rest() const { return rest_; }
  bool ended() const { return ended_; }

 private:
  Bytes rest_;
  bool ended_ = false;
};

/// Of items, of their extents, and of the items that others are made of: this guard keeps them.
constexpr std::size_t kMostItems = 65536;

void require_few_items(std::size_t count) {
  if (count > kMostItems) {
    throw Error(fmt::format("it has more than {} items, extents of them or parts", kMostItems));
  }
}

struct Item {
  bool exif = false;
  bool in_idat = false;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;  ///< offset, length
};

/// Items that are made of others, such as grids of tiles: the others' ids, by their own ("dimg",
/// ISO/IEC 23008-12, 6.6). Throws if a reader would follow them in circles, too deep for its stack,
/// or to one picture again and again.
class Derivations {
 public:
  void add(std::uint64_t item, std::uint64_t source) {
    sources_[item].push_back(source);
    distinct_.insert(source);
    require_few_items(++count_);
  }
  void require_bounded() {
    for (const auto& [item, sources] : sources_) visit(item, kMostLevels);
  }

 private:
  static constexpr int kMostLevels = 16;
  struct Cost {
    bool known = false;
    std::size_t pictures = 1;  ///< decoded for it, itself included
    int levels = 1;
  };

  Cost visit(std::uint64_t item, int levels_left) {
    const auto sources = sources_.find(item);
    if (sources == sources_.end()) return {};
    if (levels_left == 0) throw Error("its pictures are made of each other");
    if (const Cost& known = costs_[item]; known.known) return known;
    Cost cost{.known = true};
    for (const std::uint64_t source : sources->second) {
      const Cost part = visit(source, levels_left - 1);
      cost.pictures += part.pictures;
      cost.levels = std::max(cost.levels, part.levels + 1);
      if (cost.pictures > 2 * distinct_.size() + 16) {
        throw Error("it shows one of its pictures again and again");
      }
    }
    if (cost.levels > kMostLevels) throw Error("its pictures are made of each other");
    return costs_[item] = cost;
  }

  std::map<std::uint64_t, std::vector<std::uint64_t>> sources_;
  std::map<std::uint64_t, Cost> costs_;
  std::set<std::uint64_t> distinct_;
  std::size_t count_ = 0;
};

Derivations read_derivations(Bytes references) {
  Derivations derivations;
  if (references.size() < 4) return derivations;
  const std::size_t id_size = references[0] == 0 ? 2 : 4;
  for_each_box(references.subspan(4), [&](std::string_view name, Bytes content) {
    if (name != "dimg") return;
    BoxReader box(content);
    const auto item = box.number(id_size);
    const auto count = box.number(2);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto source = box.number(id_size);
      if (box.ended()) return;
      derivations.add(item, source);
    }
  });
  return derivations;
}

struct Items {
  std::map<std::uint64_t, Item> by_id;
  std::size_t extents = 0;        ///< of all items
  std::uint64_t named_bytes = 0;  ///< by all extents
};

/// The places of the items ("iloc", ISO/IEC 14496-12, 8.11.3).
void read_locations(Bytes content, std::size_t file_size, Items& items) {
  const std::uint64_t most = 2 * std::uint64_t{file_size} + 65536;
  BoxReader box(content);
  const auto version = box.number(4) >> 24;
  const auto sizes = box.number(2);
  const std::size_t offset_size = sizes >> 12, length_size = sizes >> 8 & 15,
                    base_size = sizes >> 4 & 15, index_size = version > 0 ? sizes & 15 : 0;
  const auto count = box.number(version < 2 ? 2 : 4);
  for (std::uint64_t i = 0; i < count && !box.ended(); ++i) {
    Item& item = items.by_id[box.number(version < 2 ? 2 : 4)];
    require_few_items(items.by_id.size());
    if (version > 0) item.in_idat = (box.number(2) & 15) == 1;
    box.number(2);  // which file
    const auto base = box.number(base_size);
    const auto extents = box.number(2);
    for (std::uint64_t j = 0; j < extents && !box.ended(); ++j) {
      box.number(index_size);
      const auto offset = base + box.number(offset_size);
      auto length = box.number(length_size);
      if (length == 0) length = file_size;  // all of the file
      items.named_bytes += std::min<std::uint64_t>(length, file_size);
      if (items.named_bytes > most) throw Error("its items name more bytes than it has");
      require_few_items(++items.extents);
      item.extents.emplace_back(offset, length);
    }
  }
}

/// The items that hold EXIF data ("iinf", 8.11.6).
void read_types(Bytes content, Items& items) {
  const bool wide = !content.empty() && content[0] > 0;
  const std::size_t header = wide ? 8 : 6;
  if (content.size() < header) return;
  for_each_box(content.subspan(header), [&items](std::string_view name, Bytes entry) {
    if (name != "infe" || entry.size() < 4) return;
    BoxReader box(entry);
    const auto version = box.number(4) >> 24;
    const auto id = box.number(version < 3 ? 2 : 4);
    box.number(2);
    if (text_of(box.rest()).starts_with("Exif")) items.by_id[id].exif = true;
    require_few_items(items.by_id.size());
  });
}

/// The bytes of an item in `source`, as far as they are there.
std::vector<std::uint8_t> content_of(const Item& item, Bytes source) {
  std::vector<std::uint8_t> content;
  for (const auto& [offset, length] : item.extents) {
    if (offset >= source.size()) continue;
    const Bytes part = source.subspan(offset);
    content.insert(
        content.end(), part.begin(),
        part.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(length, part.size())));
  }
  return content;
}

/// The items of a HEIF file's "meta" box.
void require_bounded_items(Bytes file, Bytes meta) {
  Items items;
  Bytes idat;
  for_each_box(meta.subspan(4), [&](std::string_view name, Bytes content) {
    if (name == "iloc") read_locations(content, file.size(), items);
    if (name == "iinf") read_types(content, items);
    if (name == "idat") idat = content;
    if (name == "iref") read_derivations(content).require_bounded();
  });
  for (const auto& [id, item] : items.by_id) {
    if (!item.exif) continue;
    const std::vector<std::uint8_t> block = content_of(item, item.in_idat ? idat : file);
    // The offset of the TIFF block, usually after "Exif\0\0" or 0.
    if (block.size() < 4) continue;
    const auto skipped = 4 + big_endian(block, 0, 4);
    if (skipped < block.size()) require_bounded_exif(Bytes(block).subspan(skipped));
  }
}

}  // namespace

void require_bounded_metadata(Bytes file, Format format) {
  switch (format) {
    case Format::jpeg:
      return require_bounded_jpeg(file);
    case Format::png:
      return require_bounded_png(file);
    case Format::webp:
      return require_bounded_webp(file);
    case Format::tiff:
      return require_bounded_directories(file, "directories");
    case Format::jp2:
      return require_bounded_jpeg2000(file);
    case Format::jxl:
      return for_each_box(file, [](std::string_view name, Bytes content) {
        if (name == "Exif" && content.size() > 4) require_bounded_exif(content.subspan(4));
      });
    case Format::gif:
    case Format::pnm:
    case Format::bmp:
      return;  // they have none that is read
    case Format::heif:
    case Format::avif:
      break;
  }
  for_each_box(file, [file](std::string_view name, Bytes content) {
    if (name == "meta" && content.size() > 4) require_bounded_items(file, content);
  });
}

}  // namespace lama::internal::codecs
