#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::contains;
using testing::Finished;
using testing::get;
using testing::put;
using testing::put_mask;
using testing::put_noise;
using testing::run_program;
using testing::small_model;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

/// A folder `in` with `count` pictures p0, p1, … in the published layout.
class InpaintFolder : public ::testing::Test {
 protected:
  void add_pictures(int count, int size = 24) const {
    fs::create_directories(folder_ / "in/deep");
    for (int i = 0; i < count; ++i) {
      const std::string name = at((i % 2 == 0 ? "in/p" : "in/deep/p") + std::to_string(i));
      put_noise(name + ".png", size, size);
      put_mask(name + "_mask.png", size, size, 4, 4, 12, 12);
    }
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  static Finished inpaint(std::vector<std::string> arguments,
                          const testing::RunOptions& options = {}) {
    arguments.insert(arguments.begin(), {"inpaint", "--model", small_model()});
    return run_program(arguments, options);
  }
  nlohmann::json summary(std::vector<std::string> arguments, int code = 0,
                         const testing::RunOptions& options = {}) const {
    arguments.insert(arguments.begin(), at("in"));
    arguments.insert(arguments.end(), {"-o", at("out"), "--json"});
    const Finished run = inpaint(arguments, options);
    EXPECT_EQ(run.code, code) << run.err;
    return nlohmann::json::parse(run.out);
  }
  std::set<std::string> results() const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "out")) {
      if (entry.is_regular_file()) {
        names.insert(entry.path().lexically_relative(folder_ / "out").string());
      }
    }
    return names;
  }
  TemporaryFolder folder_;
};

TEST_F(InpaintFolder, CountsWhatHasNoPartner) {
  fs::create_directories(at("in"));
  put_noise(at("in/a.png"), 24, 24);
  fs::create_directories(at("masks"));
  put_mask(at("masks/b.png"), 24, 24, 4, 4, 12, 12);
  const Finished run = inpaint({at("in"), at("masks"), "-o", at("out")});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(contains(run.only_line(), "(1 picture, 1 mask without partner)")) << run.err;
  EXPECT_TRUE(contains(run.only_line(), at("in/a.png") + " and " + at("masks/b.png"))) << run.err;
}

TEST_F(InpaintFolder, FillsEveryPairAsItFillsThePairAlone) {
  add_pictures(4);
  const auto json = summary({});
  EXPECT_EQ(json["done"], 4);
  EXPECT_EQ(json["pictures"], 4);
  EXPECT_EQ(json["skipped"], 0);
  EXPECT_TRUE(json["failed"].empty());
  EXPECT_EQ(json["model"], small_model());
  EXPECT_EQ(results(), (std::set<std::string>{"p0_mask.png", "deep/p1_mask.png", "p2_mask.png",
                                              "deep/p3_mask.png"}));
  EXPECT_EQ(inpaint({at("in/deep/p1.png"), at("in/deep/p1_mask.png"), "-o", at("one.png")}).code,
            0);
  EXPECT_EQ(get(at("out/deep/p1_mask.png")), get(at("one.png")));
}

// Small pictures are filled several at a time; the large one needs all memory.
#ifndef LAMA_SANITIZED
TEST_F(InpaintFolder, ReachesNoOtherFilesInASandbox) {
  add_pictures(1);
  const TemporaryFolder elsewhere;
  put_noise((elsewhere / "x.png").string(), 24, 24);
  fs::create_symlink(elsewhere / "x.png", at("in/x.png"));
  put_mask(at("in/x_mask.png"), 24, 24, 4, 4, 12, 12);
  const Finished free = inpaint({at("in"), "-o", at("free")});
  EXPECT_EQ(free.code, 0) << free.err;
  // Nor those beside the model.
  fs::copy_file(small_model(), elsewhere / "model.safetensors");
  const Finished run = run_program({"inpaint", at("in"), "-o", at("out"), "--sandbox", "--model",
                                    (elsewhere / "model.safetensors").string()});
  if (contains(run.err, "note: this system")) GTEST_SKIP() << run.err;
  EXPECT_EQ(run.code, 3);
  EXPECT_TRUE(contains(run.err, "x.png: cannot open: Permission denied")) << run.err;
  EXPECT_EQ(results(), std::set<std::string>{"p0_mask.png"});
  EXPECT_EQ(get(at("out/p0_mask.png")), get(at("free/p0_mask.png")));
}
#endif

// As Hugging Face's cache has them.
TEST_F(InpaintFolder, ASandboxReachesModelsBehindLinks) {
  add_pictures(1);
  const fs::path published = testing::data("lightning");
  fs::create_directories(at("model/models"));
  fs::create_symlink(published / "config.yaml", at("model/config.yaml"));
  fs::create_symlink(published / "models/best.ckpt", at("model/models/best.ckpt"));
  fs::create_symlink(published / "models/best.ckpt", at("model/alone.ckpt"));
  for (const std::string model : {"model", "model/models/best.ckpt", "model/alone.ckpt"}) {
    const Finished run =
        run_program({"inpaint", at("in"), "-o", at("out"), "--sandbox", "--model", at(model)});
    EXPECT_EQ(run.code, 0) << run.err;
  }
}

TEST_F(InpaintFolder, FillsTheSameWithAnyThreadsAndMemory) {
  add_pictures(7, 40);
  put_noise(at("in/large.png"), 400, 400);
  put_mask(at("in/large_mask.png"), 400, 400, 40, 40, 320, 320);
  const auto planned = [&](const std::string& limit) {
    const Finished run =
        inpaint({at("in/large.png"), at("in/large_mask.png"), "-o", at("large.png"), "--strategy",
                 "full", "--threads", "4", "--memory-limit", limit});
    return run.code == 0;
  };
  // Enough for the large one once, but not twice.
  int megabytes = 1;
  while (megabytes < 1000 && !planned(std::to_string(megabytes) + "MB")) ++megabytes;
  ASSERT_LT(megabytes, 1000);
  ASSERT_GT(megabytes, 3);
  const std::string limit = std::to_string(megabytes * 3 / 2) + "MB";
  std::vector<std::vector<std::uint8_t>> expected;
  for (const std::string threads : {"1", "2", "3", "4"}) {
    const auto json =
        summary({"--threads", threads, "--strategy", "full", "--memory-limit", limit});
    EXPECT_EQ(json["done"], 8) << json;
    std::vector<std::vector<std::uint8_t>> all;
    for (const std::string& name : results()) all.push_back(get(at("out/" + name)));
    if (expected.empty()) expected = all;
    EXPECT_EQ(all, expected) << threads << " threads";
  }
}

TEST_F(InpaintFolder, TakesAFolderOfMasksOrOneMaskForAll) {
  fs::create_directories(folder_ / "in");
  fs::create_directories(folder_ / "masks");
  for (const std::string name : {"a", "b"}) put_noise(at("in/" + name + ".png"), 24, 24);
  put_mask(at("masks/a.png"), 24, 24, 1, 1, 9, 9);
  const auto paired = summary({at("masks")});
  EXPECT_EQ(paired["done"], 1);
  EXPECT_EQ(paired["pictures_without_mask"], nlohmann::json::array({at("in/b.png")}));
  EXPECT_EQ(results(), std::set<std::string>{"a.png"});
  EXPECT_EQ(summary({at("masks/a.png")})["done"], 2);
  EXPECT_EQ(results(), (std::set<std::string>{"a.png", "b.png"}));
}

TEST_F(InpaintFolder, ABadPictureStopsNothingAndIsReported) {
  add_pictures(3);
  put(at("in/p0.png"), testing::bytes_of("no picture"));
  put_mask(at("in/p2_mask.png"), 9, 9, 1, 1, 3, 3);
  const auto json = summary({}, 3);
  EXPECT_EQ(json["done"], 1);
  ASSERT_EQ(json["failed"].size(), 2U);
  EXPECT_EQ(json["failed"][0]["picture"], at("in/p0.png"));
  EXPECT_TRUE(contains(json["failed"][1]["error"], "9 x 9")) << json;
  EXPECT_EQ(results(), std::set<std::string>{"deep/p1_mask.png"});

  const Finished words = inpaint({at("in"), "-o", at("out")});
  EXPECT_EQ(words.code, 3);
  EXPECT_TRUE(contains(words.err, "failed: " + at("in/p0.png"))) << words.err;
  EXPECT_TRUE(contains(words.err, "filled 1 of 3 pictures")) << words.err;
  EXPECT_TRUE(contains(words.err, "lama: 2 failures: 2 pictures, 0 masks\n")) << words.err;
}

TEST_F(InpaintFolder, AMaskWithoutPictureIsAFailure) {
  add_pictures(1);
  put_mask(at("in/q_mask.png"), 9, 9, 1, 1, 3, 3);
  put_noise(at("in/r.png"), 9, 9);
  const auto json = summary({}, 3);
  EXPECT_EQ(json["done"], 1);
  EXPECT_EQ(json["masks_without_picture"], nlohmann::json::array({at("in/q_mask.png")}));
  EXPECT_EQ(json["pictures_without_mask"], nlohmann::json::array({at("in/r.png")}));
  const Finished words = inpaint({at("in"), "-o", at("out")});
  EXPECT_TRUE(contains(words.err,
                       "filled 1 of 1 picture, 0 existed, 0 failed, 1 mask has no "
                       "picture, in"))
      << words.err;
  EXPECT_TRUE(
      contains(words.err, "failed: " + at("in/q_mask.png") + ": no picture has the name q\n"))
      << words.err;
}

TEST_F(InpaintFolder, PicturesUnderOtherNamesAreLeftOutAndCountAsFailures) {
  add_pictures(1);
  const std::vector<std::uint8_t> photo = get(at("in/p0.png"));
  put(at("in/scan"), photo);
  put(at("in/drawing.xcf"), testing::bytes_of("gimp xcf v011"));
  put(at("in/notes.txt"), testing::bytes_of("no picture"));
  const auto json = summary({}, 3);
  EXPECT_EQ(json["done"], 1);
  EXPECT_EQ(json["left_out"], nlohmann::json::array({at("in/drawing.xcf"), at("in/scan")}));
  const Finished words = inpaint({at("in"), "-o", at("out"), "-q"});
  EXPECT_EQ(words.code, 3);
  EXPECT_EQ(words.err, "left out: " + at("in/drawing.xcf") +
                           ": a picture under a name that no format has\n" +
                           "left out: " + at("in/scan") +
                           ": a picture under a name that no format has\n"
                           "lama: 2 failures: 2 pictures, 0 masks\n");
  fs::remove(at("in/p0.png"));
  fs::remove(at("in/p0_mask.png"));
  const Finished none = inpaint({at("in"), "-o", at("out")});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(contains(none.only_line(), "2 others, such as " + at("in/drawing.xcf"))) << none.err;
}

TEST_F(InpaintFolder, JsonHasTheNotesOfItsPictures) {
  add_pictures(2);
  put_mask(at("in/deep/p1_mask.png"), 24, 24, 0, 0, 24, 22);
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-q"}}) {
    const auto notes = summary(more)["notes"];
    ASSERT_EQ(notes.size(), 1U) << notes;
    EXPECT_EQ(notes[0]["picture"], at("in/deep/p1.png"));
    EXPECT_EQ(notes[0]["mask"], at("in/deep/p1_mask.png"));
    EXPECT_TRUE(contains(notes[0]["note"], "use --invert-mask")) << notes;
  }
}

TEST_F(InpaintFolder, NamesDoNotControlTheTerminal) {
  add_pictures(1);
  put_noise(at("in/a\nb.png"), 24, 24);
  put_noise(at("in/a\x1b[31mb.png"), 24, 24);
  const Finished words = inpaint({at("in"), "-o", at("out")});
  EXPECT_EQ(words.code, 0);
  EXPECT_TRUE(contains(words.err, "left out: " + at("in/a?[31mb.png") + ": it has no mask\n"))
      << words.err;
  EXPECT_TRUE(contains(words.err, "left out: " + at("in/a?b.png") + ": it has no mask\n"))
      << words.err;
  EXPECT_FALSE(contains(words.err, "\x1b")) << words.err;
}

// As some programs write them: 0 and 1 instead of 0 and 255.
TEST_F(InpaintFolder, MasksThatMarkNothingAreCounted) {
  add_pictures(2);
  put_mask(at("in/p0_mask.png"), 24, 24, 0, 0, 0, 0);
  EXPECT_EQ(summary({})["empty_masks"], 1);
  const Finished words = inpaint({at("in"), "-o", at("out")});
  EXPECT_EQ(words.code, 0);
  EXPECT_TRUE(contains(words.err,
                       "filled 2 of 2 pictures, 0 existed, 0 failed, 1 mask "
                       "marks nothing, in"))
      << words.err;
}

TEST_F(InpaintFolder, ReportsThatNothingIsToDo) {
  fs::create_directories(folder_ / "in");
  const auto fails = [&](const std::vector<std::string>& parts) {
    const Finished run = inpaint({at("in"), "-o", at("out")});
    EXPECT_EQ(run.code, 1);
    for (const std::string& part : parts) {
      EXPECT_TRUE(contains(run.only_line(), part)) << run.err;
    }
  };
  fails({at("in"), "no pictures"});
  put_noise(at("in/a.png"), 9, 9);
  put_mask(at("in/b_mask.png"), 9, 9, 1, 1, 3, 3);
  fails({"1 picture, 1 mask without partner", "NAME_mask.png"});
  const Finished typo = inpaint({at("in"), at("msaks"), "-o", at("out")});
  EXPECT_EQ(typo.code, 1);
  EXPECT_TRUE(contains(typo.only_line(), at("msaks") + ": no such file")) << typo.err;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(InpaintFolder, RefusesToReplaceItsSources) {
  add_pictures(1);
  for (const std::string name : {"in", "in/../in/"}) {
    const Finished run = inpaint({at("in"), "-o", at(name)});
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(contains(run.only_line(), "another folder")) << run.err;
  }
}

TEST_F(InpaintFolder, TakesNoPicturesNameForItsFolderOfResults) {
  add_pictures(1);
  const Finished run = inpaint({at("in"), "-o", at("out.png")});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(contains(run.only_line(),
                       at("out.png") + ": IMAGE is a folder, so its results need a folder"))
      << run.err;
  fs::create_directory(at("out.png"));
  EXPECT_EQ(inpaint({at("in"), "-o", at("out.png")}).code, 0);
}

TEST_F(InpaintFolder, PublishedResultsHavePredictPysNames) {
  add_pictures(1);
  const auto photo = codecs::read_picture(folder_ / "in/p0.png", "photo");
  codecs::write_picture(folder_ / "in/p0.jpg", photo.image, photo, {});
  fs::remove(folder_ / "in/p0.png");
  EXPECT_EQ(summary({"--published"})["done"], 1);
  EXPECT_EQ(results(), std::set<std::string>{"p0_mask.png"});
}

TEST_F(InpaintFolder, PublishedResultsDoNotReplaceEachOther) {
  add_pictures(1);
  fs::create_directory(at("masks"));
  fs::rename(at("in/p0_mask.png"), at("masks/p0.png"));
  const auto photo = codecs::read_picture(folder_ / "in/p0.png", "photo");
  codecs::write_picture(folder_ / "in/p0.jpg", photo.image, photo, {});
  EXPECT_EQ(summary({at("masks"), "--published"})["done"], 2);
  EXPECT_EQ(results(), (std::set<std::string>{"p0.png", "p0.jpg.png"}));
}

TEST_F(InpaintFolder, SkipsExistingResults) {
  add_pictures(3);
  EXPECT_EQ(summary({})["done"], 3);
  fs::remove(folder_ / "out/p2_mask.png");
  const auto before = fs::last_write_time(folder_ / "out/p0_mask.png");
  const auto json = summary({"--skip-existing"});
  EXPECT_EQ(json["done"], 1);
  EXPECT_EQ(json["skipped"], 2);
  EXPECT_EQ(json["pictures"], 3);
  EXPECT_EQ(fs::last_write_time(folder_ / "out/p0_mask.png"), before);
  EXPECT_EQ(summary({"--skip-existing"})["model"], nullptr) << "not opened for nothing";
}

TEST_F(InpaintFolder, ShardsTogetherDoEverythingOnce) {
  add_pictures(9);
  int done = 0;
  for (const std::string task : {"0", "1", "2"}) {
    done += summary({"--shard", "auto"}, 0,
                    {.environment = {"SLURM_ARRAY_TASK_ID=" + task, "SLURM_ARRAY_TASK_COUNT=3",
                                     "SLURM_ARRAY_TASK_MIN=0"}})["done"]
                .get<int>();
  }
  EXPECT_EQ(done, 9);
  EXPECT_EQ(results().size(), 9U);
}

// After a kill at any moment the existing files are complete, and a second run does the rest.
TEST_F(InpaintFolder, AKilledRunIsContinued) {
  add_pictures(40, 96);
  fs::create_directory(folder_ / "out");
  for (const std::size_t wanted : {1U, 5U, 12U}) {
    testing::Program program({"inpaint", "--model", small_model(), at("in"), "-o", at("out"),
                              "--skip-existing", "--threads", "1"});
    for (int i = 0; i < 6000 && results().size() < wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    program.send(SIGKILL);
    program.wait();
    ASSERT_GE(results().size(), wanted) << "it was killed at work";
    int unfinished = 0;
    for (const std::string& name : results()) {
      if (fs::path(name).filename().string().starts_with(".lama-")) {
        // The file it was writing, under its hidden temporary name.
        ++unfinished;
        fs::remove(folder_ / ("out/" + name));
      } else {
        EXPECT_EQ(testing::read_image(folder_ / ("out/" + name)).width(), 96) << name;
      }
    }
    EXPECT_LE(unfinished, 1) << "one at a time is written";
  }
  summary({"--skip-existing"});
  EXPECT_EQ(results().size(), 40U) << "nothing is missing and nothing else is there";
}

TEST_F(InpaintFolder, CtrlCFinishesTheCurrentFile) {
  add_pictures(60, 128);
  testing::Program program(
      {"inpaint", "--model", small_model(), at("in"), "-o", at("out"), "--threads", "1"});
  for (int i = 0; i < 500 && !fs::exists(folder_ / "out/p0_mask.png"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  program.send(SIGINT);
  const Finished run = program.wait();
  EXPECT_EQ(run.code, 130) << run.err;
  EXPECT_TRUE(contains(run.err, "lama: interrupted\n")) << run.err;
  const auto finished = results();
  EXPECT_LT(finished.size(), 60U);
  for (const std::string& name : finished) {
    EXPECT_EQ(testing::read_image(folder_ / ("out/" + name)).width(), 128) << name;
  }
}

}  // namespace
}  // namespace lama::internal
