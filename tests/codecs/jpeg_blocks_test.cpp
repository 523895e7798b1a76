#include "codecs/jpeg_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "base/file.h"
#include "tests/codecs/jpeg_file.h"
#include "tests/codecs/orientation.h"
#include "tests/testing.h"

namespace lama::internal::codecs {
namespace {

using testing::append;
using testing::Bytes;
using testing::bytes_of;
using testing::jpeg_form;
using testing::JpegOptions;
using testing::make_jpeg;

/// A JPEG's coefficients, read by libjpeg without decoding.
struct Coefficients {
  struct Component {
    int id, wide, high;         ///< in blocks
    int horizontal, vertical;   ///< sampling factors
    std::vector<UINT16> table;  ///< quantisation
    std::vector<std::array<JCOEF, DCTSIZE2>> blocks;
  };
  int width, height;
  bool progressive;
  unsigned restart_interval;
  J_COLOR_SPACE colour;
  std::vector<Component> components;
  std::size_t behind;  ///< bytes after the end of the image
};

/// A JPEG file whose header libjpeg has read.
struct OpenJpeg {
  explicit OpenJpeg(const Bytes& file) {
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, file.data(), file.size());
    jpeg_read_header(&jpeg, TRUE);
  }
  ~OpenJpeg() { jpeg_destroy_decompress(&jpeg); }
  OpenJpeg(const OpenJpeg&) = delete;
  OpenJpeg& operator=(const OpenJpeg&) = delete;

  jpeg_error_mgr errors{};
  jpeg_decompress_struct jpeg{};
};

Coefficients coefficients_of(const Bytes& file) {
  OpenJpeg open(file);
  jpeg_decompress_struct& jpeg = open.jpeg;
  jvirt_barray_ptr* arrays = jpeg_read_coefficients(&jpeg);
  Coefficients all{static_cast<int>(jpeg.image_width),
                   static_cast<int>(jpeg.image_height),
                   jpeg.progressive_mode == TRUE,
                   jpeg.restart_interval,
                   jpeg.jpeg_color_space,
                   {},
                   jpeg.src->bytes_in_buffer};
  for (int c = 0; c < jpeg.num_components; ++c) {
    const jpeg_component_info& info = jpeg.comp_info[c];
    const UINT16* table = info.quant_table->quantval;
    Coefficients::Component component{info.component_id,
                                      static_cast<int>(info.width_in_blocks),
                                      static_cast<int>(info.height_in_blocks),
                                      info.h_samp_factor,
                                      info.v_samp_factor,
                                      {table, table + DCTSIZE2},
                                      {}};
    for (JDIMENSION row = 0; row < info.height_in_blocks; ++row) {
      JBLOCKARRAY blocks = jpeg.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&jpeg),
                                                        arrays[c], row, 1, FALSE);
      for (JDIMENSION column = 0; column < info.width_in_blocks; ++column) {
        component.blocks.emplace_back();
        std::copy_n(blocks[0][column], DCTSIZE2, component.blocks.back().begin());
      }
    }
    all.components.push_back(std::move(component));
  }
  EXPECT_EQ(open.errors.num_warnings, 0);
  return all;
}

/// The stored picture in the form of Image: CMYK with 0 for no ink, which Adobe's files store as
/// 255.
Image decoded(const Bytes& file) {
  OpenJpeg open(file);
  jpeg_decompress_struct& jpeg = open.jpeg;
  jpeg_start_decompress(&jpeg);
  const int channels = jpeg.output_components;
  Image image(static_cast<int>(jpeg.output_width), static_cast<int>(jpeg.output_height),
              channels == 1   ? ColourModel::grey
              : channels == 3 ? ColourModel::rgb
                              : ColourModel::cmyk,
              false, Depth::u8);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = image.bytes().data() + std::size_t{jpeg.output_scanline} * jpeg.output_width *
                                              static_cast<std::size_t>(channels);
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  if (channels == 4 && jpeg.saw_Adobe_marker) {
    for (std::uint8_t& byte : image.bytes()) byte = static_cast<std::uint8_t>(255 - byte);
  }
  return image;
}

/// Calls `visit(upright pixel, stored pixel)` for all pixels of a stored picture.
template <typename Visit>
void turn(int width, int height, int orientation, const Visit& visit) {
  const int upright_width = orientation >= 5 ? height : width;
  const int upright_height = orientation >= 5 ? width : height;
  for (int y = 0, i = 0; y < upright_height; ++y) {
    for (int x = 0; x < upright_width; ++x, ++i) {
      const auto [u, v] = testing::stored_at(orientation, x, y, width, height);
      visit(static_cast<std::size_t>(i), static_cast<std::size_t>(v * width + u));
    }
  }
}

Image upright(const Image& stored, int orientation) {
  const auto channels = static_cast<std::size_t>(stored.channels());
  Image image(orientation >= 5 ? stored.height() : stored.width(),
              orientation >= 5 ? stored.width() : stored.height(), stored.colour_model(), false,
              Depth::u8);
  turn(stored.width(), stored.height(), orientation, [&](std::size_t to, std::size_t from) {
    for (std::size_t c = 0; c < channels; ++c) {
      image.bytes()[to * channels + c] = stored.bytes()[from * channels + c];
    }
  });
  return image;
}

Mask upright(const Mask& stored, int orientation) {
  Mask mask{stored.width, stored.height, stored.missing};
  if (orientation >= 5) std::swap(mask.width, mask.height);
  turn(stored.width, stored.height, orientation,
       [&](std::size_t to, std::size_t from) { mask.missing[to] = stored.missing[from]; });
  return mask;
}

/// Waves with noise, another picture for every seed.
Image scene(int width, int height, int channels, unsigned seed) {
  Image image(width, height,
              channels == 1   ? ColourModel::grey
              : channels == 3 ? ColourModel::rgb
                              : ColourModel::cmyk,
              false, Depth::u8);
  std::mt19937 random(seed);
  std::size_t i = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double wave = 127 + 90 * std::sin(0.07 * x + 0.05 * y * (c + 1) + c + seed);
        image.bytes()[i++] = static_cast<std::uint8_t>(wave + static_cast<int>(random() % 21) - 10);
      }
    }
  }
  return image;
}

/// Two holes: a disc across many blocks, and a line of single pixels in the lower right corner.
Mask holes(int width, int height) {
  Mask mask{width, height, Bytes(static_cast<std::size_t>(width * height))};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double distance = std::hypot(x - 0.4 * width, y - 0.45 * height);
      const bool corner = x == width - 1 && y >= height - 3;
      mask.missing[static_cast<std::size_t>(y * width + x)] =
          distance < 0.2 * std::min(width, height) || corner;
    }
  }
  return mask;
}

/// `first` in missing pixels, else `second`.
Image mixed(const Image& first, const Image& second, const Mask& mask) {
  Image image = second;
  const auto channels = static_cast<std::size_t>(image.channels());
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    if (mask.missing[i / channels] != 0) image.bytes()[i] = first.bytes()[i];
  }
  return image;
}

double mean_difference(const Image& a, const Image& b, const Mask& where) {
  const auto channels = static_cast<std::size_t>(a.channels());
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    if (where.missing[i / channels] == 0) continue;
    sum += std::abs(a.bytes()[i] - b.bytes()[i]);
    ++count;
  }
  return sum / static_cast<double>(count);
}

std::vector<std::uint8_t> no_thumbnail(std::size_t) { return {}; }

struct Repaired {
  std::optional<Bytes> file;
  std::vector<std::string> notes;
};

Repaired repair(const Bytes& source, const Image& image, const Mask& mask, int orientation = 1) {
  Repaired result;
  result.file = repair_jpeg(source, image, mask, orientation,
                            {.make_thumbnail = no_thumbnail, .note = [&](const std::string& text) {
                               result.notes.push_back(text);
                             }});
  return result;
}

/// Whether a hole's pixel lies in the area of a component's block, computed slowly for all blocks.
std::vector<bool> touched(const Coefficients& jpeg, const Coefficients::Component& component,
                          const Mask& mask) {
  int most_horizontal = 0, most_vertical = 0;
  for (const auto& other : jpeg.components) {
    most_horizontal = std::max(most_horizontal, other.horizontal);
    most_vertical = std::max(most_vertical, other.vertical);
  }
  std::vector<bool> found(component.blocks.size());
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (mask.missing[static_cast<std::size_t>(y * mask.width + x)] == 0) continue;
      const int column = x * component.horizontal / most_horizontal / DCTSIZE;
      const int row = y * component.vertical / most_vertical / DCTSIZE;
      found[static_cast<std::size_t>(row * component.wide + column)] = true;
    }
  }
  return found;
}

/// The pixels that may differ: those of touched blocks, and those that decoders interpolate from
/// them (one sample further).
Mask influenced(const Coefficients& jpeg, const Mask& mask) {
  int most_horizontal = 0, most_vertical = 0;
  for (const auto& component : jpeg.components) {
    most_horizontal = std::max(most_horizontal, component.horizontal);
    most_vertical = std::max(most_vertical, component.vertical);
  }
  Mask result{mask.width, mask.height, Bytes(mask.missing.size())};
  for (const auto& component : jpeg.components) {
    const int wide = most_horizontal / component.horizontal;
    const int high = most_vertical / component.vertical;
    const std::vector<bool> blocks = touched(jpeg, component, mask);
    for (int i = 0; i < static_cast<int>(blocks.size()); ++i) {
      if (!blocks[static_cast<std::size_t>(i)]) continue;
      const int left = i % component.wide * DCTSIZE * wide;
      const int top = i / component.wide * DCTSIZE * high;
      const int more_x = wide > 1 ? wide : 0, more_y = high > 1 ? high : 0;
      for (int y = std::max(0, top - more_y);
           y < std::min(mask.height, top + DCTSIZE * high + more_y); ++y) {
        for (int x = std::max(0, left - more_x);
             x < std::min(mask.width, left + DCTSIZE * wide + more_x); ++x) {
          result.missing[static_cast<std::size_t>(y * mask.width + x)] = 1;
        }
      }
    }
  }
  return result;
}

/// Repairs a JPEG and checks everything about its form, its blocks and its pixels.
void expect_only_the_hole_changes(int width, int height, int channels, const JpegOptions& options,
                                  int orientation = 1) {
  const Bytes source = make_jpeg(scene(width, height, channels, 1), options);
  const Mask mask = holes(width, height);
  const Image old = decoded(source);
  const Image wished = mixed(scene(width, height, channels, 2), old, mask);
  const Repaired result =
      repair(source, upright(wished, orientation), upright(mask, orientation), orientation);
  ASSERT_TRUE(result.file.has_value()) << result.notes.front();
  EXPECT_TRUE(result.notes.empty()) << result.notes.front();

  const Coefficients before = coefficients_of(source), after = coefficients_of(*result.file);
  EXPECT_EQ(after.progressive, before.progressive);
  EXPECT_EQ(after.restart_interval, before.restart_interval);
  EXPECT_EQ(after.colour, before.colour);
  EXPECT_EQ(after.behind, 0U);
  EXPECT_EQ(std::pair(after.width, after.height), std::pair(before.width, before.height));
  EXPECT_EQ(jpeg_form(*result.file).tables, jpeg_form(source).tables);
  ASSERT_EQ(after.components.size(), before.components.size());
  for (std::size_t c = 0; c < before.components.size(); ++c) {
    SCOPED_TRACE("component " + std::to_string(c));
    const auto &a = before.components[c], &b = after.components[c];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(std::pair(a.horizontal, a.vertical), std::pair(b.horizontal, b.vertical));
    EXPECT_EQ(a.table, b.table);
    ASSERT_EQ(a.blocks.size(), b.blocks.size());
    const std::vector<bool> may_change = touched(before, a, mask);
    for (std::size_t i = 0; i < a.blocks.size(); ++i) {
      if (!may_change[i]) {
        ASSERT_EQ(a.blocks[i], b.blocks[i]) << "block " << i;
      }
    }
  }

  const Image now = decoded(*result.file);
  const Mask area = influenced(before, mask);
  for (std::size_t i = 0; i < now.bytes().size(); ++i) {
    if (area.missing[i / static_cast<std::size_t>(channels)] == 0) {
      ASSERT_EQ(now.bytes()[i], old.bytes()[i]) << "sample " << i;
    }
  }
  // The result is as near to the wish as libjpeg's own. Known pixels in the same blocks stay nearer
  // to their old values: they are not converted and subsampled again.
  Image for_libjpeg = wished;
  const bool adobe = channels == 4;  // libjpeg writes Adobe's marker for CMYK
  if (adobe) {
    for (std::uint8_t& byte : for_libjpeg.bytes()) byte = static_cast<std::uint8_t>(255 - byte);
  }
  const Image reencoded = decoded(make_jpeg(for_libjpeg, options));
  EXPECT_LT(mean_difference(now, wished, mask),
            1.1 * mean_difference(reencoded, wished, mask) + 0.5);
  EXPECT_GT(mean_difference(old, wished, mask), 1.5 * mean_difference(now, wished, mask));
  Mask known = area;
  for (std::size_t i = 0; i < known.missing.size(); ++i) {
    if (mask.missing[i] != 0) known.missing[i] = 0;
  }
  EXPECT_LT(mean_difference(now, old, known), mean_difference(reencoded, old, known) + 0.5);
}

using Factors = std::vector<std::pair<int, int>>;

TEST(JpegBlocks, OfEverySamplingStayOutsideTheHole) {
  const std::pair<std::string, Factors> samplings[] = {
      {"4:4:4", {{1, 1}, {1, 1}, {1, 1}}},
      {"4:2:2", {{2, 1}, {1, 1}, {1, 1}}},
      {"4:2:0", {{2, 2}, {1, 1}, {1, 1}}},
      {"4:4:0", {{1, 2}, {1, 1}, {1, 1}}},
      {"4:1:1", {{4, 1}, {1, 1}, {1, 1}}},
      {"4:1:0", {{4, 2}, {1, 1}, {1, 1}}},
      {"a third", {{3, 1}, {1, 1}, {1, 1}}},
      {"a third and a half", {{3, 2}, {1, 1}, {1, 1}}},
      {"Cb and Cr unlike", {{2, 2}, {2, 1}, {1, 2}}},
      {"luma is the coarse one", {{1, 1}, {2, 2}, {2, 1}}},
      {"4:4:4 by larger factors", {{1, 2}, {1, 2}, {1, 2}}}};
  for (const auto& [name, factors] : samplings) {
    // Sizes that are not multiples of the MCU, one that is, and one smaller than any.
    for (const auto& [width, height] : {std::pair{101, 67}, {96, 64}, {50, 97}, {7, 5}}) {
      for (const bool progressive : {false, true}) {
        SCOPED_TRACE(name + ", " + std::to_string(width) + " x " + std::to_string(height) +
                     (progressive ? ", progressive" : ""));
        expect_only_the_hole_changes(width, height, 3,
                                     {.progressive = progressive, .factors = factors});
      }
    }
  }
}

TEST(JpegBlocks, OfEveryKindOfColourStayOutsideTheHole) {
  for (const bool progressive : {false, true}) {
    for (const int sampling : {1, 2}) {
      SCOPED_TRACE("sampling " + std::to_string(sampling));
      const JpegOptions plain{.sampling = sampling, .progressive = progressive};
      expect_only_the_hole_changes(83, 59, 1, plain);
      JpegOptions options = plain;
      options.stored_as = JCS_RGB;
      expect_only_the_hole_changes(83, 59, 3, options);
      options.stored_as = JCS_CMYK;
      expect_only_the_hole_changes(83, 59, 4, options);
      options.stored_as = JCS_YCCK;
      if (sampling == 2) options.factors = {{2, 2}, {1, 1}, {1, 1}, {2, 2}};
      expect_only_the_hole_changes(83, 59, 4, options);
    }
  }
}

TEST(JpegBlocks, AreFoundInEveryOrientation) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE("orientation " + std::to_string(orientation));
    expect_only_the_hole_changes(101, 67, 3, {.factors = {{2, 1}, {1, 1}, {1, 1}}}, orientation);
  }
}

TEST(JpegBlocks, StayWithAnyQuantisationTable) {
  std::vector<unsigned> rising(DCTSIZE2), wide(DCTSIZE2);
  for (unsigned i = 0; i < DCTSIZE2; ++i) {
    rising[i] = 1 + i / 3;
    wide[i] = i < 40 ? 2 : 256 + 50 * i;  // beyond 255: stored in 16 bits
  }
  expect_only_the_hole_changes(101, 67, 3, {.sampling = 2, .tables = {rising}});
  expect_only_the_hole_changes(101, 67, 3, {.sampling = 2, .tables = {wide, rising}});
  expect_only_the_hole_changes(101, 67, 1, {.tables = {wide}});
  for (const int quality : {1, 25, 60, 100}) {
    SCOPED_TRACE("quality " + std::to_string(quality));
    expect_only_the_hole_changes(101, 67, 3, {.quality = quality, .sampling = 2});
  }
}

TEST(JpegBlocks, StayWithRestartIntervals) {
  for (const unsigned interval : {1U, 3U, 100U}) {
    for (const bool progressive : {false, true}) {
      expect_only_the_hole_changes(
          101, 67, 3, {.sampling = 2, .progressive = progressive, .restart_interval = interval});
    }
  }
}

TEST(JpegBlocks, OnePixelRemakesOneBlockOfEachComponent) {
  const Bytes source = make_jpeg(scene(64, 64, 3, 1), {.quality = 100, .sampling = 2});
  Mask mask{64, 64, Bytes(64 * 64)};
  mask.missing[20 * 64 + 30] = 1;
  Image image = decoded(source);
  for (int c = 0; c < 3; ++c)
    image.bytes()[static_cast<std::size_t>((20 * 64 + 30) * 3 + c)] ^= 128;
  const Repaired result = repair(source, image, mask);
  ASSERT_TRUE(result.file.has_value());
  const Coefficients before = coefficients_of(source), after = coefficients_of(*result.file);
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<std::size_t> changed;
    for (std::size_t i = 0; i < before.components[c].blocks.size(); ++i) {
      if (before.components[c].blocks[i] != after.components[c].blocks[i]) changed.push_back(i);
    }
    // Luma: row 2 of 8 blocks, column 3. Chroma: row 1 of 4 blocks, column 1.
    EXPECT_EQ(changed, std::vector<std::size_t>{c == 0 ? 2U * 8 + 3 : 4U + 1}) << c;
  }
}

TEST(JpegBlocks, WithoutAHoleAllStay) {
  const Bytes source = make_jpeg(scene(64, 48, 3, 1), {.sampling = 2});
  const Repaired result =
      repair(source, scene(64, 48, 3, 2), {64, 48, Bytes(std::size_t{64} * 48)});
  ASSERT_TRUE(result.file.has_value());
  EXPECT_EQ(decoded(*result.file).bytes(), decoded(source).bytes());
}

// Known pixels come from the source: the repair ignores their values in `image`.
TEST(JpegBlocks, OnlyReplacedPixelsAreRead) {
  const Bytes source = make_jpeg(scene(80, 60, 3, 1), {.sampling = 2});
  const Mask mask = holes(80, 60);
  const Image fill = scene(80, 60, 3, 2);
  const auto one = repair(source, mixed(fill, decoded(source), mask), mask);
  const auto other = repair(source, mixed(fill, scene(80, 60, 3, 3), mask), mask);
  ASSERT_TRUE(one.file.has_value());
  EXPECT_EQ(one.file, other.file);
}

// The block's content is equal within the rounding of libjpeg's own integer transform.
TEST(JpegBlocks, EqualLibjpegs) {
  for (const bool grey : {true, false}) {
    const int channels = grey ? 1 : 3;
    const JpegOptions options{.quality = 100, .sampling = grey ? 1 : 2};
    const Image wished = scene(64, 48, channels, 2);
    const Bytes source = make_jpeg(scene(64, 48, channels, 1), options);
    const auto all = repair(source, wished, {64, 48, Bytes(std::size_t{64} * 48, 1)});
    ASSERT_TRUE(all.file.has_value());
    const Coefficients ours = coefficients_of(*all.file);
    const Coefficients libjpegs = coefficients_of(make_jpeg(wished, options));
    for (std::size_t c = 0; c < ours.components.size(); ++c) {
      for (std::size_t i = 0; i < ours.components[c].blocks.size(); ++i) {
        for (std::size_t k = 0; k < DCTSIZE2; ++k) {
          // libjpeg rounds every sample to an integer: a difference of up to half a level, which
          // adds up to at most 4 in a coefficient, and much less in practice.
          EXPECT_NEAR(ours.components[c].blocks[i][k], libjpegs.components[c].blocks[i][k], 2);
        }
      }
    }
  }
}

// --- Other parts of the file ---

TEST(JpegSegments, OfTheSourceComeInTheirOrder) {
  const std::vector<testing::JpegSegment> segments = {
      {0xfe, bytes_of("a comment")},
      {0xe1, bytes_of({"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", 20})},
      {0xe2, bytes_of({"ICC_PROFILE\0\x01\x01profile", 21})},
      {0xec, bytes_of("Ducky")},
      {0xfe, bytes_of("")},
      {0xfe, bytes_of("another")}};
  const Bytes source = make_jpeg(scene(40, 30, 3, 1), {.segments = segments});
  const Repaired result = repair(source, scene(40, 30, 3, 2), holes(40, 30));
  ASSERT_TRUE(result.file.has_value());
  EXPECT_TRUE(result.notes.empty());
  const auto is_metadata = [](int marker) { return (marker & 0xf0) == 0xe0 || marker == 0xfe; };
  std::vector<std::pair<int, Bytes>> before, after;
  for (const auto& s : testing::jpeg_segments(source)) {
    if (is_metadata(s.marker)) before.emplace_back(s.marker, s.data);
  }
  for (const auto& s : testing::jpeg_segments(*result.file)) {
    if (is_metadata(s.marker)) after.emplace_back(s.marker, s.data);
  }
  EXPECT_EQ(before.size(), segments.size() + 1) << "and JFIF";
  EXPECT_EQ(after, before);
}

TEST(JpegSegments, NothingFollowsThePicture) {
  Bytes source = make_jpeg(scene(40, 30, 3, 1));
  append(source, make_jpeg(scene(40, 30, 3, 1)));
  const Repaired result = repair(source, scene(40, 30, 3, 2), holes(40, 30));
  ASSERT_TRUE(result.file.has_value());
  EXPECT_EQ(coefficients_of(*result.file).behind, 0U);
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_NE(result.notes[0].find("after the picture"), std::string::npos);
}

// --- Impossible repairs ---

/// The only note gives the reason.
void expect_impossible(const Repaired& result, const std::string& reason) {
  EXPECT_FALSE(result.file.has_value());
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_NE(result.notes[0].find("encoded again"), std::string::npos) << result.notes[0];
  EXPECT_NE(result.notes[0].find(reason), std::string::npos) << result.notes[0];
}

TEST(JpegRepair, LeavesOtherKindsAlone) {
  const Image image = scene(40, 30, 3, 1);
  const Mask mask = holes(40, 30);
  const Bytes source = make_jpeg(image);
  expect_impossible(repair(make_jpeg(image, {.arithmetic = true}), image, mask), "arithmetic");
  expect_impossible(repair(source, scene(40, 31, 3, 1), holes(40, 31)), "another kind");
  expect_impossible(repair(source, scene(40, 30, 1, 1), mask), "another kind");
  expect_impossible(repair(source, image, mask, 6), "another kind");
  expect_impossible(repair(source, image, holes(30, 40)), "another kind");
  expect_impossible(repair({}, image, mask), "libjpeg");
  Bytes zero = source;
  const Bytes table = {0xff, 0xdb};
  *(std::search(zero.begin(), zero.end(), table.begin(), table.end()) + 2 + 2 + 1 + 7) = 0;
  expect_impossible(repair(zero, image, mask), "by zero");
}

TEST(JpegRepair, LeavesIncompleteProgressivePicturesAlone) {
  const Image image = scene(64, 48, 3, 1);
  const Bytes whole = make_jpeg(image, {.progressive = true});
  // Without its last scan, but with an end.
  const Bytes scan = {0xff, 0xda};
  const auto last = std::find_end(whole.begin(), whole.end(), scan.begin(), scan.end());
  Bytes cut(whole.begin(), last);
  append(cut, Bytes{0xff, 0xd9});
  const auto result = repair(cut, image, holes(64, 48));
  expect_impossible(result, "incomplete");
}

// A decoder takes this coefficient, and an encoder does not: it gives up after the metadata, when
// its output has outgrown its first buffer.
TEST(JpegRepair, EndsIfACoefficientCannotBeWritten) {
  const Image image = scene(16, 8, 1, 1);
  Bytes source = make_jpeg(image, {.segments = {{0xe1, Bytes(40000, 'x')}}});
  const Bytes tables = {0xff, 0xc4};
  source.erase(std::search(source.begin(), source.end(), tables.begin(), tables.end()),
               source.end());
  append(source, Bytes{0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                       0x00,  // DC: 0
                       0xff, 0xc4, 0, 21, 0x10, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                       0x00, 0x0c,                              // AC
                       0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 63, 0,  // the scan
                       // Block 0: DC 0; AC of category 12: 2048; its end. Block 1: DC 0; its end.
                       0b0'01'10000, 0b0000'0000, 0b00'0'00'111, 0xff, 0xd9});
  Mask mask{16, 8, Bytes(16 * 8)};
  mask.missing[12] = 1;
  expect_impossible(repair(source, image, mask), "coefficient out of range");
}

TEST(JpegRepair, EndsWhateverTheDamage) {
  const Image image = scene(64, 48, 3, 1);
  const Mask mask = holes(64, 48);
  for (const bool progressive : {false, true}) {
    const Bytes whole = make_jpeg(image, {.progressive = progressive, .restart_interval = 2});
    for (std::size_t size = 0; size < whole.size(); size += 41) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(repair(cut, image, mask).file.has_value()) << size;
    }
    std::mt19937 random(5);
    for (int i = 0; i < 500; ++i) {
      Bytes damaged = whole;
      for (auto n = random() % 3 + 1; n > 0; --n) {
        damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      }
      repair(damaged, image, mask);
    }
  }
}

// A real photograph, from a camera's own encoder or another program.
TEST(SlowJpegBlocks, OfAPhotographStayOutsideTheHole) {
  const Bytes source =
      read_file(std::filesystem::path(LAMA_SOURCE_DIR) / "examples/bridge.jpg", SIZE_MAX);
  const Image old = decoded(source);
  const Mask mask = holes(old.width(), old.height());
  const auto result =
      repair(source, mixed(scene(old.width(), old.height(), 3, 2), old, mask), mask);
  ASSERT_TRUE(result.file.has_value());
  const Coefficients before = coefficients_of(source), after = coefficients_of(*result.file);
  for (std::size_t c = 0; c < before.components.size(); ++c) {
    const std::vector<bool> may_change = touched(before, before.components[c], mask);
    for (std::size_t i = 0; i < may_change.size(); ++i) {
      if (may_change[i]) continue;
      ASSERT_EQ(before.components[c].blocks[i], after.components[c].blocks[i]);
    }
  }
}

}  // namespace
}  // namespace lama::internal::codecs
