// The C++ interface, include/lama/lama.hpp.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <lama/lama.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "codecs/picture.h"
#include "engine/network.h"
#include "inpaint/inpaint.h"
#include "tests/cli/run_program.h"
#include "tests/library/buffers.h"
#include "tests/registry/environment.h"
#include "weights/model_file.h"

namespace lama::internal {
namespace {

using testing::Buffer;
using testing::Hole;
using testing::kHeight;
using testing::kWidth;

Model open_model() { return Model(testing::data("networks/shallow.safetensors"), 2); }

std::vector<std::uint8_t> file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The message of the Expected that `work` throws.
template <typename Expected>
std::string thrown(const std::function<void()>& work) {
  try {
    work();
  } catch (const Expected& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

struct Kind {
  Layout layout;
  Sample sample;
};

class ModelLayouts : public ::testing::TestWithParam<Kind> {};

TEST_P(ModelLayouts, FillsTheHoleAndNothingElse) {
  const auto [layout, sample] = GetParam();
  const Buffer before(layout, sample);
  Buffer filled(layout, sample);
  Model model = open_model();
  const Hole hole;
  ASSERT_TRUE(
      model.inpaint(filled.picture(), hole.mask(), filled.output(), {.dilate = 0, .feather = 0}));
  int changed = 0;
  const std::vector<int> order = testing::order_of(layout);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      if (!Hole::is_hole(x, y)) {
        ASSERT_EQ(filled.pixel(x, y), before.pixel(x, y)) << x << ", " << y;
        continue;
      }
      changed += filled.pixel(x, y) != before.pixel(x, y) ? 1 : 0;
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (order[i] >= 3) {
          ASSERT_EQ(filled.at(x, y, i), before.at(x, y, i));
        }
      }
    }
  }
  EXPECT_GT(changed, 18 * 18 * 9 / 10);
}

// Every layout and sample type shows the network the same picture, within 8 bits.
TEST_P(ModelLayouts, GivesWhatOtherLayoutsGive) {
  const auto [layout, sample] = GetParam();
  const std::vector<int> order = testing::order_of(layout);
  const bool grey = order.size() < 3;  // shows other colours
  Model model = open_model();
  const Hole hole;
  Buffer expected(grey ? Layout::grey : Layout::rgb, Sample::f32), filled(layout, sample);
  model.inpaint(expected.picture(), hole.mask(), expected.output());
  model.inpaint(filled.picture(), hole.mask(), filled.output());
  for (int y = 7; y < 25; ++y) {
    for (int x = 12; x < 30; ++x) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (order[i] > 2) continue;
        // Inputs differ by up to 1/255, and the network is no contraction: three steps.
        ASSERT_NEAR(filled.at(x, y, i), expected.at(x, y, static_cast<std::size_t>(order[i])),
                    3.0 / 255)
            << x << ", " << y << ", " << i;
      }
    }
  }
}

TEST_P(ModelLayouts, TakesPaddedRowsBottomUpRowsAndAnOutputOfItsOwn) {
  const auto [layout, sample] = GetParam();
  Model model = open_model();
  const Hole hole;
  Buffer plain(layout, sample);
  ASSERT_TRUE(model.inpaint(plain.picture(), hole.mask(), plain.output()));
  const Buffer padded(layout, sample, 7);
  const std::vector<std::uint8_t> before = padded.bytes();
  Buffer bottom_up(layout, sample, 3, true, kWidth, kHeight);
  ASSERT_TRUE(model.inpaint(padded.picture(), hole.mask(), bottom_up.output()));
  EXPECT_EQ(padded.bytes(), before) << "the input was written to";
  EXPECT_TRUE(bottom_up.padding_is_untouched());
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      ASSERT_EQ(bottom_up.pixel(x, y), plain.pixel(x, y)) << x << ", " << y;
    }
  }
  Buffer in_place(layout, sample, 5, true);
  ASSERT_TRUE(model.inpaint(in_place.picture(), hole.mask(), in_place.output()));
  EXPECT_TRUE(in_place.padding_is_untouched());
  EXPECT_EQ(in_place.pixel(20, 20), plain.pixel(20, 20));
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds;
  for (const Layout layout : {Layout::grey, Layout::grey_alpha, Layout::rgb, Layout::rgba,
                              Layout::bgr, Layout::bgra, Layout::rgbx, Layout::bgrx}) {
    for (const Sample sample : {Sample::u8, Sample::u16, Sample::f32}) {
      kinds.push_back({layout, sample});
    }
  }
  return kinds;
}

std::string name_of(const ::testing::TestParamInfo<Kind>& kind) {
  constexpr std::array kLayouts = {"grey", "grey_alpha", "rgb",  "rgba",
                                   "bgr",  "bgra",       "rgbx", "bgrx"};
  constexpr std::array kSamples = {"u8", "u16", "f32"};
  return std::string(kLayouts.at(static_cast<std::size_t>(kind.param.layout) - 1)) + "_" +
         kSamples.at(static_cast<std::size_t>(kind.param.sample));
}

INSTANTIATE_TEST_SUITE_P(All, ModelLayouts, ::testing::ValuesIn(all_kinds()), name_of);

// The bits are those of the procedure inside, with every option handed through.
TEST(Model, GivesWhatTheProcedureInsideGives) {
  const auto inner_model = weights::open_model(testing::data("networks/shallow.safetensors"));
  const Backend network(
      std::make_shared<const engine::Network>(inner_model.network, *inner_model.tensors, 1));
  Model model = open_model();
  const Hole hole;
  const Buffer buffer(Layout::rgba, Sample::u16);
  Image image(kWidth, kHeight, 4, Depth::u16);
  std::copy(buffer.bytes().begin() + 1, buffer.bytes().end(), image.bytes().begin());
  Image values(kWidth, kHeight, 1, Depth::u8);
  values.bytes() = hole.values;
  for (const bool published : {false, true}) {
    const InpaintOptions inner{
        .dilate = 2, .feather = 3, .strategy = Strategy::crop, .published = published};
    const Options outer{
        .dilate = 2, .feather = 3, .strategy = Options::Strategy::crop, .published = published};
    const Inpainted expected = inpaint(network, image, mask_from(values), inner);
    Buffer filled(Layout::rgba, Sample::u16);
    ASSERT_TRUE(model.inpaint(buffer.picture(), hole.mask(), filled.output(), outer));
    EXPECT_TRUE(std::equal(filled.bytes().begin() + 1, filled.bytes().end(),
                           expected.image.bytes().begin(), expected.image.bytes().end()));
  }
}

TEST(Model, GivesWhatTheProgramGives) {
  const testing::TemporaryFolder folder;
  const auto path = testing::data("published/odd.png"),
             mask_path = testing::data("published/odd_mask.png");
  const auto run = testing::run_program({"inpaint", path.string(), mask_path.string(), "-o",
                                         (folder / "out.png").string(), "--model",
                                         testing::data("networks/shallow.safetensors").string()});
  ASSERT_EQ(run.code, 0) << run.err;
  const Image expected = codecs::read_picture(folder / "out.png", "photo").image;

  Image image = codecs::read_picture(path, "photo").image;
  const Mask missing = mask_from(codecs::read_picture(mask_path, "mask").image);
  std::vector<std::uint8_t> values = missing.missing;
  for (std::uint8_t& value : values) value = value != 0 ? 255 : 0;
  ASSERT_EQ(image.channels(), 3);
  std::uint8_t* pixels = image.bytes().data();
  Model model = open_model();
  ASSERT_TRUE(model.inpaint({pixels, image.width(), image.height()},
                            {values.data(), image.width(), image.height()}, {pixels}));
  EXPECT_EQ(image.bytes(), expected.bytes());
}

TEST(Model, SaysWhatItIs) {
  const auto path = testing::data("networks/shallow.safetensors");
  const Model model = open_model();
  const auto inner = weights::open_model(path);
  EXPECT_EQ(model.name(), path.string());
  EXPECT_EQ(model.description(), model::describe(inner.network.config));
  EXPECT_EQ(model.parameter_count(), inner.parameter_count());
  EXPECT_EQ(model.size_multiple(), 8);
  EXPECT_STREQ(version(), LAMA_VERSION);
}

TEST(Model, WithoutAFileIsTheBestInstalledOneElseTheEmbeddedOne) {
  const testing::ModelEnvironment environment;
  const Hole hole;
  Buffer by_default(Layout::rgb, Sample::u8), by_name(Layout::rgb, Sample::u8),
      from_file(Layout::rgb, Sample::u8);
  Model model(1), named("embedded", 1);
  Model file(testing::fs::path(LAMA_SOURCE_DIR) / "models/embedded.safetensors", 1);
  EXPECT_EQ(model.name(), "embedded");
  // As published, so that the network fills whatever hole.
  const Options published{.published = true};
  model.inpaint(by_default.picture(), hole.mask(), by_default.output(), published);
  named.inpaint(by_name.picture(), hole.mask(), by_name.output(), published);
  file.inpaint(from_file.picture(), hole.mask(), from_file.output(), published);
  EXPECT_EQ(by_default.bytes(), from_file.bytes());
  EXPECT_EQ(by_name.bytes(), from_file.bytes());

  environment.put(".cache/lama/big-lama.safetensors",
                  testing::data("networks/shallow.safetensors"));
  EXPECT_EQ(Model().name(), "big-lama");
  EXPECT_EQ(Model("big-lama").name(), "big-lama");
  EXPECT_EQ(Model("embedded").name(), "embedded");
  const testing::Variable variable("LAMA_MODEL", "embedded");
  EXPECT_EQ(Model().name(), "embedded");
  EXPECT_NE(thrown<std::invalid_argument>([] { Model(""); }), "");
  EXPECT_NE(thrown<std::runtime_error>([] { Model("lama-fourier"); }), "");
}

TEST(Model, PatchesFillWithoutANetwork) {
  const Hole hole;
  Buffer filled(Layout::rgb, Sample::u8);
  const auto before = filled.bytes();
  Model model("patches", 1);
  EXPECT_EQ(model.name(), "patches");
  EXPECT_EQ(model.parameter_count(), 0U);
  EXPECT_EQ(model.size_multiple(), 1);
  model.inpaint(filled.picture(), hole.mask(), filled.output());
  EXPECT_NE(filled.bytes(), before);
  EXPECT_NE(thrown<std::runtime_error>([&] {
              model.inpaint(filled.picture(), hole.mask(), filled.output(), {.published = true});
            }),
            "");
}

TEST(Model, OpensBytesWhichMayGoAfterwards) {
  const Hole hole;
  Buffer from_file(Layout::rgb, Sample::u8), from_bytes(Layout::rgb, Sample::u8);
  Model model = open_model();
  model.inpaint(from_file.picture(), hole.mask(), from_file.output());
  auto bytes = file_bytes(testing::data("networks/shallow.safetensors"));
  Model second(bytes.data(), bytes.size(), "mine", 1);
  bytes.assign(bytes.size(), 0xff);
  bytes.clear();
  bytes.shrink_to_fit();
  EXPECT_EQ(second.name(), "mine");
  second.inpaint(from_bytes.picture(), hole.mask(), from_bytes.output());
  EXPECT_EQ(from_file.bytes(), from_bytes.bytes());
}

TEST(Model, CanBeMoved) {
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  Model first = open_model();
  Model second = std::move(first);
  first = open_model();
  std::swap(first, second);
  EXPECT_TRUE(first.inpaint(buffer.picture(), hole.mask(), buffer.output()));
}

TEST(Model, TellsItsProgress) {
  Model model = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  std::vector<double> shares;
  const auto caller = std::this_thread::get_id();
  const Options options{.progress = [&](double done) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    shares.push_back(done);
    return true;
  }};
  ASSERT_TRUE(model.inpaint(buffer.picture(), hole.mask(), buffer.output(), options));
  ASSERT_GT(shares.size(), 5U);
  EXPECT_GT(shares.front(), 0);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_DOUBLE_EQ(shares.back(), 1);
}

TEST(Model, TellsTheProgressOfOpening) {
  const auto path = testing::data("networks/shallow.safetensors");
  const auto bytes = file_bytes(path);
  const auto caller = std::this_thread::get_id();
  std::vector<double> shares;
  const OpenProgress progress = [&](double done) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    shares.push_back(done);
    return true;
  };
  const auto check = [&](const std::function<void()>& open) {
    shares.clear();
    open();
    ASSERT_GT(shares.size(), 5U);
    EXPECT_GT(shares.front(), 0);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    EXPECT_DOUBLE_EQ(shares.back(), 1);
  };
  check([&] { Model(path, 1, Precision::f32, progress); });
  check([&] { Model(bytes.data(), bytes.size(), "mine", 1, Precision::f32, progress); });
  const testing::ModelEnvironment environment;
  check([&] { Model(1, Precision::f32, progress); });
  shares.clear();
  Model("patches", 1, Precision::f32, progress);
  EXPECT_EQ(shares, std::vector<double>{1});
}

TEST(Model, StopsOpeningWhenToldSo) {
  const auto path = testing::data("networks/shallow.safetensors");
  for (const int threads : {1, 4}) {
    int calls = 0;
    const OpenProgress stop = [&](double) { return ++calls < 1; };
    EXPECT_EQ(thrown<std::runtime_error>([&] { Model(path, threads, Precision::f32, stop); }),
              "cancelled");
    EXPECT_EQ(calls, 1);
  }
  EXPECT_EQ(thrown<std::runtime_error>(
                [] { Model("patches", 1, Precision::f32, [](double) { return false; }); }),
            "cancelled");
  EXPECT_THROW(Model(path, 1, Precision::f32, [](double) -> bool { throw std::string("mine"); }),
               std::string);
}

TEST(Model, SharesItsWeightsWithModelsThatFillBesideIt) {
  const Hole hole;
  auto first = std::make_unique<Model>(open_model());
  Buffer expected(Layout::rgb, Sample::u8);
  first->inpaint(expected.picture(), hole.mask(), expected.output());
  Model second = first->share(1), third = second.share();
  EXPECT_EQ(second.name(), first->name());
  EXPECT_EQ(second.description(), first->description());
  EXPECT_EQ(second.parameter_count(), first->parameter_count());
  EXPECT_EQ(second.size_multiple(), first->size_multiple());
  // Inside a fill of one, another one fills: they take no turns.
  Buffer outer(Layout::rgb, Sample::u8), inner(Layout::rgb, Sample::u8);
  bool filled = false;
  first->inpaint(outer.picture(), hole.mask(), outer.output(), {.progress = [&](double) {
                   if (!filled) {
                     filled = second.inpaint(inner.picture(), hole.mask(), inner.output());
                   }
                   return true;
                 }});
  EXPECT_EQ(outer.bytes(), expected.bytes());
  EXPECT_EQ(inner.bytes(), expected.bytes());
  // The weights outlive the first model.
  first.reset();
  Buffer later(Layout::rgb, Sample::u8);
  third.inpaint(later.picture(), hole.mask(), later.output());
  EXPECT_EQ(later.bytes(), expected.bytes());
  EXPECT_NE(thrown<std::invalid_argument>([&] { second.share(-1); }), "");
}

TEST(Model, SharesTheRuleForThickHoles) {
  Model model("embedded", 1);
  Model shared = model.share(1);
  const Hole hole;
  Buffer expected(Layout::rgb, Sample::u8), filled(Layout::rgb, Sample::u8);
  model.inpaint(expected.picture(), hole.mask(), expected.output());
  shared.inpaint(filled.picture(), hole.mask(), filled.output());
  EXPECT_EQ(filled.bytes(), expected.bytes());
}

TEST(Model, LogsItsDecisionsBeforeItWrites) {
  Model model = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  std::vector<std::string> sentences;
  const auto caller = std::this_thread::get_id();
  model.inpaint(buffer.picture(), hole.mask(), buffer.output(),
                {.log = [&](const std::string& sentence) {
                  EXPECT_EQ(std::this_thread::get_id(), caller);
                  EXPECT_EQ(buffer.bytes(), before);
                  sentences.push_back(sentence);
                }});
  ASSERT_GE(sentences.size(), 2U);
  EXPECT_EQ(sentences.front(), "full: the whole picture, 45 x 38 pixels");
  Buffer untouched(Layout::rgb, Sample::u8);
  EXPECT_THROW(model.inpaint(untouched.picture(), hole.mask(), untouched.output(),
                             {.log = [](const std::string&) { throw std::string("mine"); }}),
               std::string);
  EXPECT_EQ(untouched.bytes(), before);
}

// The estimate is exact: it is the least limit under which the whole picture is seen.
TEST(Model, EstimatesTheMemoryAsTheLimitCountsIt) {
  Model model = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  Options options{.strategy = Options::Strategy::full};
  const std::size_t memory = model.estimate(buffer.picture(), hole.mask(), options).memory;
  EXPECT_GT(memory, 100'000U);
  options.memory_limit = memory;
  EXPECT_EQ(model.estimate(buffer.picture(), hole.mask(), options).memory, memory);
  EXPECT_TRUE(model.inpaint(buffer.picture(), hole.mask(), buffer.output(), options));
  options.memory_limit = memory - 1;
  const auto too_little = [](const std::function<void()>& work) {
    const std::string text = thrown<std::runtime_error>(work);
    EXPECT_NE(text.find("the memory limit is"), std::string::npos) << text;
  };
  too_little([&] { model.estimate(buffer.picture(), hole.mask(), options); });
  too_little([&] { model.inpaint(buffer.picture(), hole.mask(), buffer.output(), options); });
}

TEST(Model, EstimatesFromTheArgumentsOfAFill) {
  Model model = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgba, Sample::u8);
  Picture without_pixels = buffer.picture();
  without_pixels.pixels = nullptr;
  const Estimate whole = model.estimate(without_pixels, hole.mask());
  EXPECT_GT(whole.memory, 0U);
  // The transparent part is in the pixels.
  EXPECT_EQ(model.estimate(buffer.picture(), {}, {.fill_transparent = true}).memory, whole.memory);
  EXPECT_NE(thrown<std::invalid_argument>(
                [&] { model.estimate(without_pixels, {}, {.fill_transparent = true}); }),
            "");
  EXPECT_NE(thrown<std::invalid_argument>(
                [&] { model.estimate(buffer.picture(), hole.mask(), {.dilate = -1}); }),
            "");
  std::array<Picture, 3> wrong = {without_pixels, without_pixels, without_pixels};
  wrong[0].layout = static_cast<Layout>(9);
  wrong[1].sample = static_cast<Sample>(3);
  wrong[2].stride = kWidth;
  for (const Picture& picture : wrong) {
    EXPECT_NE(thrown<std::invalid_argument>([&] { model.estimate(picture, hole.mask()); }), "");
  }
  const std::vector<std::uint8_t> none(kWidth * kHeight);
  const Estimate nothing = model.estimate(buffer.picture(), {none.data(), kWidth, kHeight}, {});
  EXPECT_EQ(nothing.memory, 0U);
  EXPECT_EQ(nothing.seconds, 0);
  EXPECT_GT(Model("patches", 1).estimate(buffer.picture(), hole.mask()).memory, 0U);
}

TEST(Model, EstimatesTheTimeFromItsLastFill) {
  const Hole hole;
  const int factor = 3;
  const std::vector<std::uint8_t> large(kWidth * factor * kHeight * factor, 255);
  for (Model& model : std::array<Model, 2>{open_model(), Model("patches", 1)}) {
    Buffer buffer(Layout::rgb, Sample::u8);
    EXPECT_EQ(model.estimate(buffer.picture(), hole.mask()).seconds, std::nullopt);
    model.inpaint(buffer.picture(), hole.mask(), buffer.output());
    const Estimate same = model.estimate(buffer.picture(), hole.mask());
    ASSERT_TRUE(same.seconds);
    EXPECT_GT(*same.seconds, 0);
    // Nine times as many pixels.
    const Estimate larger = model.estimate({nullptr, kWidth * factor, kHeight * factor},
                                           {large.data(), kWidth * factor, kHeight * factor},
                                           {.strategy = Options::Strategy::full});
    EXPECT_NEAR(*larger.seconds / *same.seconds, factor * factor, 1e-6);
    // Another model has not measured anything.
    EXPECT_EQ(model.share(1).estimate(buffer.picture(), hole.mask()).seconds, std::nullopt);
  }
}

TEST(Model, StopsWhenToldSoAndWorksAgain) {
  Model model = open_model();
  const Hole hole;
  Buffer expected(Layout::rgb, Sample::u8), buffer(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  ASSERT_TRUE(model.inpaint(expected.picture(), hole.mask(), expected.output()));
  for (const double stop : {0.0, 0.5, 1.0}) {
    const Options cancel{.progress = [stop](double done) { return done < stop; }};
    EXPECT_FALSE(model.inpaint(buffer.picture(), hole.mask(), buffer.output(), cancel));
    EXPECT_EQ(buffer.bytes(), before) << "written before the end";
  }
  const Options throwing{.progress = [](double) -> bool { throw std::string("mine"); }};
  EXPECT_THROW(model.inpaint(buffer.picture(), hole.mask(), buffer.output(), throwing),
               std::string);
  EXPECT_EQ(buffer.bytes(), before);
  ASSERT_TRUE(model.inpaint(buffer.picture(), hole.mask(), buffer.output()));
  EXPECT_EQ(buffer.bytes(), expected.bytes());
}

TEST(Model, ReadsMasksByThresholdStrideAndInverted) {
  Model model = open_model();
  Buffer expected(Layout::rgb, Sample::u8);
  const Hole hole;
  model.inpaint(expected.picture(), hole.mask(), expected.output());
  // Bottom up, rows 50 bytes apart: 77 of 255 is missing from a threshold of 0.3 on.
  std::vector<std::uint8_t> values(50 * kHeight, 255), inverted = values;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const auto at = static_cast<std::size_t>((kHeight - 1 - y) * 50 + x);
      values[at] = Hole::is_hole(x, y) ? 77 : 76;
      inverted[at] = Hole::is_hole(x, y) ? 76 : 77;
    }
  }
  for (const bool invert : {false, true}) {
    Buffer buffer(Layout::rgb, Sample::u8);
    const MaskValues mask{(invert ? inverted : values).data() + 50 * (kHeight - 1), kWidth, kHeight,
                          -50};
    const Options options{.mask_threshold = 0.3, .invert_mask = invert};
    ASSERT_TRUE(model.inpaint(buffer.picture(), mask, buffer.output(), options));
    EXPECT_EQ(buffer.bytes(), expected.bytes());
  }
  // At half of 255 nothing is missing; as published everything above 0 is.
  Buffer buffer(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  const MaskValues faint{values.data(), kWidth, kHeight, 50};
  ASSERT_TRUE(model.inpaint(buffer.picture(), faint, buffer.output()));
  EXPECT_EQ(buffer.bytes(), before);
  ASSERT_TRUE(model.inpaint(buffer.picture(), faint, buffer.output(), {.published = true}));
  EXPECT_NE(buffer.pixel(0, 0), Buffer(Layout::rgb, Sample::u8).pixel(0, 0));
}

TEST(Model, CopiesEverythingWithAnEmptyMask) {
  Model model = open_model();
  const std::vector<std::uint8_t> nothing(kWidth * kHeight);
  const Buffer before(Layout::bgrx, Sample::f32);
  Buffer output(Layout::bgrx, Sample::f32);
  ASSERT_TRUE(model.inpaint(before.picture(), {nothing.data(), kWidth, kHeight}, output.output()));
  EXPECT_EQ(output.bytes(), before.bytes());
}

TEST(Model, KeepsKnownFloatsThatAreNoNumbersOrOutOfRange) {
  Model model = open_model();
  const Hole hole;
  std::vector<float> pixels(kWidth * kHeight, 0.5F);
  pixels[0] = std::numeric_limits<float>::quiet_NaN();
  pixels[1] = -3;
  pixels[2] = 7.5F;
  pixels[20 * kWidth + 20] = std::numeric_limits<float>::quiet_NaN();
  const Picture picture{pixels.data(), kWidth, kHeight, Layout::grey, Sample::f32};
  ASSERT_TRUE(model.inpaint(picture, hole.mask(), {pixels.data()}));
  EXPECT_TRUE(std::isnan(pixels[0]));
  EXPECT_EQ(pixels[1], -3);
  EXPECT_EQ(pixels[2], 7.5F);
  EXPECT_TRUE(std::isfinite(pixels[20 * kWidth + 20]));
}

TEST(Model, FillsWhatIsTransparentAndMakesItOpaque) {
  Model model = open_model();
  Buffer buffer(Layout::bgra, Sample::u8);  // a quarter opaque in its first five columns
  ASSERT_TRUE(
      model.inpaint(buffer.picture(), {}, buffer.output(), Options{.fill_transparent = true}));
  const Buffer before(Layout::bgra, Sample::u8);
  EXPECT_EQ(buffer.at(2, 2, 3), 1);
  EXPECT_NE(buffer.pixel(2, 2), before.pixel(2, 2));
  EXPECT_EQ(buffer.pixel(9, 9), before.pixel(9, 9));
  const Buffer no_alpha(Layout::bgrx, Sample::u8);
  EXPECT_NE(thrown<std::invalid_argument>([&] {
              model.inpaint(no_alpha.picture(), {}, buffer.output(), {.fill_transparent = true});
            }).find("alpha"),
            std::string::npos);
}

/// Whether `work` is true in a child process, which is killed if it takes a minute.
bool holds_in_child(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    try {
      _exit(work() ? 0 : 1);
    } catch (...) {
      _exit(2);  // the other tests are the parent's
    }
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

TEST(Model, IsRefusedAndDestroyedInAChildProcess) {
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  auto model = std::make_unique<Model>(open_model());  // with a thread, which a child lacks
  const auto refused_and_destroyed = [&] {
    const std::string text = thrown<std::runtime_error>(
        [&] { model->inpaint(buffer.picture(), hole.mask(), buffer.output()); });
    model.reset();
    return text.find("fork()") != std::string::npos;
  };
  bool in_child = false;
  const auto fork_during_the_fill = [&](double) {
    return in_child = in_child || holds_in_child(refused_and_destroyed);
  };
  EXPECT_TRUE(model->inpaint(buffer.picture(), hole.mask(), buffer.output(),
                             {.progress = fork_during_the_fill}));
}

TEST(Model, SharesItsWeightsWithAChildProcess) {
  const Hole hole;
  Buffer expected(Layout::rgb, Sample::u8);
  Model model = open_model();
  model.inpaint(expected.picture(), hole.mask(), expected.output());
  EXPECT_TRUE(holds_in_child([&] {
    Buffer buffer(Layout::rgb, Sample::u8);
    model.share(1).inpaint(buffer.picture(), hole.mask(), buffer.output());
    return buffer.bytes() == expected.bytes();
  }));
}

TEST(Model, RunsInSeveralThreadsEachWithItsOwn) {
  const Hole hole;
  Buffer expected(Layout::rgb, Sample::u8);
  Model alone = open_model();
  alone.inpaint(expected.picture(), hole.mask(), expected.output());
  std::array<Buffer, 3> buffers{Buffer(Layout::rgb, Sample::u8), Buffer(Layout::rgb, Sample::u8),
                                Buffer(Layout::rgb, Sample::u8)};
  {
    std::vector<std::jthread> threads;
    for (Buffer& buffer : buffers) {
      threads.emplace_back([&buffer, &hole] {
        Model model = open_model();
        for (int i = 0; i < 2; ++i) {
          model.inpaint(Buffer(Layout::rgb, Sample::u8).picture(), hole.mask(), buffer.output());
        }
      });
    }
  }
  for (const Buffer& buffer : buffers) EXPECT_EQ(buffer.bytes(), expected.bytes());
}

TEST(Model, FillsForSeveralThreadsInTurn) {
  const Hole hole;
  Buffer expected(Layout::rgb, Sample::u8);
  Model model = open_model();
  model.inpaint(expected.picture(), hole.mask(), expected.output());
  std::array<Buffer, 4> buffers{Buffer(Layout::rgb, Sample::u8), Buffer(Layout::rgb, Sample::u8),
                                Buffer(Layout::rgb, Sample::u8), Buffer(Layout::rgb, Sample::u8)};
  {
    std::barrier together(4);
    std::vector<std::jthread> threads;
    threads.reserve(buffers.size());
    for (Buffer& buffer : buffers) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        for (int i = 0; i < 8; ++i) {
          model.inpaint(Buffer(Layout::rgb, Sample::u8).picture(), hole.mask(), buffer.output());
        }
      });
    }
  }
  for (const Buffer& buffer : buffers) EXPECT_EQ(buffer.bytes(), expected.bytes());
}

void expect_refusal_inside_progress(Model& model) {
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8), inner(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  const auto fill_again = [&](double) {
    return model.inpaint(inner.picture(), hole.mask(), inner.output());
  };
  EXPECT_NE(thrown<std::runtime_error>([&] {
              model.inpaint(buffer.picture(), hole.mask(), buffer.output(),
                            {.progress = fill_again});
            }).find("cannot run it again"),
            std::string::npos);
  EXPECT_EQ(buffer.bytes(), before);
  EXPECT_EQ(inner.bytes(), before);
  EXPECT_TRUE(model.inpaint(buffer.picture(), hole.mask(), buffer.output()));
}

TEST(Model, RefusesToFillInsideItsOwnProgress) {
  Model network = open_model(), copies("patches", 1);
  expect_refusal_inside_progress(network);
  expect_refusal_inside_progress(copies);
}

TEST(Model, RefusesAnOutputThatOverlapsThePicture) {
  const Hole hole;
  Model model = open_model();
  constexpr std::ptrdiff_t kLine = 3 * kWidth, kStride = 2 * kLine;
  const Buffer picture(Layout::rgb, Sample::u8);
  // Two pictures beside each other, and one below them.
  std::vector<std::uint8_t> memory(static_cast<std::size_t>(kStride * 2 * kHeight));
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const std::vector<std::uint8_t> pixel = picture.pixel(x, y);
      std::copy(pixel.begin(), pixel.end(), memory.begin() + y * kStride + 3 * x);
    }
  }
  std::uint8_t* first = memory.data();
  const Picture left{first, kWidth, kHeight, Layout::rgb, Sample::u8, kStride};
  const std::vector<std::uint8_t> before = memory;
  const std::vector<Output> overlapping = {
      {first + 1, kStride},                                 // a byte further
      {first + kLine - 1, kStride},                         // the last byte of each row
      {first + kStride, kStride},                           // a row further
      {first + (kHeight - 1) * kStride, kStride},           // the last row
      {first + (kHeight - 1) * kStride, -kStride},          // upside down
      {first + (kHeight - 1) * kStride + kLine - 1, kLine}  // another stride
  };
  for (const Output& output : overlapping) {
    EXPECT_NE(thrown<std::invalid_argument>([&] {
                model.inpaint(left, hole.mask(), output);
              }).find("overlaps the picture"),
              std::string::npos);
  }
  EXPECT_EQ(memory, before);
  Buffer alone(Layout::rgb, Sample::u8);
  model.inpaint(picture.picture(), hole.mask(), alone.output());
  for (const std::ptrdiff_t at : {kLine, kHeight * kStride}) {
    memory = before;
    first = memory.data();
    model.inpaint({memory.data(), kWidth, kHeight, Layout::rgb, Sample::u8, kStride}, hole.mask(),
                  {memory.data() + at, kStride});
    for (int y = 0; y < kHeight; ++y) {
      const auto row = memory.begin() + at + y * kStride;
      EXPECT_TRUE(std::equal(row, row + kLine, alone.bytes().begin() + 1 + y * kLine)) << y;
    }
  }
}

TEST(Model, RefusesWhatIsNotAsDescribed) {
  Model model = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u16);
  const std::vector<std::uint8_t> before = buffer.bytes();
  const Picture good = buffer.picture();
  const MaskValues mask = hole.mask();
  const auto refused = [&](const Picture& picture, const MaskValues& values, const Output& output,
                           const Options& options, const char* word) {
    const std::string text =
        thrown<std::invalid_argument>([&] { model.inpaint(picture, values, output, options); });
    EXPECT_NE(text.find(word), std::string::npos) << text;
  };
  const auto picture = [&](auto&& change) {
    Picture changed = good;
    change(changed);
    return changed;
  };
  const Output out = buffer.output();
  refused(picture([](Picture& p) { p.pixels = nullptr; }), mask, out, {}, "picture is a null");
  refused(picture([](Picture& p) { p.width = 0; }), mask, out, {}, "0 x 38");
  refused(picture([](Picture& p) { p.height = -1; }), mask, out, {}, "45 x -1");
  refused(picture([](Picture& p) { p.width = 1'000'001; }), mask, out, {}, "1000001");
  refused(picture([](Picture& p) { p.stride = 6 * kWidth - 1; }), mask, out, {}, "stride is 269");
  refused(picture([](Picture& p) { p.stride = -6; }), mask, out, {}, "stride is -6");
  for (const std::ptrdiff_t far : {PTRDIFF_MAX, PTRDIFF_MIN, PTRDIFF_MAX / kHeight}) {
    refused(picture([far](Picture& p) { p.stride = far; }), mask, out, {}, "too many for 38 rows");
    refused(good, {hole.values.data(), kWidth, kHeight, far}, out, {}, "mask's stride is");
    refused(good, mask, {out.pixels, far}, {}, "output's stride is");
  }
  refused(picture([](Picture& p) { p.layout = static_cast<Layout>(0); }), mask, out, {},
          "layout 0");
  refused(picture([](Picture& p) { p.sample = static_cast<Sample>(9); }), mask, out, {}, "type 9");
  refused(picture([](Picture& p) { p.stride = 6 * kWidth; }), mask, {out.pixels, 999}, {},
          "another stride");
  refused(good, {}, out, {}, "mask is 0 x 0");
  refused(good, {nullptr, kWidth, kHeight}, out, {}, "mask is a null");
  refused(good, {hole.values.data(), kHeight, kWidth}, out, {},
          "45 x 38 pixels and the mask 38 x 45");
  refused(good, {hole.values.data(), kWidth, kHeight, 44}, out, {}, "mask's stride is 44");
  refused(good, mask, {}, {}, "output is a null");
  refused(good, mask, {out.pixels, 3}, {}, "output's stride");
  refused(good, mask, out, {.mask_threshold = 0}, "mask_threshold");
  refused(good, mask, out, {.mask_threshold = std::nan("")}, "mask_threshold");
  refused(good, mask, out, {.dilate = -1}, "not -1");
  refused(good, mask, out, {.feather = 1001}, "not 1001");
  refused(good, mask, out, {.strategy = static_cast<Options::Strategy>(7)}, "not 7");
  refused(good, mask, out, {.fill_transparent = true}, "give no mask");
  EXPECT_EQ(buffer.bytes(), before);
  thrown<std::invalid_argument>([] { Model(nullptr, 5, "x"); });
  thrown<std::invalid_argument>([] { Model("x", -1); });
  thrown<std::invalid_argument>([] { Model("x", 1025); });
}

TEST(Model, SaysWhatWentWrong) {
  EXPECT_NE(
      thrown<std::runtime_error>([] { Model("/nowhere/big-lama"); }).find("/nowhere/big-lama"),
      std::string::npos);
  EXPECT_NE(thrown<std::runtime_error>([] { Model("abcdefghijkl", 12, "mine"); }).find("mine"),
            std::string::npos);
  Model model = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  const std::string text = thrown<std::runtime_error>([&] {
    model.inpaint(buffer.picture(), hole.mask(), buffer.output(),
                  {.strategy = Options::Strategy::full, .memory_limit = 1000});
  });
  EXPECT_NE(text.find("the memory limit is 1 kB"), std::string::npos) << text;
}

}  // namespace
}  // namespace lama::internal
