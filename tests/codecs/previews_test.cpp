#include "codecs/previews.h"

#include "tests/codecs/byte_order.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::append;
using testing::Bytes;
using testing::bytes_of;

const Bytes kHeader = bytes_of({"Photoshop 3.0\0", 14});

Bytes resource(int id, const std::string& name, const Bytes& data) {
  Bytes out = bytes_of("8BIM");
  testing::put_big_endian(out, static_cast<std::uint32_t>(id), 2);
  out.push_back(static_cast<std::uint8_t>(name.size()));
  append(out, bytes_of(name));
  if (name.size() % 2 == 0) out.push_back(0);
  testing::put_big_endian(out, static_cast<std::uint32_t>(data.size()), 4);
  append(out, data);
  if (data.size() % 2 != 0) out.push_back(0);
  return out;
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) append(out, part);
  return out;
}

const Bytes kIptc = resource(0x0404, "", bytes_of("caption of odd length"));
const Bytes kNamed = resource(0x03ed, "named", bytes_of("even"));
const Bytes kOther = resource(0x0408, "four", bytes_of("x"));

TEST(PhotoshopThumbnails, AreDroppedAndTheRestKept) {
  const Bytes thumbnail4 = resource(0x0409, "", bytes_of("old picture"));
  const Bytes thumbnail5 = resource(0x040c, "name", bytes_of("the old picture."));
  EXPECT_EQ(without_photoshop_thumbnails(joined({kHeader, kIptc, kNamed, kOther})),
            joined({kHeader, kIptc, kNamed, kOther}));
  EXPECT_EQ(without_photoshop_thumbnails(
                joined({kHeader, thumbnail4, kIptc, thumbnail5, kNamed, kOther, thumbnail4})),
            joined({kHeader, kIptc, kNamed, kOther}));
  EXPECT_EQ(without_photoshop_thumbnails(joined({kHeader, thumbnail5})), kHeader);
  EXPECT_EQ(without_photoshop_thumbnails(kHeader), kHeader);
}

TEST(PhotoshopThumbnails, TheLastResourceNeedsNoPadding) {
  Bytes resources = joined({kHeader, kIptc});
  resources.pop_back();
  EXPECT_EQ(without_photoshop_thumbnails(resources), resources);
}

TEST(PhotoshopThumbnails, UnparsableDataIsDropped) {
  EXPECT_TRUE(without_photoshop_thumbnails({}).empty());
  EXPECT_TRUE(without_photoshop_thumbnails(bytes_of("something else")).empty());
  Bytes wrong = joined({kHeader, kIptc});
  wrong[14] = 'X';
  EXPECT_TRUE(without_photoshop_thumbnails(wrong).empty());
  // Cut at any place inside a resource. It is complete without the padding, and a bare header is
  // fine.
  const Bytes whole = joined({kHeader, kNamed, kIptc});
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    if (size == kHeader.size() || size == kHeader.size() + kNamed.size()) continue;
    EXPECT_TRUE(without_photoshop_thumbnails(std::span(whole).first(size)).empty()) << size;
  }
}

TEST(XmpThumbnails, AreDroppedAndTheRestKept) {
  const std::string before = "<rdf:Description a=\"b\">", after = "<dc:title>t</dc:title></rdf>";
  const std::string thumbnails =
      "<xmp:Thumbnails><rdf:Alt><rdf:li xmpGImg:image=\"/9j/old\"/></rdf:Alt></xmp:Thumbnails>";
  EXPECT_EQ(without_xmp_previews(before + after), before + after);
  EXPECT_EQ(without_xmp_previews(before + thumbnails + after), before + after);
  EXPECT_EQ(without_xmp_previews(thumbnails + before + thumbnails + after), before + after);
  EXPECT_EQ(without_xmp_previews(""), "");
}

// The prefix is the writer's choice: Adobe's older programs write "xap".
TEST(XmpThumbnails, AreDroppedUnderTheOlderPrefix) {
  const std::string xmp =
      "<rdf xmlns:xap=\"http://ns.adobe.com/xap/1.0/\"><xap:Thumbnails>old</xap:Thumbnails></rdf>";
  EXPECT_EQ(without_xmp_previews(xmp).find("old"), std::string::npos);
}

TEST(XmpThumbnails, AnEmptyElementTakesNothingWithIt) {
  EXPECT_EQ(without_xmp_previews("<a><xmp:Thumbnails/><b/></a>"), "<a><b/></a>");
}

TEST(XmpThumbnails, WithoutAnEndNothingIsKept) {
  EXPECT_EQ(without_xmp_previews("<a/><xmp:Thumbnails>old</a>"), "");
}

// In the form of Google's libultrahdr.
TEST(XmpPreviews, GainMapsAreDroppedWithTheListOfTheFilesPictures) {
  const std::string begin =
      "<rdf:Description xmlns:Container=\"http://ns.google.com/photos/1.0/container/\"\n"
      "  xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\"\n"
      "  xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" a:b='c'";
  const std::string end = " d:e=\"f\" >\n<dc:title/></rdf:Description>";
  const std::string list =
      "<Container:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><Container:Item "
      "Item:Semantic=\"GainMap\" Item:Mime=\"image/jpeg\" Item:Length=\"66171\"/></rdf:li>"
      "</rdf:Seq></Container:Directory>";
  std::set<std::string> dropped;
  const std::string xmp = begin + "\n  hdrgm:Version=\"1.0\"" + " d:e=\"f\" >\n" + list +
                          "<dc:title/></rdf:Description>";
  EXPECT_EQ(without_xmp_previews(xmp, &dropped), begin + end);
  EXPECT_EQ(dropped, (std::set<std::string>{"Container:Directory", "hdrgm:Version"}));
}

TEST(XmpPreviews, MotionPhotosAndDepthMapsAreDropped) {
  const std::string begin =
      "<a xmlns:C=\"http://ns.google.com/photos/1.0/camera/\""
      " xmlns:D='http://ns.google.com/photos/1.0/depthmap/'"
      " xmlns:I = 'http://ns.google.com/photos/1.0/image/'";
  EXPECT_EQ(without_xmp_previews(begin + " C:MotionPhoto=\"1\" C:MicroVideoOffset = '7'"
                                         " C:SpecialTypeID=\"x\" D:Near=\"1\" I:Data=\"/9j/\"/>"),
            begin + " C:SpecialTypeID=\"x\"/>");
  EXPECT_EQ(
      without_xmp_previews(begin + "><C:MotionPhoto>1</C:MotionPhoto><I:Data>/9j/</I:Data>t</a>"),
      begin + ">t</a>");
}

// The namespace counts, not the prefix.
TEST(XmpPreviews, LikeNamesOfOtherNamespacesAreKept) {
  const std::string xmp =
      "<a xmlns:hdrgm=\"http://example.org/\" hdrgm:Version=\"1\" MotionPhoto=\"1\">"
      "<GDepth:Data/><!-- <xmp:Thumbnails> --><![CDATA[<xmp:Thumbnails>]]><?x <b?></a>";
  EXPECT_EQ(without_xmp_previews(xmp), xmp);
}

TEST(XmpPreviews, NestedElementsGoTogether) {
  EXPECT_EQ(without_xmp_previews("<p:Thumbnails><p:Thumbnails>1</p:Thumbnails><b>2</b><c/>3"
                                 "</p:Thumbnails>4"),
            "4");
}

TEST(XmpPreviews, CutAnywhereNothingOfThemIsKept) {
  const std::string xmp = "<a b=\"c\"><xmp:Thumbnails d='e'><f>old</f></xmp:Thumbnails></a>";
  for (std::size_t size = 0; size < xmp.size(); ++size) {
    EXPECT_EQ(without_xmp_previews(xmp.substr(0, size)).find("old"), std::string::npos) << size;
  }
  for (const std::string bad :
       {"<a b", "<a b>", "<a b=c>", "<a b=\"c>", "<!--", "<", "</a", "<a "}) {
    EXPECT_EQ(without_xmp_previews(bad), "") << bad;
  }
}

TEST(XmpExtension, IsNoLongerAnnounced) {
  const std::string begin = "<a xmlns:n=\"http://ns.adobe.com/xmp/note/\"";
  EXPECT_EQ(without_xmp_extension(begin + " n:HasExtendedXMP=\"0123\" n:other=\"1\"/>"),
            begin + " n:other=\"1\"/>");
  EXPECT_EQ(without_xmp_extension("<a b=\"c\"/>"), "<a b=\"c\"/>");
}

TEST(MakerNotePreview, IsAnyJpegThatIsNotTheThumbnail) {
  const Bytes thumbnail = bytes_of("\xff\xd8\xff\xdbthe thumbnail");
  const Bytes preview = bytes_of("\xff\xd8\xff\xe1the preview of the camera");
  const Bytes tags = bytes_of("II*... tags ...");
  EXPECT_FALSE(has_maker_note_preview({}, {}));
  EXPECT_FALSE(has_maker_note_preview(tags, {}));
  EXPECT_FALSE(has_maker_note_preview(joined({tags, thumbnail}), thumbnail));
  EXPECT_FALSE(has_maker_note_preview(joined({tags, thumbnail, tags, thumbnail}), thumbnail));
  EXPECT_TRUE(has_maker_note_preview(joined({tags, preview, tags, thumbnail}), thumbnail));
  EXPECT_TRUE(has_maker_note_preview(joined({tags, thumbnail, preview}), thumbnail));
  EXPECT_TRUE(has_maker_note_preview(joined({tags, preview}), {}));
  EXPECT_TRUE(has_maker_note_preview(joined({tags, thumbnail}), {})) << "not known as thumbnail";
  EXPECT_FALSE(has_maker_note_preview(joined({tags, bytes_of("\xff\xd8")}), {})) << "cut";
}

// Thumbnails often have a JPEG in their own metadata; it goes with them.
TEST(MakerNotePreview, APictureInsideTheThumbnailIsNoPreview) {
  const Bytes thumbnail = bytes_of("\xff\xd8\xff\xdb ... \xff\xd8\xff\xdb ... ");
  EXPECT_FALSE(has_maker_note_preview(thumbnail, thumbnail));
}

}  // namespace
}  // namespace lama::internal::codecs
