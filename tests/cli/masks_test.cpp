#include <csignal>
#include <map>
#include <thread>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::Bytes;
using testing::contains;
using testing::Finished;
using testing::get;
using testing::put;
using testing::put_mask;
using testing::put_noise;
using testing::run_program;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

std::string config(const std::string& name) {
  return (fs::path(LAMA_SOURCE_DIR) / "configs" / "masks" / (name + ".yaml")).string();
}

/// A folder `in` with pictures p0, p1, … of several sizes.
class MasksMake : public ::testing::Test {
 protected:
  void add_pictures(int count) const {
    fs::create_directories(folder_ / "in/deep");
    for (int i = 0; i < count; ++i) {
      put_noise(at((i % 2 == 0 ? "in/p" : "in/deep/p") + std::to_string(i) + ".png"), 40 + 10 * i,
                60);
    }
    put_text("small.yaml",
             "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0, box_proba: 0, "
             "irregular_kwargs: {min_times: 1, max_times: 2}, variants_n: 3}, "
             "max_masks_per_image: 2, cropping: {out_min_size: 32, out_square_crop: true}}");
  }
  void put_text(const std::string& name, const std::string& text) const {
    put(at(name), Bytes(text.begin(), text.end()));
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  Finished make(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"masks", "make", at("small.yaml"), at("in"), at(out)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  }
  /// Everything in a folder.
  std::map<std::string, Bytes> files(const std::string& out) const {
    std::map<std::string, Bytes> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / out)) {
      if (entry.is_regular_file()) {
        all[entry.path().lexically_relative(folder_ / out).string()] = get(entry.path());
      }
    }
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(MasksMake, WritesThePublishedNames) {
  add_pictures(2);
  const Finished run = make("out");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "4 masks for 2 of 2 pictures")) << run.err;
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files("out")) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "deep/p1_crop000.png", "deep/p1_crop000_mask000.png", "deep/p1_crop001.png",
                       "deep/p1_crop001_mask001.png", "masks.json", "p0_crop000.png",
                       "p0_crop000_mask000.png", "p0_crop001.png", "p0_crop001_mask001.png"}));
  const Image crop = testing::read_image(at("out/p0_crop000.png"));
  EXPECT_EQ(crop.width(), 32);
  EXPECT_EQ(crop.height(), 32);
  EXPECT_EQ(crop.channels(), 3);
  const Image mask = testing::read_image(at("out/p0_crop000_mask000.png"));
  EXPECT_EQ(mask.channels(), 1);
  EXPECT_EQ(mask.depth(), Depth::u8);
  for (const std::uint8_t value : mask.bytes()) EXPECT_TRUE(value == 0 || value == 255);
}

TEST_F(MasksMake, SameSeedGivesSameBytesForAnyJobsAndOrder) {
  add_pictures(6);
  EXPECT_EQ(make("one", {"--seed", "7", "--jobs", "1"}).code, 0);
  EXPECT_EQ(make("many", {"--seed", "7", "--jobs", "5"}).code, 0);
  EXPECT_EQ(files("one"), files("many"));
  for (const std::string share : {"2/2", "1/2"}) {
    EXPECT_EQ(make("shares", {"--seed", "7", "--shard", share}).code, 0);
  }
  EXPECT_EQ(files("one"), files("shares"));
  EXPECT_EQ(make("other", {"--seed", "8"}).code, 0);
  EXPECT_NE(files("one"), files("other"));
}

TEST_F(MasksMake, ASecondRunMakesOnlyMissingFiles) {
  add_pictures(4);
  EXPECT_EQ(make("out").code, 0);
  const auto all = files("out");
  // The state after a kill between the files of one picture.
  fs::remove(folder_ / "out/deep/p1_crop000.png");
  fs::remove(folder_ / "out/deep/p1_crop000_mask000.png");
  put_text("out/p0_crop000_mask000.png", "kept as it is");
  const Finished run = make("out");
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(contains(run.err, "2 masks for 1 of 4 pictures; 3 existed")) << run.err;
  auto again = files("out");
  EXPECT_EQ(again["deep/p1_crop000.png"], all.at("deep/p1_crop000.png"));
  EXPECT_EQ(again["p0_crop000_mask000.png"].size(), 13U);
  // Each of a picture's files counts.
  for (const char* gone :
       {"p2_crop000_mask000.png", "p2_crop001_mask001.png", "p2_crop000.png", "p2_crop001.png"}) {
    fs::remove(folder_ / "out" / gone);
    const Finished mended = make("out");
    EXPECT_TRUE(contains(mended.err, "2 masks for 1 of 4 pictures; 3 existed")) << mended.err;
    EXPECT_EQ(get(folder_ / "out" / gone), all.at(gone)) << gone;
  }
  // Another seed or config would mix two sets.
  const Finished other = make("out", {"--seed", "1"});
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(contains(other.only_line(), "masks.json: this set has another seed"));
}

TEST_F(MasksMake, BadPicturesStopNothing) {
  add_pictures(2);
  put_text("in/broken.png", "no picture");
  put_noise(at("in/p0.jpg.png"), 40, 40);
  fs::copy_file(at("in/p0.png"), at("in/p0.jpeg"));
  fs::copy_file(at("in/deep/p1.png"), at("in/deep/p1.gif"));
  const Finished run = make("out", {"--jobs", "1"});
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_TRUE(contains(run.err, "failed: " + at("in/broken.png"))) << run.err;
  EXPECT_TRUE(contains(run.err, ", 1 job)")) << run.err;
  EXPECT_TRUE(contains(run.err, "3 pictures of the set failed")) << run.err;
  for (const char* name : {"in/p0.png", "in/deep/p1.png"}) {
    EXPECT_TRUE(contains(run.err, at(name) + ": another picture has the same name")) << run.err;
  }
  EXPECT_TRUE(contains(run.err, "6 masks for 3 of 4 pictures")) << run.err;
}

TEST_F(MasksMake, ReportsOmittedPicturesWithReasons) {
  add_pictures(2);
  put_text("small.yaml",
           "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0, irregular_proba: 0, "
           "box_kwargs: {min_times: 1, bbox_min_size: 29, bbox_max_size: 30, margin: 0}}, "
           "max_masks_per_image: 1, max_tamper_area: 0.1, cropping: {out_min_size: 32}}");
  const Finished run = make("out");
  EXPECT_EQ(run.code, 0) << "nothing failed";
  EXPECT_TRUE(contains(run.err, "left out: " + at("in/p0.png") + ": none of its masks")) << run.err;
  put_text("small.yaml",
           "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0}, max_masks_per_image: "
           "1, cropping: {out_min_size: 55, handle_small_mode: drop}}");
  const Finished drop = make("drop");
  EXPECT_TRUE(contains(drop.err, "p0.png: its smaller side has 40 pixels")) << drop.err;
}

TEST_F(MasksMake, TakesTheObjectsOfPicturesFromAFolder) {
  add_pictures(2);
  fs::create_directories(folder_ / "labels/deep");
  put_mask(at("labels/p0.png"), 40, 60, 5, 5, 20, 20);
  put_mask(at("labels/deep/p1.png"), 50, 61, 5, 5, 20, 20);
  put_text("small.yaml",
           "{generator_kind: segmentation, mask_generator_kwargs: {downsample_levels: 4, "
           "min_mask_area: 0}, max_masks_per_image: 1, cropping: {out_min_size: 32}}");
  const Finished run = make("out", {"--labels", at("labels")});
  EXPECT_EQ(run.code, 3);
  EXPECT_TRUE(contains(run.err, "p1.png: 50 x 60 pixels, but its labels have 50 x 61")) << run.err;
  EXPECT_TRUE(fs::exists(folder_ / "out/p0_crop000_mask000.png"));
  const Finished none = make("none");
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.only_line(), "lama: " + at("small.yaml") +
                                  ": segmentation masks need labelled objects: name the "
                                  "folder of labels with --labels DIR");
  EXPECT_FALSE(fs::exists(folder_ / "none"));
  put_text("small.yaml",
           "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0.1}, "
           "max_masks_per_image: 1, cropping: {out_min_size: 32}}");
  EXPECT_TRUE(contains(make("none").only_line(), "--labels DIR")) << "of several kinds, one";
}

TEST_F(MasksMake, DoesNotMixLabels) {
  add_pictures(1);
  for (const char* labels : {"labels", "others"}) {
    fs::create_directories(folder_ / labels);
    put_mask(folder_ / labels / "p0.png", 40, 60, 5, 5, 20, 20);
  }
  const auto make_with = [&](const std::string& labels) {
    return make("out", {"--labels", at(labels)});
  };
  put_text("small.yaml",
           "{generator_kind: segmentation, mask_generator_kwargs: {downsample_levels: 4, "
           "min_mask_area: 0}, max_masks_per_image: 1, cropping: {out_min_size: 32}}");
  EXPECT_EQ(make_with("labels").code, 0);
  EXPECT_EQ(make_with("others/../labels/").code, 0);
  const Finished mixed = make_with("others");
  EXPECT_EQ(mixed.code, 1);
  EXPECT_TRUE(contains(mixed.only_line(), "another seed, config or --labels")) << mixed.err;
  // A set that an older version began, without a record of labels.
  const Bytes bytes = get(at("out/masks.json"));
  std::string record(bytes.begin(), bytes.end());
  const std::string labels = ",\n  \"labels\": \"../labels\"";
  const std::size_t place = record.find(labels);
  ASSERT_NE(place, std::string::npos) << record;
  put_text("out/masks.json", record.erase(place, labels.size()));
  EXPECT_EQ(make_with("others").code, 0);
}

TEST_F(MasksMake, RefusesImpossibleRequests) {
  add_pictures(1);
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& part) {
    std::vector<std::string> all = {"masks", "make"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Finished run = run_program(all);
    EXPECT_NE(run.code, 0);
    EXPECT_TRUE(contains(run.only_line(), part)) << run.err;
  };
  for (const char* inside : {"in", "in/", "in/sets/small", "in/deep/../sets"}) {
    refused({at("small.yaml"), at("in"), at(inside)}, "choose a folder outside of it");
  }
  EXPECT_FALSE(fs::exists(folder_ / "in/sets"));
  refused({at("small.yaml"), at("in/deep"), at("out")}, "it contains no pictures");
  refused({at("small.yaml"), at("in/deep"), "no-such-folder"}, "it contains no pictures");
  refused({config("abl-02-thin-bb"), at("in"), at("out")}, "has no settings for crops");
  refused({at("nothing.yaml"), at("in"), at("out")}, "nothing.yaml: no such file (CONFIG)");
  refused({at("small.yaml"), at("in"), at("out"), "--shard", "3/2"}, "3/2: K must be from 1 to 2");
  refused({at("small.yaml"), at("in"), at("out"), "--seed", "-1"}, "--seed: -1 is not a number");
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(MasksMake, StopsWhenAsked) {
  add_pictures(2);
  for (int i = 0; i < 300; ++i) put_noise(at("in/q" + std::to_string(i) + ".png"), 200, 200);
  testing::Program program({"masks", "make", config("random_thick_512"), at("in"), at("out")});
  while (!fs::exists(folder_ / "out/masks.json")) {
    ASSERT_TRUE(program.runs());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  program.send(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
  for (const auto& [name, bytes] : files("out")) EXPECT_FALSE(contains(name, "tmp")) << name;
}

TEST_F(MasksMake, StopsWhenAskedDuringTheLastPicture) {
  fs::create_directories(folder_ / "in");
  put_noise(at("in/p.png"), 500, 500);
  put_text("small.yaml",  // a picture that takes long
           "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0}, "
           "max_masks_per_image: 1, cropping: {out_min_size: 3000}}");
  testing::Program program({"masks", "make", at("small.yaml"), at("in"), at("out")});
  while (!fs::exists(folder_ / "out/masks.json")) {
    ASSERT_TRUE(program.runs());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().code, 143);
}

TEST_F(MasksMake, ReportsAPictureThatWouldTakeAllMemory) {
  add_pictures(1);
  put_noise(at("in/line.png"), 30000, 1);
  put_text("small.yaml",
           "{generator_kind: random, mask_generator_kwargs: {segm_proba: 0}, "
           "max_masks_per_image: 1, cropping: {out_min_size: 512}}");
  const Finished run = make("out", {"-q"});
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_TRUE(run.err.starts_with("failed: " + at("in/line.png") +
                                  ": 30000 x 1 pixels would become 15360000 x 512"))
      << run.err;
}

TEST(MasksPreview, DrawsASheetFromTheSeed) {
  const TemporaryFolder folder;
  const auto draw = [&](const std::string& name, const std::string& seed) {
    const Finished run = run_program({"masks", "preview", config("random_thick_256"), "-o",
                                      (folder / name).string(), "--seed", seed});
    EXPECT_EQ(run.code, 0) << run.err;
    return get(folder / name);
  };
  EXPECT_EQ(draw("a.png", "1"), draw("b.png", "1"));
  EXPECT_NE(draw("a.png", "1"), draw("b.png", "2"));
  EXPECT_GT(testing::read_image(folder / "a.png").width(), 1000);
}

TEST(MasksPreview, ReportsBadSeedsAndFiles) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& name, const std::string& seed) {
    const Finished run = run_program({"masks", "preview", config("random_thick_256"), "-o",
                                      (folder / name).string(), "--seed", seed});
    EXPECT_EQ(run.code, 2);
    return run.only_line();
  };
  for (const std::string seed : {"-1", "abc", "4294967296"}) {
    EXPECT_TRUE(contains(refused("sheet.png", seed), "--seed: " + seed + " is not a number"));
  }
  EXPECT_TRUE(contains(refused("sheet.txt", "1"), "sheet.txt")) << "as inpaint does";
  EXPECT_EQ(folder.entries(), 0);
}

TEST(MasksPreview, ShowsObjectsOfLabelledPictures) {
  const TemporaryFolder folder;
  const std::string yaml =
      "{generator_kind: segmentation, mask_generator_kwargs: {}, max_masks_per_image: 1, "
      "cropping: {out_min_size: 256}}";
  put(folder / "segm.yaml", Bytes(yaml.begin(), yaml.end()));
  const std::vector<std::string> arguments = {"masks", "preview", (folder / "segm.yaml").string(),
                                              "-o", (folder / "sheet.png").string()};
  const Finished without = run_program(arguments);
  EXPECT_EQ(without.code, 1);
  EXPECT_TRUE(contains(without.only_line(), "segm.yaml: segmentation masks need"));
  EXPECT_TRUE(contains(without.only_line(), "--labels DIR"));
  auto with = arguments;
  with.insert(with.end(), {"--labels", testing::data("masks/labels").string()});
  const Finished run = run_program(with);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "masks at 256 pixels")) << run.err;
}

}  // namespace
}  // namespace lama::internal
