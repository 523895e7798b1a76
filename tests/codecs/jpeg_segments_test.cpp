#include "codecs/jpeg_segments.h"

#include <random>

#include "tests/codecs/exif.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::append;
using testing::Bytes;
using testing::bytes_of;
using testing::text_of;

using Segments = std::vector<JpegSegment>;

JpegSegment segment(int marker, const std::string& text) { return {marker, bytes_of(text)}; }

const std::string kJfif("JFIF\0\x01\x02\x01\0\x48\0\x48\0\0", 14);
const std::string kXmpMagic("http://ns.adobe.com/xap/1.0/\0", 29);
const std::string kExtensionMagic("http://ns.adobe.com/xmp/extension/\0", 35);
const std::string kPhotoshopMagic("Photoshop 3.0\0", 14);
const std::string kOldPicture = "\xff\xd8\xff\xdb the old picture";

struct WrittenJpeg {
  std::optional<Segments> segments;
  std::vector<std::string> notes;
};

WrittenJpeg repaired(Segments segments) {
  WrittenJpeg result;
  result.segments = repaired_segments(
      std::move(segments), [](std::size_t) { return bytes_of("\xff\xd8\xff new"); }, result.notes);
  return result;
}

/// Expects one note with this text, and these segments.
void expect_result(const Segments& source, const Segments& expected, const std::string& note) {
  const WrittenJpeg result = repaired(source);
  ASSERT_TRUE(result.segments.has_value());
  EXPECT_TRUE(*result.segments == expected) << note;
  ASSERT_EQ(result.notes.size(), note.empty() ? 0U : 1U);
  if (!note.empty()) {
    EXPECT_NE(result.notes[0].find(note), std::string::npos) << result.notes[0];
  }
}

const JpegSegment kComment = segment(0xfe, "a comment, even \xff\xd8\xff in one");
const JpegSegment kProfile = segment(0xe2, std::string("ICC_PROFILE\0\1\1 \xff\xd8\xff", 18));

TEST(RepairedSegments, SegmentsWithoutPicturesStayInOrder) {
  const Segments all = {
      segment(0xe0, kJfif),
      kComment,
      segment(0xe1, kXmpMagic + "<x:xmpmeta><title>t</title></x:xmpmeta>"),
      kProfile,
      segment(0xed, kPhotoshopMagic + std::string("8BIM\x04\x04\0\0\0\0\0\x04IPTC", 16)),
      segment(0xee, std::string("Adobe\0\x64\0\0\0\0\x01", 12)),
      segment(0xec, "Ducky"),
      segment(0xe2, "something of another program's"),
      kComment};
  expect_result(all, all, "");
  expect_result({}, {}, "");
}

TEST(RepairedSegments, ListsOfFurtherPicturesAreDropped) {
  expect_result({segment(0xe2, std::string("MPF\0II*\0", 8)), kProfile}, {kProfile}, "MPF");
  expect_result({kProfile, segment(0xe2, std::string("urn:iso:std:iso:ts:21496:-1\0\0\0", 30))},
                {kProfile}, "gain map");
}

TEST(RepairedSegments, JfifThumbnailsAreDropped) {
  std::string with_pixels = kJfif;
  with_pixels[12] = with_pixels[13] = 1;
  expect_result({segment(0xe0, with_pixels + "rgb"), kComment}, {segment(0xe0, kJfif), kComment},
                "JFIF thumbnail");
  expect_result({segment(0xe0, kJfif), segment(0xe0, std::string("JFXX\0\x10", 6) + kOldPicture)},
                {segment(0xe0, kJfif)}, "JFIF extension");
}

TEST(RepairedSegments, TheExifThumbnailIsReplaced) {
  testing::ExifContent content{
      .folders = {{testing::kMain, {testing::exif_text(testing::kMake, "Camera Works")}}}};
  content.thumbnail = bytes_of(kOldPicture);
  JpegSegment exif = segment(0xe1, std::string("Exif\0\0", 6));
  append(exif.data, testing::make_exif(content));
  const WrittenJpeg result = repaired({exif, kComment});
  ASSERT_TRUE(result.segments.has_value());
  const Bytes& data = (*result.segments)[0].data;
  EXPECT_EQ(testing::ExifReader({data.begin() + 6, data.end()}).thumbnail(),
            bytes_of("\xff\xd8\xff new"));
  EXPECT_EQ(result.notes.size(), 1U);

  const JpegSegment hopeless =
      segment(0xe1, std::string("Exif\0\0", 6) + "no TIFF block " + kOldPicture);
  EXPECT_FALSE(repaired({kComment, hopeless}).segments.has_value());
}

std::string photoshop_resource(int id, const std::string& data) {
  Bytes out = bytes_of("8BIM");
  testing::put_big_endian(out, static_cast<std::uint32_t>(id), 2);
  testing::put_big_endian(out, 0, 2);
  testing::put_big_endian(out, static_cast<std::uint32_t>(data.size()), 4);
  append(out, bytes_of(data));
  return text_of(out);
}

TEST(RepairedSegments, PhotoshopThumbnailsAreDropped) {
  const std::string iptc = photoshop_resource(0x0404, "IPTC");
  expect_result(
      {kComment, segment(0xed, kPhotoshopMagic + photoshop_resource(0x040c, kOldPicture) + iptc),
       kProfile},
      {kComment, segment(0xed, kPhotoshopMagic + iptc), kProfile}, "Photoshop thumbnail");
  expect_result({segment(0xed, kPhotoshopMagic + "not a resource")}, {}, "damaged");
  expect_result({segment(0xed, kPhotoshopMagic + photoshop_resource(0x040c, "even"))}, {},
                "Photoshop");
}

// A resource that is longer than a segment continues in the next one.
TEST(RepairedSegments, PhotoshopResourcesMaySpanSegments) {
  const auto split = [](const std::string& resources) {
    Segments segments;
    for (std::size_t at = 0; at < resources.size(); at += 65533 - 14) {
      segments.push_back(segment(0xed, kPhotoshopMagic + resources.substr(at, 65533 - 14)));
    }
    return segments;
  };
  const std::string large = photoshop_resource(0x0404, std::string(100000, 'i'));
  const std::string small = photoshop_resource(0x03ed, "resolution");
  const std::string thumbnail = photoshop_resource(0x040c, std::string(70000, 'o'));
  expect_result(split(large + small), split(large + small), "");
  expect_result(split(small + thumbnail + large), split(small + large), "Photoshop thumbnail");
}

const std::string kMainXmp =
    "<x:xmpmeta xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\"><rdf:Description "
    "xmpNote:HasExtendedXMP=\"0123456789ABCDEF0123456789ABCDEF\" title=\"t\"/></x:xmpmeta>";

JpegSegment extension(const std::string& part) {
  return segment(0xe1, kExtensionMagic + "0123456789ABCDEF0123456789ABCDEF" +
                           std::string("\0\0\1\0\0\0\0\0", 8) + part);
}

TEST(RepairedSegments, ExtendedXmpStaysUnlessItHoldsPictures) {
  const Segments harmless = {segment(0xe1, kXmpMagic + kMainXmp), extension("<x:xmpmeta><hist"),
                             extension("ory>long</history></x:xmpmeta>")};
  expect_result(harmless, harmless, "");
  // Even if the property's name spans two segments.
  const Segments depth = {
      segment(0xe1, kXmpMagic + kMainXmp), kProfile,
      extension("<x:xmpmeta xmlns:GD=\"http://ns.google.com/photos/1.0/depthmap/\" G"),
      extension("D:Data=\"/9j/old\"></x:xmpmeta>")};
  std::string without = kMainXmp;
  const std::string announcement = " xmpNote:HasExtendedXMP=\"0123456789ABCDEF0123456789ABCDEF\"";
  without.erase(without.find(announcement), announcement.size());
  expect_result(depth, {segment(0xe1, kXmpMagic + without), kProfile}, "extended XMP");
}

TEST(RepairedSegments, XmpLosesItsStatementsAboutOtherPictures) {
  const std::string begin = "<x:xmpmeta xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\"";
  expect_result({segment(0xe1, kXmpMagic + begin + " hdrgm:Version=\"1.0\"/>"), kComment},
                {segment(0xe1, kXmpMagic + begin + "/>"), kComment}, "hdrgm:Version");
  expect_result({segment(0xe1, kXmpMagic + "<xmp:Thumbnails>old"), kComment}, {kComment},
                "damaged");
}

TEST(RepairedSegments, PicturesOfUnknownKindsAreDropped) {
  const JpegSegment same_marker = segment(0xe4, "which may be its second part");
  const JpegSegment other_marker = segment(0xe5, "which is another's");
  expect_result({segment(0xe4, "preview" + kOldPicture), same_marker, other_marker}, {other_marker},
                "APP4");
  expect_result({segment(0xeb, std::string("JP\0\1", 4) + "\x89PNG\r\n\x1a\n"), kComment},
                {kComment}, "APP11");
  expect_result({segment(0xe1, std::string("FLIR\0 part", 10)), kComment}, {kComment}, "APP1 ");
  // Known kinds stay beside unknown ones.
  const JpegSegment xmp = segment(0xe1, kXmpMagic + "<a/>");
  expect_result({segment(0xe1, kOldPicture), xmp}, {xmp}, "APP1 ");
}

TEST(RepairedSegments, AnyContentEndsWell) {
  const std::string beginnings[] = {kJfif, std::string("Exif\0\0II*\0\x08\0\0\0", 14),
                                    kXmpMagic + "<a ", kExtensionMagic, kPhotoshopMagic + "8BIM"};
  const int markers[] = {0xe0, 0xe1, 0xe1, 0xe1, 0xed};
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    Segments segments;
    for (std::size_t kind = 0; kind < 5; ++kind) {
      Bytes data = bytes_of(beginnings[kind]);
      data.resize(random() % (data.size() + 1));
      if (random() % 4 != 0) data = bytes_of(beginnings[kind]);
      for (auto n = random() % 64; n > 0; --n) {
        static const std::string kLetters = "<>/=\"':a xmlns8BIM";
        data.push_back(random() % 3 == 0 ? static_cast<std::uint8_t>(random())
                                         : static_cast<std::uint8_t>(kLetters[random() % 18]));
      }
      segments.push_back({markers[kind], data});
    }
    const WrittenJpeg result = repaired(segments);
    if (!result.segments) continue;
    for (const JpegSegment& kept : *result.segments) EXPECT_LE(kept.data.size(), 65533U);
  }
}

}  // namespace
}  // namespace lama::internal::codecs
