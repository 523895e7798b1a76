#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/sanitized.h"
#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::contains;
using testing::differences;
using testing::Finished;
using testing::get;
using testing::put;
using testing::put_mask;
using testing::put_noise;
using testing::read_image;
using testing::run_program;
using testing::small_model;
using testing::TemporaryFolder;
using testing::fs::path;
namespace fs = std::filesystem;

/// Runs `lama inpaint` with the small network. Holes do not grow, so that pixels can be counted,
/// unless `arguments` set growth.
Finished inpaint(std::vector<std::string> arguments, const testing::RunOptions& options = {}) {
  const auto has = [&arguments](const char* option) {
    return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
  };
  for (const char* option : {"--dilate", "--feather"}) {
    if (!has(option)) arguments.insert(arguments.begin(), {option, "0"});
  }
  arguments.insert(arguments.begin(), {"inpaint", "--model", small_model()});
  return run_program(arguments, options);
}

/// A folder with a photo, its mask, and a folder for results.
class InpaintProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "out");
    put_noise(folder_ / "photo.png", 40, 30);
    put_mask(folder_ / "mask.png", 40, 30, 10, 8, 25, 20);
    // Also as JPEG, written by the codecs.
    const auto photo = codecs::read_picture(folder_ / "photo.png", "photo");
    codecs::write_picture(folder_ / "photo.jpg", photo.image, photo, {.quality = 80});
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  std::ptrdiff_t results() const {
    return std::distance(fs::directory_iterator(folder_ / "out"), fs::directory_iterator());
  }
  TemporaryFolder folder_;
};

// --- Purpose ---

TEST_F(InpaintProgram, FillsTheHoleAndReportsIt) {
  const Finished run = inpaint({at("photo.png"), at("mask.png"), "-o", at("out/photo.png")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(run.out.empty()) << run.out;
  const std::string line = run.only_line();
  for (const std::string& part :
       {at("out/photo.png"), std::string("15.0 %"), std::string("40 x 30"), small_model()}) {
    EXPECT_TRUE(contains(line, part)) << line;
  }
  const Mask hole = mask_from(read_image(at("mask.png")));
  const auto change =
      differences(read_image(at("photo.png")), read_image(at("out/photo.png")), hole);
  EXPECT_EQ(change.outside, 0);
  EXPECT_GT(change.hole, 50);
  EXPECT_EQ(results(), 1);
}

/// Under its path it fills every hole; as "embedded" it leaves thick ones to copies.
const std::string kEmbeddedNetwork = LAMA_SOURCE_DIR "/models/embedded.safetensors";

TEST_F(InpaintProgram, RoundsToBf16IfTheProcessorCanAndElseReportsIt) {
  const auto fill = [&](const std::string& precision, const std::string& result) {
    return run_program({"inpaint", "--model", kEmbeddedNetwork, "--precision", precision,
                        "--dilate", "0", "--feather", "0", at("photo.png"), at("mask.png"), "-o",
                        at(result)});
  };
#if defined(__x86_64__)
  const bool can = __builtin_cpu_supports("avx512bf16") != 0;
#else
  const bool can = false;
#endif
  const Finished run = fill("bf16", "out/rounded.png");
  if (!can) {
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(contains(run.only_line(), "use f32")) << run.err;
    EXPECT_EQ(results(), 0);
    return;
  }
  ASSERT_EQ(run.code, 0) << run.err;
  ASSERT_EQ(fill("f32", "exact.png").code, 0);
  const Mask hole = mask_from(read_image(at("mask.png")));
  const auto change =
      differences(read_image(at("out/rounded.png")), read_image(at("exact.png")), hole);
  EXPECT_GT(change.samples, 0U) << "rounded nowhere";
  EXPECT_LE(change.hole, 8);
  EXPECT_EQ(change.outside, 0);
}

// The published code's answer with the same weights. Rounding may move a value near a whole level
// to either side: by one level, and rarely.
TEST(PublishedProgram, EqualsThePublishedCode) {
  const TemporaryFolder folder;
  for (const std::string name : {"odd", "big"}) {
    const auto file = [&name](const std::string& suffix) {
      return testing::data("published/" + name + suffix + ".png");
    };
    const path output = folder / (name + ".png");
    const Finished run = run_program({"inpaint", file("").string(), file("_mask").string(), "-o",
                                      output.string(), "--published", "--model",
                                      testing::data("networks/bootstrap.safetensors").string()});
    ASSERT_EQ(run.code, 0) << run.err;
    const Mask hole = published_mask_from(read_image(file("_mask")));
    const Image filled = read_image(output);
    const auto difference = differences(filled, read_image(file("_expected")), hole);
    EXPECT_LE(difference.hole, 1) << name;
    EXPECT_LE(difference.samples, filled.bytes().size() / 1000) << name;
    EXPECT_EQ(difference.outside, 0) << name;
  }
}

TEST_F(InpaintProgram, TheMaskRuleIsHalfWhiteUnlessPublished) {
  testing::Bytes row(40, 100);
  put(at("grey.png"), testing::make_png(40, 8, testing::kGrey, {30, row}));
  const Finished half = inpaint({at("photo.png"), at("grey.png"), "-o", at("out/h.png")});
  EXPECT_TRUE(contains(half.err, "marks nothing")) << half.err;
  EXPECT_TRUE(contains(half.err, "nowhere brighter than 39.2 % of white")) << half.err;
  const Finished any =
      inpaint({at("photo.png"), at("grey.png"), "-o", at("out/a.png"), "--published", "--strategy",
               "crop", "--invert-mask", "--dilate", "1"});
  EXPECT_TRUE(contains(any.err, "marks every pixel")) << any.err;
  EXPECT_TRUE(contains(any.err, "note: --published ignores --invert-mask, --strategy\n"))
      << any.err;
}

TEST_F(InpaintProgram, DilateAndFeatherFillMore) {
  const auto filled = [this](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {at("photo.png"), at("mask.png"), "-o", at("out/o.png"),
                                          "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return nlohmann::json::parse(inpaint(arguments).out)["filled_pixels"].get<int>();
  };
  EXPECT_EQ(filled({}), 15 * 12);
  // One more pixel on each side, without the corners, which are more than 1 away.
  EXPECT_EQ(filled({"--dilate", "1"}), 15 * 12 + 2 * (15 + 12));
  EXPECT_EQ(filled({"--feather", "1"}), 15 * 12 + 2 * (15 + 12));
  EXPECT_GT(filled({"--feather", "3", "--dilate", "1"}), filled({"--dilate", "3"}));
}

// 5 pixels and 3 more, and none for an exact hole.
TEST_F(InpaintProgram, GrowsTheHoleUnlessItIsExact) {
  const auto filled = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"inpaint", "--model", small_model()});
    arguments.insert(arguments.end(), {"-o", at("out/o.png"), "--json"});
    return nlohmann::json::parse(run_program(arguments).out)["filled_pixels"].get<int>();
  };
  const auto given = [this](const std::string& dilate, const std::string& feather) {
    const Finished run = inpaint({at("photo.png"), at("mask.png"), "-o", at("out/o.png"), "--json",
                                  "--dilate", dilate, "--feather", feather});
    return nlohmann::json::parse(run.out)["filled_pixels"].get<int>();
  };
  EXPECT_EQ(filled({at("photo.png"), at("mask.png")}), given("5", "3"));
  EXPECT_EQ(filled({at("photo.png"), at("mask.png"), "--dilate", "0"}), given("0", "3"));
  EXPECT_EQ(filled({at("photo.png"), at("mask.png"), "--published"}), 15 * 12);
}

TEST_F(InpaintProgram, WritesJpegInTheSourcesOrTheRequestedQuality) {
  const auto quality = [this](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {at("photo.jpg"), at("mask.png"), "-o", at("out/O.JPG")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(inpaint(arguments).code, 0);
    return codecs::read_picture(at("out/O.JPG"), "photo").quality;
  };
  EXPECT_EQ(quality({}), 80);
  EXPECT_EQ(quality({"--quality", "33"}), 33);
}

TEST_F(InpaintProgram, NotesAQualityWithoutEffect) {
  const auto run = [this](const std::string& output) {
    return inpaint({at("photo.jpg"), at("mask.png"), "-o", at(output), "--quality", "33"}).err;
  };
  EXPECT_TRUE(contains(run("o.png"), "note: --quality has no effect: PNG is always lossless"));
  EXPECT_TRUE(contains(run("o.tif"), "note: --quality has no effect: TIFF is always lossless"));
  EXPECT_FALSE(contains(run("o.jpg"), "--quality"));
}

TEST_F(InpaintProgram, TheOutputMayBeTheInput) {
  for (const std::string name : {"photo.png", "photo.jpg"}) {
    const auto before = get(at(name));
    EXPECT_EQ(inpaint({at(name), at("mask.png"), "-o", at(name)}).code, 0);
    EXPECT_NE(get(at(name)), before);
    EXPECT_EQ(read_image(at(name)).width(), 40);
  }
  EXPECT_EQ(folder_.entries(), 4) << "photos, mask and the empty folder";
}

TEST_F(InpaintProgram, TakesAnySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 5000}, {5000, 1}, {7, 9}}) {
    const std::string size = std::to_string(width) + " x " + std::to_string(height);
    put_noise(at("odd.png"), width, height);
    put_mask(at("odd_mask.png"), width, height, 0, 0, (width + 1) / 2, (height + 1) / 2);
    const Finished run = inpaint({at("odd.png"), at("odd_mask.png"), "-o", at("out/odd.png")});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(contains(run.err, size)) << run.err;
    const Image image = read_image(at("out/odd.png"));
    EXPECT_EQ(image.width(), width);
    EXPECT_EQ(image.height(), height);
    const Mask hole = mask_from(read_image(at("odd_mask.png")));
    EXPECT_EQ(differences(read_image(at("odd.png")), image, hole).outside, 0);
  }
}

TEST_F(InpaintProgram, ThePictureDoesNotDependOnTheThreads) {
  for (const std::string threads : {"1", "2", "3"}) {
    EXPECT_EQ(inpaint({at("photo.png"), at("mask.png"), "-o", at("out/" + threads + ".png"),
                       "--threads", threads})
                  .code,
              0);
  }
  EXPECT_EQ(get(at("out/1.png")), get(at("out/2.png")));
  EXPECT_EQ(get(at("out/1.png")), get(at("out/3.png")));
}

// --- Masks that mark nothing or everything ---

TEST_F(InpaintProgram, AnEmptyMaskGivesACopy) {
  put_mask(at("empty.png"), 40, 30, 0, 0, 0, 0);
  for (const std::string name : {"photo.png", "photo.jpg"}) {
    const Finished run = inpaint({at(name), at("empty.png"), "-o", at("out/" + name)});
    EXPECT_EQ(run.code, 0);
    EXPECT_TRUE(contains(run.err, "note: the mask marks nothing")) << run.err;
    EXPECT_TRUE(contains(run.err, "0.0 %")) << run.err;
    EXPECT_EQ(get(at("out/" + name)), get(at(name)));
    // The same if the output replaces the input.
    const auto before = get(at(name));
    EXPECT_EQ(inpaint({at(name), at("empty.png"), "-o", at(name)}).code, 0);
    EXPECT_EQ(get(at(name)), before);
  }
  const Finished other = inpaint({at("photo.jpg"), at("empty.png"), "-o", at("out/other.png")});
  EXPECT_TRUE(contains(other.err, "note: the mask marks nothing")) << other.err;
  EXPECT_EQ(read_image(at("out/other.png")).bytes(), read_image(at("photo.jpg")).bytes());
}

TEST_F(InpaintProgram, AFullMaskIsFilledWithANote) {
  put_mask(at("full.png"), 40, 30, 0, 0, 40, 30);
  const Finished run = inpaint({at("photo.png"), at("full.png"), "-o", at("out/o.png")});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(contains(run.err, "note: the mask marks every pixel")) << run.err;
  EXPECT_TRUE(contains(run.err, "100.0 %")) << run.err;
}

// --- Output ---

TEST_F(InpaintProgram, JsonHasTheFields) {
  const Finished run =
      inpaint({at("photo.png"), at("mask.png"), "-o", at("out/o.png"), "--json", "--threads", "2"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.err.empty()) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["output"], at("out/o.png"));
  EXPECT_EQ(json["model"], small_model());
  EXPECT_EQ(json["width"], 40);
  EXPECT_EQ(json["height"], 30);
  EXPECT_EQ(json["filled_pixels"], 15 * 12);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_GT(json["peak_memory_bytes"].get<std::size_t>(), 1U << 20);
  EXPECT_EQ(json["notes"], nlohmann::json::array());
  double sum = 0;
  for (const std::string stage :
       {"read", "open model", "prepare picture", "network", "copies", "compose", "write"}) {
    ASSERT_TRUE(json["seconds"].contains(stage)) << stage;
    sum += json["seconds"][stage].get<double>();
  }
  EXPECT_GT(json["seconds"]["network"].get<double>(), 0);
  EXPECT_GE(json["seconds"]["total"].get<double>(), sum * 0.999);

  put_mask(at("empty.png"), 40, 30, 0, 0, 0, 0);
  const auto copy = nlohmann::json::parse(
      inpaint({at("photo.png"), at("empty.png"), "-o", at("out/o.png"), "--json"}).out);
  EXPECT_EQ(copy["filled_pixels"], 0);
  EXPECT_EQ(copy["notes"].size(), 1U);
}

TEST_F(InpaintProgram, JsonSurvivesANameThatIsNoUtf8) {
  const Finished run =
      inpaint({at("photo.png"), at("mask.png"), "-o", at("out/caf\xe9.png"), "--json"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(nlohmann::json::accept(run.out)) << run.out;
}

TEST_F(InpaintProgram, QuietPrintsNothing) {
  put_mask(at("empty.png"), 40, 30, 0, 0, 0, 0);
  for (const std::string mask : {"mask.png", "empty.png"}) {
    const Finished run = inpaint({at("photo.png"), at(mask), "-o", at("out/o.png"), "-q"});
    EXPECT_EQ(run.code, 0);
    EXPECT_TRUE(run.out.empty() && run.err.empty()) << run.out << run.err;
  }
  const Finished failed = inpaint({at("no.png"), at("mask.png"), "-o", at("out/o.png"), "-q"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_TRUE(contains(failed.only_line(), "no.png")) << "-q keeps errors";
}

TEST_F(InpaintProgram, VerboseShowsStagesAndMemory) {
  const Finished run = inpaint({at("photo.png"), at("mask.png"), "-o", at("out/o.png"), "-v"});
  for (const std::string part : {"read ", "network ", "write ", "peak memory ", " MB"}) {
    EXPECT_TRUE(contains(run.err, part)) << run.err;
  }
  // It also works before the subcommand.
  EXPECT_TRUE(contains(run_program({"-v", "inpaint", "--model", small_model(), at("photo.png"),
                                    at("mask.png"), "-o", at("out/o.png")})
                           .err,
                       "peak memory "));
}

TEST_F(InpaintProgram, FailsIfTheSummaryCannotBeWritten) {
  const Finished run = inpaint({at("photo.png"), at("mask.png"), "-o", at("out/o.png"), "--json"},
                               {.out = "/dev/full"});
  EXPECT_EQ(run.code, 1) << "whoever reads the summary must not miss it";
}

TEST_F(InpaintProgram, LosesOnlyMessagesIfStderrCannotBeWritten) {
  const testing::RunOptions full{.err = "/dev/full"};
  EXPECT_EQ(inpaint({at("photo.png"), at("mask.png"), "-o", at("out/o.png"), "-v"}, full).code, 0);
  EXPECT_EQ(inpaint({at("no.png"), at("mask.png"), "-o", at("out/no.png")}, full).code, 1);
  EXPECT_EQ(inpaint({"--colour"}, full).code, 2);
  EXPECT_EQ(results(), 1);
}

TEST_F(InpaintProgram, TakesTheModelOfTheEnvironmentUnlessOneIsNamed) {
  const std::vector<std::string> arguments = {"inpaint", at("photo.png"), at("mask.png"), "-o",
                                              at("out/o.png")};
  auto with_model = arguments;
  with_model.insert(with_model.end(), {"--model", small_model()});
  const Finished chosen = run_program(arguments, {.environment = {"LAMA_MODEL=" + small_model()}});
  EXPECT_TRUE(contains(chosen.err, "model: " + small_model())) << chosen.err;
  const Finished named = run_program(with_model, {.environment = {"LAMA_MODEL=/no/model"}});
  EXPECT_TRUE(contains(named.err, "model: " + small_model())) << named.err;
  const Finished missing = run_program(arguments, {.environment = {"LAMA_MODEL=/no/model"}});
  EXPECT_EQ(missing.code, 1);
  EXPECT_TRUE(contains(missing.only_line(), "/no/model")) << missing.err;
  const Finished usual = run_program(arguments, {.environment = {"LAMA_MODEL="}});
  EXPECT_TRUE(contains(usual.err, "model: embedded")) << usual.err;
}

// --- Masks of every kind ---

TEST_F(InpaintProgram, MasksMayBeInvertedCutElsewhereOrResized) {
  const auto filled = [this](const std::string& mask, std::vector<std::string> options) {
    options.insert(options.begin(), {at("photo.png"), at(mask), "-o", at("out/o.png"), "--json"});
    const Finished run = inpaint(options);
    EXPECT_EQ(run.code, 0) << run.err;
    return nlohmann::json::parse(run.out)["filled_pixels"].get<int>();
  };
  EXPECT_EQ(filled("mask.png", {"--invert-mask"}), 40 * 30 - 15 * 12);
  testing::Bytes row(40, 0);
  std::fill(row.begin(), row.begin() + 7, 100);
  put(at("grey.png"), testing::make_png(40, 8, testing::kGrey, {30, row}));
  EXPECT_EQ(filled("grey.png", {}), 0);
  EXPECT_EQ(filled("grey.png", {"--mask-threshold", "0.35"}), 7 * 30);
  put_mask(at("small.png"), 20, 15, 5, 4, 12, 10);
  EXPECT_EQ(filled("small.png", {"--resize-mask"}), 14 * 12);
}

TEST_F(InpaintProgram, TheMaskMayBeAlphaOrThePicturesOwnTransparency) {
  testing::Bytes row;  // grey 90, opaque in columns 10 to 19
  for (int x = 0; x < 40; ++x) {
    const std::uint8_t alpha = x >= 10 && x < 20 ? 255 : 0;
    row.insert(row.end(), {90, alpha});
  }
  put(at("alpha.png"), testing::make_png(40, 8, testing::kGreyAlpha, {30, row}));
  const auto run = [](const std::vector<std::string>& arguments) {
    const Finished done = inpaint(arguments);
    EXPECT_EQ(done.code, 0) << done.err;
    return nlohmann::json::parse(done.out)["filled_pixels"].get<int>();
  };
  const std::string out = at("out/o.png");
  EXPECT_EQ(run({at("photo.png"), at("alpha.png"), "-o", out, "--json"}), 10 * 30);
  EXPECT_EQ(run({at("photo.png"), at("alpha.png"), "-o", out, "--json", "--mask-channel", "luma"}),
            0);
  EXPECT_EQ(run({at("alpha.png"), "--fill-transparent", "-o", out, "--json"}), 30 * 30);
  const Image before = read_image(at("alpha.png")), after = read_image(out);
  ASSERT_EQ(after.channels(), 2);
  for (std::size_t i = 0; i < after.pixels(); ++i) {
    EXPECT_EQ(after.bytes()[2 * i + 1], 255) << "all is opaque now, at " << i;
    if (before.bytes()[2 * i + 1] == 255) {
      EXPECT_EQ(after.bytes()[2 * i], 90) << i;
    }
  }
}

TEST_F(InpaintProgram, NotesAMaskThatLooksLikeAPhoto) {
  const Finished run = inpaint({at("photo.png"), at("photo.jpg"), "-o", at("out/o.png")});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(contains(run.err, "is it the mask?")) << run.err;
}

// --- Large pictures ---

TEST_F(InpaintProgram, ReportsItsViewOfALargePicture) {
  put_noise(at("big.png"), 1500, 300);
  put_mask(at("big_mask.png"), 1500, 300, 100, 100, 140, 120);
  const auto details = [this](std::vector<std::string> options) {
    options.insert(options.begin(),
                   {at("big.png"), at("big_mask.png"), "-o", at("out/o.png"), "--json"});
    const Finished run = inpaint(options);
    EXPECT_EQ(run.code, 0) << run.err;
    return nlohmann::json::parse(run.out)["details"].dump();
  };
  EXPECT_TRUE(contains(details({}), "crop: one group of holes, the largest 40 x 20"));
  EXPECT_TRUE(contains(details({"--strategy", "full"}), "full: the whole picture, 1500 x 300"));
  EXPECT_TRUE(contains(details({"--strategy", "resize"}), "seen at 1024 x 205"));
  EXPECT_TRUE(
      contains(details({"--strategy", "resize", "--memory-limit", "38MB"}), "to fit into 38 MB"));
}

// --- Pipes ---

TEST_F(InpaintProgram, ReadsFromStdinAndWritesToStdout) {
  EXPECT_EQ(inpaint({at("photo.png"), at("mask.png"), "-o", at("out/o.png")}).code, 0);
  for (const bool picture : {true, false}) {
    const Finished run =
        inpaint({picture ? "-" : at("photo.png"), picture ? at("mask.png") : "-", "-o", "-"},
                {.in = picture ? at("photo.png") : at("mask.png")});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, testing::text_of(get(at("out/o.png"))));
    EXPECT_TRUE(contains(run.only_line(), "stdout: filled 15.0 %")) << run.err;
  }
  // The format is the input's; a mask without a hole copies the input byte for byte.
  put_mask(at("empty.png"), 40, 30, 0, 0, 0, 0);
  const Finished copy = inpaint({"-", at("empty.png"), "-o", "-"}, {.in = at("photo.jpg")});
  EXPECT_EQ(copy.out, testing::text_of(get(at("photo.jpg"))));
}

/// A pipe with a name, open at its other end.
class Pipe {
 public:
  explicit Pipe(std::string path) : path_(std::move(path)) {
    if (::mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error(path_);
    file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  }
  ~Pipe() { ::close(file_); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  const std::string& path() const { return path_; }
  /// Waits until another process has filled it and must wait itself.
  void wait_until_full() const {
    for (int tries = 0, bytes = 0; tries < 6000 && bytes <= 60'000; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      ::ioctl(file_, FIONREAD, &bytes);
    }
  }

 private:
  std::string path_;
  int file_;
};

#ifndef LAMA_SANITIZED
// Landlock confines the thread that asks and those that it starts later.
TEST_F(InpaintProgram, ASandboxBeginsWithOneThread) {
  const Pipe silent(at("pipe"));
  const std::string err = at("err");
  const testing::Program program(
      {"inpaint", "-", at("mask.png"), "-o", at("out/o.png"), "--sandbox"},
      {.environment = {"OPENBLAS_NUM_THREADS=4"}, .err = err, .in = silent.path()});
  const auto waits_in_sandbox = [&program] {
    const auto threads = program.of_threads("Seccomp");
    return std::find(threads.begin(), threads.end(), "2") != threads.end();
  };
  for (int tries = 0; !waits_in_sandbox(); ++tries) {
    ASSERT_LT(tries, 6000);
    const std::string text = testing::text_of(get(err));
    if (contains(text, "note: this system")) GTEST_SKIP() << text;
    ASSERT_TRUE(program.runs()) << text;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(program.of_threads("Seccomp"), std::vector<std::string>{"2"});
}
#endif

TEST_F(InpaintProgram, NamesStdinForAPipeWithAName) {
  const Pipe pipe(at("pipe"));
  const Finished run = inpaint({pipe.path(), at("mask.png"), "-o", at("out/o.png")});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.only_line(), "lama: " + pipe.path() +
                                 ": a pipe is read from stdin alone: give - and < " + pipe.path() +
                                 " (photo)");
}

TEST_F(InpaintProgram, StopsWhileItWaitsForStdin) {
  const Pipe silent(at("pipe"));
  testing::Program program({"inpaint", "-", at("mask.png"), "-o", at("out/o.png")},
                           {.in = silent.path()});
  program.wait_until_it_catches(SIGTERM);
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().code, 128 + SIGTERM);
}

TEST_F(InpaintProgram, StopsWhileItWaitsForAReaderOfStdout) {
  put_noise(at("large.png"), 300, 300);
  put_mask(at("empty.png"), 300, 300, 0, 0, 0, 0);
  const Pipe unread(at("pipe"));
  testing::Program program(
      {"inpaint", at("large.png"), at("empty.png"), "-o", "-", "--model", small_model()},
      {.out = unread.path()});
  unread.wait_until_full();
  program.send(SIGINT);
  EXPECT_EQ(program.wait().code, 128 + SIGINT);
}

// --- Failures ---

/// Runs a command that must fail with one line that contains all `parts`, and leave no file.
class InpaintFailure : public InpaintProgram {
 protected:
  void expect_failure(int code, const std::vector<std::string>& arguments,
                      const std::vector<std::string>& parts) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const auto before = results();
    const Finished run = inpaint(arguments);
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_TRUE(run.out.empty()) << run.out;
    const std::string line = run.only_line();
    EXPECT_TRUE(line.starts_with("lama: ")) << line;
    for (const std::string& part : parts) EXPECT_TRUE(contains(line, part)) << line;
    EXPECT_EQ(results(), before) << "something was left in the output's folder";
  }
  std::string out() const { return at("out/o.png"); }
};

TEST_F(InpaintFailure, OfPictureFiles) {
  const auto jpeg = get(at("photo.jpg"));
  put(at("cut.jpg"), {jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(jpeg.size() / 2)});
  put(at("empty.jpg"), {});
  put(at("text.png"), testing::bytes_of("some text"));
  const std::string mask = at("mask.png"), photo = at("photo.png");
  expect_failure(1, {at("no.png"), mask, "-o", out()},
                 {at("no.png"), "no such file or folder (IMAGE)"});
  expect_failure(1, {photo, at("no.png"), "-o", out()},
                 {at("no.png"), "no such file or folder (MASK)"});
  expect_failure(
      1, {at("cut.jpg"), mask, "-o", out()},
      {at("cut.jpg") + ": the JPEG data ends too early: copy or download it again (photo)"});
  expect_failure(1, {photo, at("cut.jpg"), "-o", out()}, {at("cut.jpg"), "too early", "(mask)"});
  expect_failure(1, {at("empty.jpg"), mask, "-o", out()},
                 {at("empty.jpg") + ": the file is empty (photo)"});
  expect_failure(1, {at("text.png"), mask, "-o", out()}, {at("text.png"), "not a JPEG, PNG"});
  expect_failure(1, {at("out"), mask, "-o", at("new")}, {at("out"), "no pictures"});
  // Of which a library printed warnings, and reported a consequence first.
  put(at("size.pnm"), testing::bytes_of("P5 -1 0 255 "));
  expect_failure(1, {at("size.pnm"), mask, "-o", out()}, {at("size.pnm"), "damaged or cut short"});
  testing::Bytes heic = get(testing::data("pictures/heif8.heic"));
  const std::string box = "hvcC";
  *std::search(heic.begin(), heic.end(), box.begin(), box.end()) = 'x';
  put(at("box.heic"), heic);
  expect_failure(1, {at("box.heic"), mask, "--resize-mask", "-o", out()},
                 {at("box.heic"), "cut short (heif: "});
}

TEST_F(InpaintFailure, OfOptionsThatContradict) {
  const std::string photo = at("photo.png"), mask = at("mask.png");
  expect_failure(2, {photo, "-o", out()}, {"MASK is required"});
  expect_failure(2, {photo, mask, "--fill-transparent", "-o", out()}, {"no mask"});
  expect_failure(2, {photo, "--fill-transparent", "--published", "-o", out()}, {"--published"});
  expect_failure(1, {photo, "--fill-transparent", "-o", out()}, {photo, "alpha"});
  expect_failure(1, {photo, mask, "--mask-channel", "alpha", "-o", out()}, {mask, "alpha"});
  expect_failure(2, {photo, mask, "--mask-threshold", "0", "-o", out()}, {"--mask-threshold"});
  expect_failure(2, {photo, mask, "--skip-existing", "-o", out()}, {"folders"});
  expect_failure(2, {photo, mask, "--shard", "1/2", "-o", out()}, {"folders"});
  expect_failure(2, {"-", "-", "-o", out()}, {"stdin"});
  expect_failure(2, {photo, mask, "--json", "-o", "-"}, {"stdout"});
  expect_failure(1, {"-", mask, "-o", out()}, {"stdin: the file is empty (photo)"});
}

TEST_F(InpaintFailure, OfTooLittleMemory) {
  expect_failure(
      1,
      {at("photo.png"), at("mask.png"), "-o", out(), "--strategy", "full", "--memory-limit", "1K"},
      {at("photo.png"), "the memory limit is 1 kB: use the crop or resize strategy, or raise"});
  expect_failure(
      1, {at("photo.png"), at("mask.png"), "-o", out(), "--memory-limit", "1K"},
      {at("photo.png") + ": filling it takes ", "the memory limit is 1 kB: raise the limit to "});
}

TEST_F(InpaintFailure, OfBadSizes) {
  const auto refused = [this](const std::string& size, const std::string& part) {
    expect_failure(2, {at("photo.png"), at("mask.png"), "-o", out(), "--memory-limit", size},
                   {"--memory-limit", part});
  };
  for (const std::string size :
       {"much", "", "G", "1,5G", "1.5 gigs", "-1G", "0x10", "nan", "inf"}) {
    refused(size, "800MB or 1.5G");
  }
  for (const std::string size : {"0", "0G", "0.4", "9999999T"}) refused(size, "free memory");
  // Units of 1000, units of 1024 with an i; bytes without a unit.
  const auto limit = [this](const std::string& size) {
    return run_program({"inpaint", "--model", small_model(), at("photo.png"), at("mask.png"), "-o",
                        out(), "--strategy", "full", "--memory-limit", size})
        .err;
  };
  const std::string shown = limit("0.5 kB");
  EXPECT_FALSE(shown.empty());
  for (const std::string same : {"500", "500b", "0.5K"}) EXPECT_EQ(limit(same), shown) << same;
  for (const std::string enough : {"1.5G", "1GiB", "2000000000"}) {
    EXPECT_EQ(run_program({"inpaint", "--model", small_model(), at("photo.png"), at("mask.png"),
                           "-o", out(), "--memory-limit", enough})
                  .code,
              0)
        << enough;
  }
}

TEST_F(InpaintFailure, OfSizesThatDiffer) {
  put_mask(at("other.png"), 30, 40, 0, 0, 9, 9);
  expect_failure(1, {at("photo.png"), at("other.png"), "-o", out()},
                 {at("photo.png"), "40 x 30", at("other.png"), "30 x 40"});
  // Also without a hole.
  put_mask(at("other.png"), 30, 40, 0, 0, 0, 0);
  expect_failure(1, {at("photo.png"), at("other.png"), "-o", out()}, {"40 x 30", "30 x 40"});
}

TEST_F(InpaintFailure, OfAMaskWhoseSizeSufficesToRefuseIt) {
  // The mask's pixels are unreadable, but only its size is read.
  put(at("huge.png"), testing::png_file({testing::png_header(20000, 20000, 8, testing::kGrey),
                                         {"IDAT", testing::stored(testing::Bytes(1))},
                                         {"IEND", {}}}));
  expect_failure(1, {at("photo.png"), at("huge.png"), "-o", out()}, {"40 x 30", "20000 x 20000"});
}

TEST_F(InpaintFailure, OfTheOutput) {
  const std::string mask = at("mask.png"), photo = at("photo.png");
  expect_failure(1, {photo, mask, "-o", at("out/no/o.png")}, {at("out/no"), "does not exist"});
  expect_failure(2, {photo, mask, "-o", at("out/o.gif")},
                 {at("out/o.gif"), ".png", ".webp", ".tiff"});
  expect_failure(2, {photo, mask, "-o", at("out")}, {at("out"), "is a folder"});
  // The mask would be lost.
  expect_failure(1, {photo, mask, "-o", mask}, {mask + " is the mask: name another output"});
  put(at("clear.png"), testing::make_png(40, 8, testing::kRgba, {30, testing::Bytes(160)}));
  expect_failure(1, {at("clear.png"), mask, "-o", at("out/o.jpg")},
                 {at("out/o.jpg"), at("clear.png"), "transparency"});
}

TEST_F(InpaintFailure, OfUsage) {
  const std::string mask = at("mask.png"), photo = at("photo.png");
  expect_failure(2, {}, {"IMAGE"});
  expect_failure(2, {photo, "-o", out()}, {"MASK"});
  expect_failure(2, {photo, mask}, {"--output"});
  expect_failure(2, {photo, mask, "-o"}, {"--output"});
  expect_failure(2, {photo, mask, mask, "-o", out()}, {mask});
  expect_failure(2, {photo, mask, "-o", out(), "--colour"}, {"--colour"});
  expect_failure(2, {photo, mask, "-o", out(), "--strategy", "tiles"},
                 {"--strategy: tiles is not one of auto, full, crop, resize"});
  for (const std::string option : {"--threads", "--dilate", "--feather", "--quality"}) {
    for (const std::string value : {"-1", "2000", "many", "1.5", "", "99999999999999999999"}) {
      expect_failure(2, {photo, mask, "-o", out(), option, value}, {option});
    }
  }
  for (const std::string option : {"--threads", "--quality"}) {
    expect_failure(2, {photo, mask, "-o", out(), option, "0"}, {option, "0"});
  }
}

TEST_F(InpaintFailure, OfModels) {
  const auto fails_with = [this](const std::string& model, const std::vector<std::string>& parts) {
    // A second --model is an error, so the environment names this model.
    const Finished run = run_program({"inpaint", at("photo.png"), at("mask.png"), "-o", out()},
                                     {.environment = {"LAMA_MODEL=" + at(model)}});
    SCOPED_TRACE(model);
    EXPECT_EQ(run.code, 1);
    const std::string line = run.only_line();
    EXPECT_TRUE(contains(line, at(model))) << line;
    for (const std::string& part : parts) EXPECT_TRUE(contains(line, part)) << line;
    EXPECT_EQ(results(), 0);
  };
  fails_with("no model", {"no such file"});
  fails_with("photo.png", {"not a model"});

  const auto good = get(small_model());
  const auto half = static_cast<std::ptrdiff_t>(good.size() / 2);
  put(at("cut.safetensors"), {good.begin(), good.begin() + half});
  fails_with("cut.safetensors", {"damaged"});
  auto bad_header = good;
  bad_header[20] ^= 0xff;
  put(at("header.safetensors"), bad_header);
  fails_with("header.safetensors", {"damaged"});
  put(at("empty.safetensors"), {});
  fails_with("empty.safetensors", {"damaged"});

  // One NaN: the last value of the file, in float32.
  auto nan = good;
  const testing::Bytes kNan = {0, 0, 0xc0, 0x7f};
  std::copy(kNan.begin(), kNan.end(), nan.end() - 4);
  put(at("nan.safetensors"), nan);
  fails_with("nan.safetensors", {"tensor", "nan"});

  fs::create_directory(at("folder"));
  fails_with("folder", {"config.yaml"});
  fs::copy_file(testing::data("lightning/config.yaml"), at("folder/config.yaml"));
  fails_with("folder", {"models/best.ckpt"});
  const auto checkpoint = get(testing::data("lightning/models/best.ckpt"));
  fs::create_directory(at("folder/models"));
  put(at("folder/models/best.ckpt"), {checkpoint.begin(), checkpoint.begin() + 20000});
  fails_with("folder", {"best.ckpt"});
  put(at("alone.ckpt"), checkpoint);
  fails_with("alone.ckpt", {"config.yaml"});
}

// A failure must not change the picture that the output would replace.
TEST_F(InpaintFailure, KeepsTheOldOutput) {
  put(out(), testing::bytes_of("old"));
  expect_failure(1, {at("photo.png"), at("no.png"), "-o", out()}, {"no.png"});
  EXPECT_EQ(get(out()), testing::bytes_of("old"));
}

// --- The program itself ---

TEST(Program, PrintsItsVersionAndUsage) {
  EXPECT_EQ(run_program({"--version"}).out, "lama " LAMA_VERSION "\n");
  const Finished help = run_program({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_TRUE(help.err.empty());
  for (const std::string part : {"inpaint", "models", "--quiet", "Exit codes"}) {
    EXPECT_TRUE(contains(help.out, part)) << help.out;
  }
  const Finished inpaint_help = run_program({"inpaint", "--help"});
  EXPECT_EQ(inpaint_help.code, 0);
  for (const std::string part :
       {"IMAGE", "MASK", "--output", "--model", "--threads", "--dilate", "--feather", "--quality",
        "--published", "--json", "--mask-threshold", "--invert-mask", "--mask-channel",
        "--resize-mask", "--fill-transparent", "--skip-existing", "--shard"}) {
    EXPECT_TRUE(contains(inpaint_help.out, part)) << inpaint_help.out;
  }
}

TEST(Program, RefusesUnknownCommands) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{}, {"--colour"}}) {
    const Finished run = run_program(arguments);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(run.only_line().starts_with("lama: "));
  }
  const Finished unknown = run_program({"paint"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(contains(unknown.only_line(), "paint")) << unknown.err;
}

// --- Interrupts ---

class SlowInterrupt : public InpaintProgram, public ::testing::WithParamInterface<int> {};

TEST_P(SlowInterrupt, StopsSoonAndLeavesNothing) {
  put_noise(at("big.png"), 3000, 2000);
  put_mask(at("big_mask.png"), 3000, 2000, 500, 500, 2500, 1500);
  put(at("out/o.png"), testing::bytes_of("old"));
  for (const int milliseconds : {0, 600, 2400}) {
    using Clock = std::chrono::steady_clock;
    testing::Program program({"inpaint", at("big.png"), at("big_mask.png"), "-o", at("out/o.png"),
                              "--model", kEmbeddedNetwork, "--dilate", "3", "--strategy", "full"});
    program.wait_until_it_catches(GetParam());
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    program.send(GetParam());
    const auto sent = Clock::now();
    const Finished run = program.wait();
    EXPECT_EQ(run.code, 128 + GetParam());
    EXPECT_EQ(run.err, GetParam() == SIGINT ? "lama: interrupted\n" : "lama: terminated\n");
    // Between two checks for signals lies at most one layer at full size.
    const std::chrono::duration<double> delay = Clock::now() - sent;
    // About a second on an idle machine; the whole run would take ten times that.
    EXPECT_LT(delay.count(), testing::kSanitized ? 60 : 20) << milliseconds;
    EXPECT_EQ(results(), 1);
    EXPECT_EQ(get(at("out/o.png")), testing::bytes_of("old"));
  }
}

INSTANTIATE_TEST_SUITE_P(Slow, SlowInterrupt, ::testing::Values(SIGINT, SIGTERM),
                         [](const auto& signal) {
                           return signal.param == SIGINT ? "Interrupt" : "Terminate";
                         });

// A terminal's ctrl-C and timeout(1) send the same request twice: the second must not skip the
// clean-up.
TEST_F(InpaintProgram, TakesTwoSignalsAtOnceForOne) {
  put_noise(at("big.png"), 1500, 1000);
  put_mask(at("big_mask.png"), 1500, 1000, 500, 500, 1000, 700);
  testing::Program program(
      {"inpaint", at("big.png"), at("big_mask.png"), "-o", at("out/o.png"), "--model", "patches"});
  program.wait_until_it_catches(SIGINT);
  program.send(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // otherwise the two become one
  program.send(SIGINT);
  const Finished run = program.wait();
  EXPECT_EQ(run.code, 130);
  EXPECT_TRUE(contains(run.err, "interrupted")) << run.err;
  EXPECT_EQ(results(), 0);
}

TEST(InpaintModel, IsNamedIfTheProgramChoseIt) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "lama");
  fs::copy_file(small_model(), folder / "lama/big-lama.safetensors");
  const Finished run =
      run_program({"inpaint", testing::data("published/odd.png"),
                   testing::data("published/odd_mask.png"), "-o", (folder / "out.png").string()},
                  {.environment = {"XDG_CACHE_HOME=" + folder.path().string()}});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "model: big-lama,")) << run.err;
}

}  // namespace
}  // namespace lama::internal
