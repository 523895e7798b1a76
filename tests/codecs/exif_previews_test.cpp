#include "codecs/exif_previews.h"

#include <algorithm>
#include <random>

#include "tests/codecs/exif.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::append;
using testing::Bytes;
using testing::bytes_of;
using testing::camera_tags;
using testing::exif_number;
using testing::ExifContent;
using testing::ExifReader;
using testing::make_exif;

const Bytes kOldThumbnail = bytes_of("\xff\xd8\xff\xdbthe thumbnail that shows the old picture");
const Bytes kNewThumbnail = bytes_of("\xff\xd8\xff\xdbthe new one");

ExifContent with_maker_note(const Bytes& note) {
  ExifContent content = camera_tags();
  auto& tags = content.folders[testing::kPhoto];
  tags.push_back({testing::kMakerNote, testing::kUndefined, note});
  tags.push_back(exif_number(testing::kPixelWidth, testing::kLong, 4000));
  return content;
}

/// The changes to a block, for a new thumbnail of this many bytes.
struct Result {
  bool done;
  Bytes block;
  std::vector<std::string> notes;
};

Result replaced(Bytes block, const Bytes& thumbnail = kNewThumbnail) {
  Result result{false, std::move(block), {}};
  result.done = replace_exif_previews(
      result.block,
      [&](std::size_t most) { return thumbnail.size() <= most ? thumbnail : Bytes(); },
      result.notes);
  return result;
}

/// The same block in the other byte order: turns entries and offsets, keeps texts.
Bytes big_endian_block(const Bytes& thumbnail) {
  Bytes out = bytes_of({"MM\0*\0\0\0\x08", 8});
  using testing::put_big_endian;
  put_big_endian(out, 1, 2);
  put_big_endian(out, testing::kOrientation, 2);
  put_big_endian(out, testing::kShort, 2);
  put_big_endian(out, 1, 4);
  put_big_endian(out, 6, 2);
  put_big_endian(out, 0, 2);
  put_big_endian(out, 26, 4);
  put_big_endian(out, 2, 2);
  put_big_endian(out, testing::kThumbnailOffset, 2);
  put_big_endian(out, testing::kLong, 2);
  put_big_endian(out, 1, 4);
  put_big_endian(out, 56, 4);
  put_big_endian(out, testing::kThumbnailLength, 2);
  put_big_endian(out, testing::kLong, 2);
  put_big_endian(out, 1, 4);
  put_big_endian(out, static_cast<std::uint32_t>(thumbnail.size()), 4);
  put_big_endian(out, 0, 4);
  append(out, thumbnail);
  return out;
}

TEST(ExifPreviews, TheThumbnailIsReplacedInPlace) {
  ExifContent content = camera_tags();
  content.thumbnail = kOldThumbnail;
  for (const Bytes& block : {make_exif(content), big_endian_block(kOldThumbnail)}) {
    ASSERT_EQ(ExifReader(block).thumbnail(), kOldThumbnail) << "the test's own block";
    const Result result = replaced(block);
    ASSERT_TRUE(result.done);
    EXPECT_EQ(result.notes.size(), 1U);
    EXPECT_EQ(ExifReader(result.block).thumbnail(), kNewThumbnail);
    // All other bytes stay, except the length's lowest byte, and zeros follow the new thumbnail.
    ASSERT_EQ(result.block.size(), block.size());
    const auto thumbnail = block.end() - static_cast<std::ptrdiff_t>(kOldThumbnail.size());
    int differences = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(thumbnail - block.begin()); ++i) {
      differences += block[i] != result.block[i] ? 1 : 0;
    }
    EXPECT_EQ(differences, 1);
    EXPECT_TRUE(std::all_of(result.block.end() - static_cast<std::ptrdiff_t>(kOldThumbnail.size() -
                                                                             kNewThumbnail.size()),
                            result.block.end(), [](std::uint8_t byte) { return byte == 0; }));
  }
}

TEST(ExifPreviews, AThumbnailThatDoesNotFitIsDropped) {
  ExifContent content = camera_tags();
  content.folders[testing::kMain].push_back(exif_number(testing::kOrientation, testing::kShort, 6));
  content.thumbnail = kOldThumbnail;
  const Result result = replaced(make_exif(content), Bytes(kOldThumbnail.size() + 1));
  ASSERT_TRUE(result.done);
  EXPECT_EQ(result.notes.size(), 1U);
  const ExifReader reader(result.block);
  EXPECT_TRUE(reader.thumbnail().empty());
  EXPECT_EQ(reader.value(testing::kMain, testing::kOrientation), 6);
  EXPECT_EQ(std::search(result.block.begin(), result.block.end(), kOldThumbnail.begin(),
                        kOldThumbnail.end()),
            result.block.end());
}

TEST(ExifPreviews, AnUncompressedThumbnailIsDropped) {
  ExifContent content = camera_tags();
  const Bytes pixels = bytes_of("old pixels, old pixels");
  Bytes offset;
  content.folders[testing::kThumbnailFolder] = {
      exif_number(0x0103, testing::kShort, 1), exif_number(0x0111, testing::kLong, 0),
      exif_number(0x0117, testing::kLong, static_cast<std::uint32_t>(pixels.size()))};
  Bytes block = make_exif(content);
  // The offset of the strip, in the second entry of the last folder: its 12 bytes, the third
  // entry's 12 and the next folder's 4 end the block.
  testing::put_little_endian(offset, static_cast<std::uint32_t>(block.size()), 4);
  std::copy(offset.begin(), offset.end(), block.end() - 4 - 12 - 4);
  append(block, pixels);
  const Result result = replaced(block);
  ASSERT_TRUE(result.done);
  EXPECT_EQ(result.notes.size(), 1U);
  EXPECT_EQ(
      Bytes(result.block.end() - static_cast<std::ptrdiff_t>(pixels.size()), result.block.end()),
      Bytes(pixels.size()));
  EXPECT_FALSE(ExifReader(result.block).find(testing::kThumbnailFolder, 0x0111).has_value());
  EXPECT_EQ(ExifReader(result.block).text(testing::kMain, testing::kMake), "Camera Works");
}

TEST(ExifPreviews, AMakerNoteIsDroppedWithItsPreview) {
  for (const bool thumbnail : {true, false}) {
    ExifContent content = with_maker_note(bytes_of("maker: \xff\xd8\xff\xe1 the preview"));
    if (thumbnail) content.thumbnail = kOldThumbnail;
    const Result result = replaced(make_exif(content));
    ASSERT_TRUE(result.done);
    EXPECT_EQ(result.notes.size(), thumbnail ? 2U : 1U);
    const ExifReader reader(result.block);
    EXPECT_FALSE(reader.find(testing::kPhoto, testing::kMakerNote).has_value());
    EXPECT_EQ(reader.value(testing::kPhoto, testing::kPixelWidth), 4000) << "what follows stays";
    EXPECT_EQ(reader.text(testing::kPhoto, testing::kDateTimeOriginal), "2021:09:15 12:34:56");
    EXPECT_EQ(testing::text_of(result.block).find("the preview"), std::string::npos);
    EXPECT_EQ(reader.thumbnail(), thumbnail ? kNewThumbnail : Bytes());
  }
}

TEST(ExifPreviews, WithoutAnyNothingChanges) {
  const Bytes blocks[] = {make_exif(camera_tags()),
                          make_exif(with_maker_note(bytes_of("maker 42"))),
                          bytes_of("no TIFF block"),
                          bytes_of("II*"),
                          {}};
  for (const Bytes& block : blocks) {
    const Result result = replaced(block);
    EXPECT_TRUE(result.done);
    EXPECT_EQ(result.block, block);
    EXPECT_TRUE(result.notes.empty());
  }
}

TEST(ExifPreviews, APreviewElsewhereIsReported) {
  ExifContent content = camera_tags();
  content.folders[testing::kPhoto].push_back(
      {0xfe00, testing::kUndefined, bytes_of("\xff\xd8\xff\xe1 somewhere")});
  EXPECT_FALSE(replaced(make_exif(content)).done);
  EXPECT_FALSE(replaced(bytes_of("no TIFF block \xff\xd8\xff\xe1")).done);
}

TEST(ExifPreviews, AThumbnailAmongTheTagsIsReported) {
  ExifContent content = camera_tags();
  content.thumbnail = kOldThumbnail;
  Bytes block = make_exif(content);
  Bytes at;
  testing::put_little_endian(at, static_cast<std::uint32_t>(block.size() - kOldThumbnail.size()),
                             4);
  const auto offset = std::find_end(block.begin(), block.end(), at.begin(), at.end());
  ASSERT_NE(offset, block.end());
  for (const int place : {0, 7, 8, 20}) {
    *offset = static_cast<std::uint8_t>(place);
    EXPECT_FALSE(replaced(block).done) << place;
  }
}

TEST(ExifPreviews, DamageEndsWell) {
  ExifContent content = with_maker_note(bytes_of("maker: \xff\xd8\xff\xe1 the preview"));
  content.thumbnail = kOldThumbnail;
  for (const Bytes& whole : {make_exif(content), big_endian_block(kOldThumbnail)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      replaced(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    std::mt19937 random(3);
    for (int i = 0; i < 20000; ++i) {
      Bytes damaged = whole;
      for (auto n = random() % 4 + 1; n > 0; --n) {
        damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      }
      const Result result = replaced(damaged);
      EXPECT_EQ(result.block.size(), damaged.size());
    }
  }
}

}  // namespace
}  // namespace lama::internal::codecs
