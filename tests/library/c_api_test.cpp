// The C interface, include/lama/lama.h.
#include <lama/lama.h>

#include <barrier>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/library/buffers.h"
#include "tests/registry/environment.h"
#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::Buffer;
using testing::Hole;

struct Close {
  void operator()(lama_model* model) const { lama_close(model); }
};
using Handle = std::unique_ptr<lama_model, Close>;

std::string shallow() { return testing::data("networks/shallow.safetensors").string(); }

Handle open_model() {
  lama_model* model = nullptr;
  EXPECT_EQ(lama_open(shallow().c_str(), 2, LAMA_PRECISION_F32, &model), LAMA_OK)
      << lama_error_text(model);
  EXPECT_STREQ(lama_error_text(model), "");
  return Handle(model);
}

lama_picture picture_of(const Picture& picture) {
  return {.struct_size = sizeof(lama_picture),
          .pixels = picture.pixels,
          .width = picture.width,
          .height = picture.height,
          .layout = static_cast<std::int32_t>(picture.layout),
          .sample = static_cast<std::int32_t>(picture.sample),
          .stride = picture.stride};
}

lama_mask mask_of(const Hole& hole) {
  return {.struct_size = sizeof(lama_mask),
          .values = hole.values.data(),
          .width = hole.width,
          .height = hole.height,
          .stride = 0};
}

lama_options default_options() {
  lama_options options{};
  options.struct_size = sizeof options;
  return options;
}

// The numbers of both interfaces are the same, in every layout, sample type and option.
TEST(CApi, GivesWhatTheCppInterfaceGives) {
  const Handle handle = open_model();
  Model model(shallow(), 1);
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  const std::pair<std::int32_t, Layout> layouts[] = {
      {LAMA_GREY, Layout::grey}, {LAMA_GREY_ALPHA, Layout::grey_alpha},
      {LAMA_RGB, Layout::rgb},   {LAMA_RGBA, Layout::rgba},
      {LAMA_BGR, Layout::bgr},   {LAMA_BGRA, Layout::bgra},
      {LAMA_RGBX, Layout::rgbx}, {LAMA_BGRX, Layout::bgrx}};
  const std::pair<std::int32_t, Sample> samples[] = {
      {LAMA_U8, Sample::u8}, {LAMA_U16, Sample::u16}, {LAMA_F32, Sample::f32}};
  for (const auto& [number, layout] : layouts) {
    for (const auto& [sample_number, sample] : samples) {
      Buffer expected(layout, sample, 3, true), filled(layout, sample, 3, true);
      model.inpaint(expected.picture(), hole.mask(), expected.output());
      lama_picture picture = picture_of(filled.picture());
      picture.layout = number;
      picture.sample = sample_number;
      ASSERT_EQ(lama_inpaint(handle.get(), &picture, &mask, filled.output().pixels,
                             filled.output().stride, nullptr),
                LAMA_OK)
          << lama_error_text(handle.get());
      ASSERT_EQ(filled.bytes(), expected.bytes()) << number << " " << sample_number;
    }
  }
}

TEST(CApi, HandsEveryOptionThrough) {
  const Handle handle = open_model();
  Model model(shallow(), 1);
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  const auto check = [&](const lama_options& options, const Options& same) {
    Buffer expected(Layout::rgba, Sample::u8), filled(Layout::rgba, Sample::u8);
    const bool by_mask = !same.fill_transparent;
    model.inpaint(expected.picture(), by_mask ? hole.mask() : MaskValues(), expected.output(),
                  same);
    const lama_picture picture = picture_of(filled.picture());
    ASSERT_EQ(lama_inpaint(handle.get(), &picture, by_mask ? &mask : nullptr,
                           filled.output().pixels, 0, &options),
              LAMA_OK)
        << lama_error_text(handle.get());
    EXPECT_EQ(filled.bytes(), expected.bytes());
    EXPECT_NE(filled.bytes(), Buffer(Layout::rgba, Sample::u8).bytes());
  };
  lama_options options = default_options();
  check(options, {});
  options.dilate = 4;
  options.feather = 3;
  check(options, {.dilate = 4, .feather = 3});
  options.dilate = LAMA_NONE;
  check(options, {.dilate = 0, .feather = 3});
  options.feather = LAMA_NONE;
  check(options, {.dilate = 0, .feather = 0});
  options = default_options();
  options.invert_mask = 1;
  options.mask_threshold = 1;
  check(options, {.mask_threshold = 1, .invert_mask = true});
  options = default_options();
  options.published = 1;
  check(options, {.published = true});
  options = default_options();
  options.fill_transparent = 1;
  check(options, {.fill_transparent = true});
  for (const auto& [number, strategy] :
       {std::pair(LAMA_STRATEGY_FULL, Options::Strategy::full),
        std::pair(LAMA_STRATEGY_CROP, Options::Strategy::crop),
        std::pair(LAMA_STRATEGY_RESIZE, Options::Strategy::resize)}) {
    options = default_options();
    options.strategy = number;
    options.memory_limit = 1'000'000'000;
    check(options, {.strategy = strategy, .memory_limit = 1'000'000'000});
  }
  // With too little memory only the whole picture as it is fails.
  Buffer buffer(Layout::rgba, Sample::u8);
  const lama_picture whole = picture_of(buffer.picture());
  options.strategy = LAMA_STRATEGY_FULL;
  options.memory_limit = 1000;
  EXPECT_EQ(lama_inpaint(handle.get(), &whole, &mask, buffer.output().pixels, 0, &options),
            LAMA_FAILED);
  EXPECT_NE(std::strstr(lama_error_text(handle.get()), "memory"), nullptr);
}

TEST(CApi, TellsProgressAndStops) {
  const Handle handle = open_model();
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  Buffer buffer(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  const lama_picture picture = picture_of(buffer.picture());
  lama_options options = default_options();
  struct Progress {
    double last = 0, stop = 0.5;
  } progress;
  options.user = &progress;
  options.progress = [](double done, void* user) {
    auto* state = static_cast<Progress*>(user);
    state->last = done;
    return done < state->stop ? 1 : 0;
  };
  const auto run = [&] {
    return lama_inpaint(handle.get(), &picture, &mask, buffer.output().pixels, 0, &options);
  };
  EXPECT_EQ(run(), LAMA_CANCELLED);
  EXPECT_STREQ(lama_error_text(handle.get()), "cancelled");
  EXPECT_GE(progress.last, 0.5);
  EXPECT_LT(progress.last, 1);
  EXPECT_EQ(buffer.bytes(), before);
  progress.stop = 2;
  EXPECT_EQ(run(), LAMA_OK);
  EXPECT_STREQ(lama_error_text(handle.get()), "");
  EXPECT_DOUBLE_EQ(progress.last, 1);
  EXPECT_NE(buffer.bytes(), before);
  // Exceptions of a callback that is written in C++ do not get out.
  options.progress = [](double, void*) -> int { throw std::runtime_error("mine"); };
  EXPECT_EQ(run(), LAMA_FAILED);
  EXPECT_STREQ(lama_error_text(handle.get()), "mine");
  options.progress = [](double, void*) -> int { throw 1; };
  EXPECT_EQ(run(), LAMA_FAILED);
}

TEST(CApi, TellsTheProgressOfOpeningAndStops) {
  struct Progress {
    int calls = 0, stop = 0;
    double last = 0;
  } progress;
  lama_open_options options{};
  options.struct_size = sizeof options;
  options.threads = 1;
  options.user = &progress;
  options.progress = [](double done, void* user) {
    auto* state = static_cast<Progress*>(user);
    state->last = done;
    return ++state->calls == state->stop ? 0 : 1;
  };
  lama_model* model = nullptr;
  ASSERT_EQ(lama_open_with(shallow().c_str(), &options, &model), LAMA_OK) << lama_error_text(model);
  EXPECT_GT(progress.calls, 5);
  EXPECT_DOUBLE_EQ(progress.last, 1);
  lama_close(model);
  progress = {.calls = 0, .stop = 2, .last = 0};
  EXPECT_EQ(lama_open_with(shallow().c_str(), &options, &model), LAMA_CANCELLED);
  EXPECT_STREQ(lama_error_text(model), "cancelled");
  EXPECT_EQ(progress.calls, 2);
  lama_close(model);
  // A file that fails by itself is not cancelled.
  EXPECT_EQ(lama_open_with("/nowhere", &options, &model), LAMA_FAILED);
  lama_close(model);
  options.precision = 7;
  EXPECT_EQ(lama_open_with(shallow().c_str(), &options, &model), LAMA_BAD_ARGUMENT);
  lama_close(model);
  options = {};
  EXPECT_EQ(lama_open_with(shallow().c_str(), &options, &model), LAMA_BAD_ARGUMENT);
  EXPECT_NE(std::strstr(lama_error_text(model), "struct_size"), nullptr);
  lama_close(model);
  EXPECT_EQ(lama_open_with(shallow().c_str(), nullptr, &model), LAMA_OK);
  lama_close(model);
  EXPECT_EQ(lama_open_with(shallow().c_str(), nullptr, nullptr), LAMA_BAD_ARGUMENT);
}

TEST(CApi, SharesWeights) {
  Handle handle = open_model();
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  Buffer expected(Layout::rgb, Sample::u8), filled(Layout::rgb, Sample::u8);
  lama_picture picture = picture_of(expected.picture());
  ASSERT_EQ(lama_inpaint(handle.get(), &picture, &mask, expected.output().pixels, 0, nullptr),
            LAMA_OK);
  lama_model* made = nullptr;
  ASSERT_EQ(lama_share(handle.get(), 1, &made), LAMA_OK) << lama_error_text(made);
  const Handle shared(made);
  handle.reset();
  picture = picture_of(filled.picture());
  EXPECT_EQ(lama_inpaint(made, &picture, &mask, filled.output().pixels, 0, nullptr), LAMA_OK);
  EXPECT_EQ(filled.bytes(), expected.bytes());
  lama_model* none = nullptr;
  EXPECT_EQ(lama_share(made, 5000, &none), LAMA_BAD_ARGUMENT);
  EXPECT_NE(std::strstr(lama_error_text(none), "threads"), nullptr);
  lama_close(none);
  EXPECT_EQ(lama_share(nullptr, 1, &none), LAMA_BAD_ARGUMENT);
  lama_close(none);
  EXPECT_EQ(lama_share(made, 1, nullptr), LAMA_BAD_ARGUMENT);
}

TEST(CApi, LogsAndEstimates) {
  const Handle handle = open_model();
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  Buffer buffer(Layout::rgb, Sample::u8);
  const lama_picture picture = picture_of(buffer.picture());
  struct {
    lama_estimate estimate;
    std::uint64_t of_a_later_version;
  } larger = {{}, 7};
  lama_estimate& estimate = larger.estimate;
  estimate.struct_size = sizeof larger;
  ASSERT_EQ(lama_estimate_inpaint(handle.get(), &picture, &mask, nullptr, &estimate), LAMA_OK)
      << lama_error_text(handle.get());
  EXPECT_EQ(larger.of_a_later_version, 0U);
  EXPECT_LT(estimate.seconds, 0);
  std::vector<std::string> sentences;
  lama_options options = default_options();
  options.user = &sentences;
  options.log = [](const char* sentence, void* user) {
    static_cast<std::vector<std::string>*>(user)->emplace_back(sentence);
  };
  ASSERT_EQ(lama_inpaint(handle.get(), &picture, &mask, buffer.output().pixels, 0, &options),
            LAMA_OK);
  ASSERT_GE(sentences.size(), 2U);
  EXPECT_EQ(sentences.front(), "full: the whole picture, 45 x 38 pixels");
  ASSERT_EQ(lama_estimate_inpaint(handle.get(), &picture, &mask, &options, &estimate), LAMA_OK);
  EXPECT_GT(estimate.seconds, 0);
  options.strategy = LAMA_STRATEGY_FULL;
  options.memory_limit = estimate.memory;
  EXPECT_EQ(lama_estimate_inpaint(handle.get(), &picture, &mask, &options, &estimate), LAMA_OK);
  --options.memory_limit;
  EXPECT_EQ(lama_estimate_inpaint(handle.get(), &picture, &mask, &options, &estimate), LAMA_FAILED);
  EXPECT_NE(std::strstr(lama_error_text(handle.get()), "the memory limit is"), nullptr);
  estimate.struct_size = 0;
  EXPECT_EQ(lama_estimate_inpaint(handle.get(), &picture, &mask, nullptr, &estimate),
            LAMA_BAD_ARGUMENT);
  EXPECT_EQ(lama_estimate_inpaint(handle.get(), &picture, &mask, nullptr, nullptr),
            LAMA_BAD_ARGUMENT);
  EXPECT_EQ(lama_estimate_inpaint(nullptr, &picture, &mask, nullptr, &estimate), LAMA_BAD_ARGUMENT);
}

TEST(CApi, SaysWhatAModelIs) {
  const Handle handle = open_model();
  const Model model(shallow(), 1);
  struct {
    lama_info info;
    std::uint64_t of_a_later_version;
  } larger = {{}, 7};
  larger.info.struct_size = sizeof larger;
  ASSERT_EQ(lama_get_info(handle.get(), &larger.info), LAMA_OK);
  EXPECT_EQ(larger.info.struct_size, sizeof larger);
  EXPECT_EQ(larger.info.name, shallow());
  EXPECT_EQ(larger.info.description, model.description());
  EXPECT_EQ(larger.info.parameter_count, model.parameter_count());
  EXPECT_EQ(larger.info.size_multiple, 8);
  EXPECT_EQ(larger.of_a_later_version, 0U);
  lama_info unset{};
  EXPECT_EQ(lama_get_info(handle.get(), &unset), LAMA_BAD_ARGUMENT);
  EXPECT_EQ(lama_get_info(handle.get(), nullptr), LAMA_BAD_ARGUMENT);
  EXPECT_STREQ(lama_version(), version());
}

TEST(CApi, OpensBytes) {
  std::ifstream file(shallow(), std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  lama_open_options options{};
  options.struct_size = sizeof options;
  options.threads = 1;
  options.safetensors = bytes.data();
  options.size = bytes.size();
  lama_model* model = nullptr;
  EXPECT_EQ(lama_open_with("mine", &options, &model), LAMA_OK) << lama_error_text(model);
  lama_info info{};
  info.struct_size = sizeof info;
  ASSERT_EQ(lama_get_info(model, &info), LAMA_OK);
  EXPECT_STREQ(info.name, "mine");
  lama_close(model);
  EXPECT_EQ(lama_open_with(nullptr, &options, &model), LAMA_BAD_ARGUMENT);
  EXPECT_NE(std::strstr(lama_error_text(model), "name of the bytes"), nullptr);
  lama_close(model);
  --options.size;
  EXPECT_EQ(lama_open_with("mine", &options, &model), LAMA_FAILED);
  EXPECT_NE(std::strstr(lama_error_text(model), "mine"), nullptr);
  lama_close(model);
}

TEST(CApi, OpensTheDefaultModel) {
  const testing::ModelEnvironment environment;
  for (const char* path : {static_cast<const char*>(nullptr), "embedded"}) {
    lama_model* model = nullptr;
    ASSERT_EQ(lama_open(path, 1, LAMA_PRECISION_F32, &model), LAMA_OK) << lama_error_text(model);
    const Handle handle(model);
    lama_info info{};
    info.struct_size = sizeof info;
    ASSERT_EQ(lama_get_info(model, &info), LAMA_OK);
    EXPECT_STREQ(info.name, "embedded");
  }
}

TEST(CApi, SaysWhyAModelDoesNotOpen) {
  lama_model* model = nullptr;
  EXPECT_EQ(lama_open("/nowhere", 0, LAMA_PRECISION_F32, &model), LAMA_FAILED);
  EXPECT_NE(std::strstr(lama_error_text(model), "/nowhere"), nullptr);
  // A handle without a model refuses work and does not crash.
  Buffer buffer(Layout::rgb, Sample::u8);
  const Hole hole;
  const lama_picture picture = picture_of(buffer.picture());
  const lama_mask mask = mask_of(hole);
  EXPECT_EQ(lama_inpaint(model, &picture, &mask, buffer.output().pixels, 0, nullptr),
            LAMA_BAD_ARGUMENT);
  lama_info info{};
  info.struct_size = sizeof info;
  EXPECT_EQ(lama_get_info(model, &info), LAMA_BAD_ARGUMENT);
  lama_close(model);
  EXPECT_EQ(lama_open(shallow().c_str(), -3, LAMA_PRECISION_F32, &model), LAMA_BAD_ARGUMENT);
  lama_close(model);
  EXPECT_EQ(lama_open(shallow().c_str(), 0, 7, &model), LAMA_BAD_ARGUMENT);
  EXPECT_STREQ(lama_error_text(model),
               "precision takes LAMA_PRECISION_F32 or LAMA_PRECISION_BF16, not 7");
  lama_close(model);
  EXPECT_EQ(lama_open(shallow().c_str(), 0, LAMA_PRECISION_F32, nullptr), LAMA_BAD_ARGUMENT);
  EXPECT_STRNE(lama_error_text(nullptr), "");
  lama_close(nullptr);
}

TEST(CApi, KeepsTheTextOfAnErrorUntilTheModelIsClosed) {
  const Handle handle = open_model();
  EXPECT_EQ(lama_get_info(handle.get(), nullptr), LAMA_BAD_ARGUMENT);
  const char* first = lama_error_text(handle.get());
  const std::string copy = first;
  EXPECT_NE(copy, "");
  // More different errors than a model keeps.
  for (std::size_t i = 0; i < 3000; ++i) {
    lama_info info{};
    info.struct_size = 5000 + i;
    EXPECT_EQ(lama_get_info(handle.get(), &info), LAMA_BAD_ARGUMENT);
    EXPECT_STRNE(lama_error_text(handle.get()), "");
  }
  EXPECT_EQ(first, copy);
  lama_info info{};
  info.struct_size = sizeof info;
  EXPECT_EQ(lama_get_info(handle.get(), &info), LAMA_OK);
  EXPECT_STREQ(lama_error_text(handle.get()), "");
  EXPECT_EQ(first, copy);
}

TEST(CApi, GivesEachThreadTheErrorOfItsOwnCall) {
  const Handle handle = open_model();
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  std::barrier together(4);
  const auto fill = [&](bool wrong) {
    Buffer buffer(Layout::rgb, Sample::u8);
    lama_picture picture = picture_of(buffer.picture());
    if (wrong) picture.layout = 0;
    together.arrive_and_wait();
    for (int i = 0; i < 8; ++i) {
      const lama_status status =
          lama_inpaint(handle.get(), &picture, &mask, buffer.output().pixels, 0, nullptr);
      EXPECT_EQ(status, wrong ? LAMA_BAD_ARGUMENT : LAMA_OK);
      const std::string text = lama_error_text(handle.get());
      EXPECT_EQ(text.find("layout 0") != std::string::npos, wrong) << text;
    }
  };
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (const bool wrong : {true, false, true, false}) threads.emplace_back(fill, wrong);
}

TEST(CApi, GivesAnotherThreadTheErrorOfTheLastCall) {
  const Handle handle = open_model();
  std::jthread([&] { lama_get_info(handle.get(), nullptr); }).join();
  std::string text;
  std::jthread([&] { text = lama_error_text(handle.get()); }).join();
  EXPECT_NE(text.find("lama_info is a null pointer"), std::string::npos) << text;
}

// Systems give an ended thread's id to the next one.
TEST(CApi, ForgetsEndedThreads) {
  const Handle handle = open_model();
  std::jthread([&] { lama_get_info(handle.get(), nullptr); }).join();
  lama_info info = {};
  info.struct_size = sizeof info;
  EXPECT_EQ(lama_get_info(handle.get(), &info), LAMA_OK);
  std::string text = "none";
  std::jthread([&] { text = lama_error_text(handle.get()); }).join();
  EXPECT_EQ(text, "") << "the last call of all threads did not fail";
}

TEST(CApi, RefusesBadArguments) {
  const Handle handle = open_model();
  const Hole hole;
  Buffer buffer(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  void* pixels = buffer.output().pixels;
  const lama_picture picture = picture_of(buffer.picture());
  const lama_mask mask = mask_of(hole);
  lama_options options = default_options();
  const auto refused = [&](const lama_picture* p, const lama_mask* m, void* output,
                           const lama_options* o, const std::string& word) {
    EXPECT_EQ(lama_inpaint(handle.get(), p, m, output, 0, o), LAMA_BAD_ARGUMENT) << word;
    const std::string text = lama_error_text(handle.get());
    EXPECT_NE(text.find(word), std::string::npos) << text;
  };
  EXPECT_EQ(lama_inpaint(nullptr, &picture, &mask, pixels, 0, nullptr), LAMA_BAD_ARGUMENT);
  refused(nullptr, &mask, pixels, nullptr, "lama_picture is a null");
  refused(&picture, nullptr, pixels, nullptr, "lama_mask is a null");
  refused(&picture, &mask, nullptr, nullptr, "output is a null");
  lama_picture changed = picture;
  changed.layout = 0;
  refused(&changed, &mask, pixels, nullptr, "layout 0");
  changed = picture;
  changed.sample = -1;
  refused(&changed, &mask, pixels, nullptr, "type -1");
  lama_mask smaller = mask;
  smaller.width = 3;
  refused(&picture, &smaller, pixels, nullptr, "3 x 38");
  options.strategy = 99;
  refused(&picture, &mask, pixels, &options, "not 99");
  options = default_options();
  options.mask_threshold = -1;
  refused(&picture, &mask, pixels, &options, "mask_threshold");
  options = default_options();
  options.fill_transparent = 1;
  refused(&picture, &mask, pixels, &options, "give no mask");

  for (const std::size_t size : {std::size_t{0}, sizeof picture - 1, std::size_t{1} << 40}) {
    changed = picture;
    changed.struct_size = size;
    refused(&changed, &mask, pixels, nullptr, "lama_picture.struct_size");
  }
  smaller = mask;
  smaller.struct_size = 8;
  refused(&picture, &smaller, pixels, nullptr, "lama_mask.struct_size");
  options = default_options();
  options.struct_size = 16;
  refused(&picture, &mask, pixels, &options, "lama_options.struct_size");
  EXPECT_EQ(buffer.bytes(), before);
}

// A program that was compiled with a later version: fields that are not known here must be unset.
TEST(CApi, TakesStructsOfLaterVersionsUnlessTheirNewFieldsAreSet) {
  const Handle handle = open_model();
  const Hole hole;
  const lama_mask mask = mask_of(hole);
  Buffer buffer(Layout::rgb, Sample::u8);
  const lama_picture picture = picture_of(buffer.picture());
  struct {
    lama_options options;
    std::int32_t of_a_later_version[2];
  } later = {default_options(), {0, 0}};
  later.options.struct_size = sizeof later;
  const auto run = [&] {
    return lama_inpaint(handle.get(), &picture, &mask, buffer.output().pixels, 0, &later.options);
  };
  EXPECT_EQ(run(), LAMA_OK) << lama_error_text(handle.get());
  later.of_a_later_version[1] = 1;
  EXPECT_EQ(run(), LAMA_BAD_ARGUMENT);
  EXPECT_NE(std::strstr(lama_error_text(handle.get()), "does not know"), nullptr);
}

}  // namespace
}  // namespace lama::internal
