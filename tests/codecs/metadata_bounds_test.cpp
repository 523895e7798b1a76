// Files whose metadata claims far more than they hold. Each would take gigabytes.
#include "codecs/metadata_bounds.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>
#include <utility>

#include "codecs/picture.h"
#include "codecs/previews.h"
#include "codecs/tiff_exif.h"
#include "tests/codecs/exif.h"
#include "tests/codecs/fixtures.h"
#include "tests/codecs/png_file.h"

namespace lama::internal::codecs {
namespace {

using testing::Bytes;
using testing::put_big_endian;
using testing::put_little_endian;

/// `entries` tags from `first` on that all name the `size` bytes after them, in the directory of a
/// TIFF block's EXIF pointer, or in its first.
Bytes overlapping(int entries, std::uint32_t size, bool below, int first = 0x9000) {
  Bytes block = testing::bytes_of({"II*\0\x08\0\0\0", 8});
  if (below) {
    put_little_endian(block, 1, 2);
    put_little_endian(block, 0x8769, 2);
    put_little_endian(block, 4, 2);
    put_little_endian(block, 1, 4);
    put_little_endian(block, 26, 4);
    put_little_endian(block, 0, 4);
  }
  put_little_endian(block, static_cast<std::uint32_t>(entries), 2);
  const auto values_at =
      static_cast<std::uint32_t>(block.size()) + 12 * static_cast<std::uint32_t>(entries) + 4;
  for (int i = 0; i < entries; ++i) {
    put_little_endian(block, static_cast<std::uint32_t>(first + i), 2);
    put_little_endian(block, 7, 2);
    put_little_endian(block, size, 4);
    put_little_endian(block, values_at, 4);
  }
  put_little_endian(block, 0, 4);
  block.resize(block.size() + size, 'A');
  return block;
}

Bytes deflated(const Bytes& bytes) {
  Bytes out(compressBound(bytes.size()));
  uLongf size = out.size();
  EXPECT_EQ(compress2(out.data(), &size, bytes.data(), bytes.size(), 9), Z_OK);
  out.resize(size);
  return out;
}

Bytes png_with(const std::string& type, const Bytes& data) {
  std::vector<testing::PngChunk> chunks =
      testing::png_chunks(read_file(testing::picture_file("png_prophoto16.png"), SIZE_MAX));
  chunks.insert(chunks.begin() + 1, {type, data});
  return testing::png_file(chunks);
}

TEST(MetadataBounds, EntriesThatNameTheSameBytesAreRefused) {
  // Twelve times a hundred kilobytes, for any reader.
  for (const bool below : {false, true}) {
    const Bytes block = overlapping(12, 100'000, below);
    EXPECT_THROW(require_bounded_metadata(block, Format::tiff), Error) << below;
    EXPECT_THROW(require_bounded_metadata(png_with("eXIf", block), Format::png), Error) << below;
  }
  // The value once, and a few tags that share it.
  EXPECT_NO_THROW(require_bounded_metadata(overlapping(2, 100'000, true), Format::tiff));
  const Bytes bomb = overlapping(12, 60'000, true);
  Bytes jpeg = {0xff, 0xd8, 0xff, 0xe1};
  put_big_endian(jpeg, static_cast<std::uint32_t>(bomb.size() + 8), 2);
  testing::append(jpeg, testing::bytes_of({"Exif\0\0", 6}));
  testing::append(jpeg, bomb);
  EXPECT_THROW(require_bounded_metadata(jpeg, Format::jpeg), Error);
  Bytes webp = testing::bytes_of("RIFF____WEBPEXIF");
  put_little_endian(webp, static_cast<std::uint32_t>(bomb.size()), 4);
  testing::append(webp, bomb);
  EXPECT_THROW(require_bounded_metadata(webp, Format::webp), Error);
}

TEST(MetadataBounds, DirectoriesWithTooManyEntriesAreRefused) {
  EXPECT_THROW(require_bounded_metadata(overlapping(5000, 4, false, 1), Format::tiff), Error);
}

TEST(MetadataBounds, ExifOfATiffFileIsNotCopiedWithoutEnd) {
  const Bytes bomb = overlapping(2000, 100'000, true);
  EXPECT_LE(exif_of_tiff(bomb).size(), 3 * bomb.size());
}

TEST(MetadataBounds, TextsAndProfilesThatInflateAreRefused) {
  const Bytes inside = deflated(Bytes(20'000'000, 'A'));
  Bytes text = testing::bytes_of({"key\0\0", 5}),
        international = testing::bytes_of({"key\0\1\0\0\0", 8});
  testing::append(text, inside);
  testing::append(international, inside);
  EXPECT_THROW(require_bounded_metadata(png_with("zTXt", text), Format::png), Error);
  EXPECT_THROW(require_bounded_metadata(png_with("iCCP", text), Format::png), Error);
  EXPECT_THROW(require_bounded_metadata(png_with("iTXt", international), Format::png), Error);
  Bytes small = testing::bytes_of({"key\0\0", 5});
  testing::append(small, deflated(Bytes(1'000'000, 'A')));
  EXPECT_NO_THROW(require_bounded_metadata(png_with("zTXt", small), Format::png));
}

Bytes box(const std::string& name, const Bytes& content) {
  Bytes made;
  put_big_endian(made, static_cast<std::uint32_t>(content.size() + 8), 4);
  testing::append(made, testing::bytes_of(name));
  testing::append(made, content);
  return made;
}

TEST(MetadataBounds, ItemsThatNameTheSameBytesAreRefused) {
  const auto file = [](int extents) {
    Bytes locations;
    put_big_endian(locations, 0, 4);       // version 0
    put_big_endian(locations, 0x4400, 2);  // four bytes an offset and a length
    put_big_endian(locations, 1, 2);       // items
    put_big_endian(locations, 1, 2);       // its id
    put_big_endian(locations, 0, 2);
    put_big_endian(locations, static_cast<std::uint32_t>(extents), 2);
    for (int i = 0; i < extents; ++i) {
      put_big_endian(locations, 100, 4);
      put_big_endian(locations, 100'000, 4);
    }
    Bytes meta(4, 0);
    testing::append(meta, box("iloc", locations));
    Bytes made = box("ftyp", testing::bytes_of("heicmif1"));
    testing::append(made, box("meta", meta));
    testing::append(made, box("mdat", Bytes(100'000, 'A')));
    return made;
  };
  EXPECT_NO_THROW(require_bounded_metadata(file(1), Format::heif));
  EXPECT_THROW(require_bounded_metadata(file(30), Format::heif), Error);
}

// The guard keeps some hundred bytes for each item, which takes ten in the file.
TEST(MetadataBounds, FilesOfVeryManyItemsAreRefused) {
  const auto file = [](const std::string& name, const Bytes& content) {
    Bytes meta(4, 0);
    testing::append(meta, box(name, content));
    Bytes made = box("ftyp", testing::bytes_of("heicmif1"));
    testing::append(made, box("meta", meta));
    return made;
  };
  const auto locations = [](std::uint32_t items, std::uint32_t extents) {
    Bytes content;
    put_big_endian(content, 0x02000000, 4);  // version 2
    put_big_endian(content, 0x0400, 2);      // four bytes a length, none an offset
    put_big_endian(content, items, 4);
    for (std::uint32_t i = 0; i < items; ++i) {
      put_big_endian(content, i, 4);  // its id
      put_big_endian(content, 0, 4);  // in the file
      put_big_endian(content, extents, 2);
      for (std::uint32_t j = 0; j < extents; ++j) put_big_endian(content, 1, 4);
    }
    return content;
  };
  const auto parts = [](std::uint32_t items) {
    Bytes references(4, 1);
    for (std::uint32_t i = 0; i < items; ++i) {
      Bytes content;
      put_big_endian(content, i, 4);
      put_big_endian(content, 1, 2);
      put_big_endian(content, i + 1'000'000, 4);
      testing::append(references, box("dimg", content));
    }
    return references;
  };
  const auto types = [](std::uint32_t items) {
    Bytes content(8, 1);
    for (std::uint32_t i = 0; i < items; ++i) {
      Bytes entry;
      put_big_endian(entry, 0x03000000, 4);  // version 3
      put_big_endian(entry, i, 4);
      put_big_endian(entry, 0, 2);
      testing::append(entry, testing::bytes_of("Exif"));
      testing::append(content, box("infe", entry));
    }
    return content;
  };
  const std::pair<std::string, std::array<Bytes, 2>> cases[] = {
      {"iloc", {locations(65'536, 0), locations(65'537, 0)}},
      {"iloc", {locations(2, 32'768), locations(2, 32'769)}},
      {"iref", {parts(65'536), parts(65'537)}},
      {"iinf", {types(65'536), types(65'537)}}};
  for (const auto& [name, contents] : cases) {
    EXPECT_NO_THROW(require_bounded_metadata(file(name, contents[0]), Format::heif)) << name;
    EXPECT_THROW(require_bounded_metadata(file(name, contents[1]), Format::heif), Error) << name;
  }
}

// libheif 1.15 ended with SIGSEGV for two grids that are made of each other.
TEST(MetadataBounds, PicturesThatAreMadeOfEachOtherAreRefused) {
  using Made = std::vector<std::pair<int, std::vector<int>>>;
  const auto file = [](const Made& all) {
    Bytes references(4, 0);
    for (const auto& [item, sources] : all) {
      Bytes content;
      put_big_endian(content, static_cast<std::uint32_t>(item), 2);
      put_big_endian(content, static_cast<std::uint32_t>(sources.size()), 2);
      for (const int source : sources) {
        put_big_endian(content, static_cast<std::uint32_t>(source), 2);
      }
      testing::append(references, box("dimg", content));
    }
    Bytes meta(4, 0);
    testing::append(meta, box("iref", references));
    Bytes made = box("ftyp", testing::bytes_of("heicmif1"));
    testing::append(made, box("meta", meta));
    return made;
  };
  const auto error = [&file](const Made& all) {
    return testing::error_of([&] { require_bounded_metadata(file(all), Format::heif); });
  };
  const std::string circle = "its pictures are made of each other";
  EXPECT_EQ(error({{1, {1}}}), circle);
  EXPECT_EQ(error({{1, {2}}, {2, {1}}}), circle);
  EXPECT_EQ(error({{1, {2, 3}}, {3, {4}}, {4, {1}}}), circle);
  Made chain, doubled;
  for (int i = 1; i < 60000; ++i) chain.push_back({i, {i + 1}});
  EXPECT_EQ(error(chain), circle) << "too deep for a reader's stack";
  std::reverse(chain.begin(), chain.end());
  EXPECT_EQ(error(chain), circle);
  for (int i = 1; i < 12; ++i) doubled.push_back({i, {i + 1, i + 1}});
  EXPECT_EQ(error(doubled), "it shows one of its pictures again and again");
  EXPECT_EQ(error({{1, std::vector<int>(5000, 2)}}),
            "it shows one of its pictures again and again");
  // A grid of tiles with its turned copy and its alpha, which is a grid too.
  std::vector<int> tiles(500), others(500);
  std::iota(tiles.begin(), tiles.end(), 10);
  std::iota(others.begin(), others.end(), 1000);
  EXPECT_NO_THROW(
      require_bounded_metadata(file({{1, tiles}, {2, others}, {3, {1}}}), Format::heif));
}

TEST(MetadataBounds, JpegsOfSegmentsAloneAreRefused) {
  Bytes jpeg = {0xff, 0xd8};
  for (int i = 0; i < 30'000; ++i) testing::append(jpeg, Bytes{0xff, 0xe5, 0, 2});
  EXPECT_THROW(require_bounded_metadata(jpeg, Format::jpeg), Error);
}

// An early version kept every declaration with all text after it: 17 GB for these 2.4 MB.
TEST(MetadataBounds, DeclarationsInXmpAreReadInOnePass) {
  std::string xmp = "<x ";
  for (int i = 0; i < 400'000; ++i) xmp += "xmlns:";
  const auto begin = std::chrono::steady_clock::now();
  without_xmp_previews(xmp + "a=\"b\"/>");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(MetadataBounds, EveryTestPictureIsAccepted) {
  for (const auto& entry : std::filesystem::directory_iterator(testing::picture_file("."))) {
    const Bytes file = read_file(entry.path(), SIZE_MAX);
    if (const auto format = format_of(file)) {
      EXPECT_NO_THROW(require_bounded_metadata(file, *format)) << entry.path();
    }
  }
}

}  // namespace
}  // namespace lama::internal::codecs
