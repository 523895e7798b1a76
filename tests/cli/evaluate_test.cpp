#include <nlohmann/json.hpp>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/testing.h"

namespace lama::internal {
namespace {

using nlohmann::json;
using testing::contains;
using testing::Finished;
using testing::get;
using testing::put;
using testing::put_mask;
using testing::put_noise;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

/// An evaluation set `set` of four masks, and the predictions `same` (the truth itself) and `grey`.
class Evaluate : public ::testing::Test {
 protected:
  static constexpr int kSide = 24;

  Evaluate() {
    for (const char* folder : {"set/deep", "same/deep", "grey/deep"}) {
      fs::create_directories(folder_ / folder);
    }
    for (const std::string name : {"a", "deep/b"}) {
      put_noise(folder_ / ("set/" + name + ".png"), kSide, kSide);
      for (const std::string mask : {"_mask000", "_mask001"}) {
        const int side = mask == "_mask000" ? 6 : 12;
        put_mask(folder_ / ("set/" + name + mask + ".png"), kSide, kSide, 2, 2, 2 + side, 2 + side);
        put_noise(folder_ / ("same/" + name + mask + ".png"), kSide, kSide);
        put_mask(folder_ / ("grey/" + name + mask + ".png"), kSide, kSide, 0, 0, 0, 0);
      }
    }
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  std::string read(const std::string& name) const {
    const auto bytes = get(folder_ / name);
    return {bytes.begin(), bytes.end()};
  }
  /// Only the weights in LAMA_HOME are visible.
  Finished evaluate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "evaluate");
    return testing::run_program(
        arguments, {.environment = {"LAMA_HOME=" + at("home"), "TORCH_HOME=" + at("home")}});
  }
  TemporaryFolder folder_;
};

TEST_F(Evaluate, WritesThePublishedTableAndATableOfItems) {
  const Finished run =
      evaluate({at("set"), at("same"), "-o", at("m.tsv"), "--items", at("i.csv"), "--plain"});
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string table = read("m.tsv");
  EXPECT_TRUE(table.starts_with("\thole_l1\thole_l1\thole_psnr")) << table;
  EXPECT_TRUE(contains(table, "\n0-10%\t0.0000\t0.0000\t100.0000\t0.0000\t1.0000")) << table;
  EXPECT_TRUE(contains(table, "\n20-30%\t")) << table;
  EXPECT_TRUE(contains(table, "\ntotal\t")) << table;
  const std::string items = read("i.csv");
  EXPECT_EQ(std::count(items.begin(), items.end(), '\n'), 5);
  EXPECT_TRUE(contains(items, "\nsame,deep/b_mask001,0.2500,0.0000,100.0000")) << items;
  EXPECT_TRUE(contains(run.out, "hole_psnr")) << run.out;
}

TEST_F(Evaluate, ComparesFoldersAsJsonWithTheSameNumbersOnAnyNumberOfThreads) {
  const std::vector<std::string> arguments = {at("set"), at("same"), at("grey"),
                                              "--json",  "--plain",  "--threads"};
  const auto with_threads = [&](const std::string& threads) {
    auto all = arguments;
    all.push_back(threads);
    return evaluate(all);
  };
  const Finished one = with_threads("1"), four = with_threads("4");
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.out, four.out);
  const json found = json::parse(one.out);
  EXPECT_EQ(found["items"], 4);
  EXPECT_EQ(found["predictions"][0]["name"], "same");
  EXPECT_EQ(found["predictions"][0]["groups"]["total"]["hole_l1"]["mean"], 0);
  EXPECT_GT(found["predictions"][1]["groups"]["total"]["hole_l1"]["mean"], 0.2);
  EXPECT_LT(found["predictions"][1]["groups"]["total"]["lightness_bias"]["mean"], -20);
}

TEST_F(Evaluate, ListsMissingWeightsAndMeasuresTheRest) {
  const Finished run = evaluate({at("set"), at("same"), "--lpips", "alex"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(contains(
      run.err, "note: LPIPS left out: no alexnet-owt-7be5be79.pth in " + at("home/evaluation")))
      << run.err;
  EXPECT_TRUE(contains(run.err, "FID, P-IDS and U-IDS left out: no pt_inception-2015-12-05"))
      << run.err;
  EXPECT_FALSE(contains(run.out, "lpips"));
}

TEST_F(Evaluate, ResultsMayBeNamedFromWithinTheSetButAreNotTheSet) {
  const std::string relative = fs::relative(at("set")).string();
  const Finished run = evaluate({relative + "/.", relative + "/../same", "--plain", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["items"], 4);
  const Finished itself = evaluate({at("set"), at("set"), "--plain"});
  EXPECT_EQ(itself.code, 1);
  EXPECT_TRUE(contains(itself.only_line(), "the dataset itself")) << itself.err;
}

// macOS writes decomposed letters, other systems composed ones.
TEST_F(Evaluate, NamesMayDifferInTheirUnicodeForm) {
  const std::string decomposed = "e\xcc\x81", composed = "\xc3\xa9";
  fs::create_directories(folder_ / "forms/in" / composed);
  fs::create_directories(folder_ / "forms/out" / decomposed);
  const fs::path in = folder_ / "forms/in" / composed, out = folder_ / "forms/out" / decomposed;
  put_noise(in / (composed + ".png"), kSide, kSide);
  testing::put_mask(in / (composed + "_mask000.png"), kSide, kSide, 4, 4, 12, 12);
  put_noise(out / (decomposed + "_mask000.png"), kSide, kSide);
  const Finished run = evaluate({at("forms/in"), at("forms/out"), "--plain", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["items"], 1);
}

TEST_F(Evaluate, RefusesWeightsThatDifferFromTheirName) {
  fs::create_directories(folder_ / "home/evaluation");
  put(folder_ / "home/evaluation/vgg16-397923af.pth", testing::bytes_of("something else"));
  const Finished run = evaluate({at("set"), at("same")});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(
      contains(run.only_line(), "vgg16-397923af.pth: not the published weights, or damaged"))
      << run.err;
}

TEST_F(Evaluate, ListsUnreadableItemsAndLeavesThemOut) {
  put(folder_ / "same/a_mask000.png", testing::bytes_of("no picture"));
  put_noise(folder_ / "same/a_mask001.png", kSide, kSide - 1);
  fs::remove(folder_ / "same/deep/b_mask000.png");
  const Finished run = evaluate({at("set"), at("same"), at("grey"), "--plain", "--json"});
  EXPECT_EQ(run.code, 3);
  const json found = json::parse(run.out);
  EXPECT_EQ(found["items"], 1) << "means of different sets are not compared";
  ASSERT_EQ(found["failed"].size(), 3U) << found;
  EXPECT_EQ(found["failed"][0], "deep/b_mask000: no result in " + at("same"));
  EXPECT_TRUE(contains(found["failed"][1], "a_mask000.png: not a")) << found;
  EXPECT_TRUE(contains(found["failed"][2], "the result is 24 x 23 pixels")) << found;
}

TEST_F(Evaluate, ChoosesNoneOfSeveralResults) {
  for (const char* name : {"a_mask000.jpg", "a_mask000.webp", "a_mask001.jpg"}) {
    codecs::write_picture(folder_ / "same" / name,
                          testing::read_image(folder_ / "same/a_mask000.png"), {}, {});
  }
  fs::remove(folder_ / "same/a_mask000.png");
  const Finished run = evaluate({at("set"), at("same"), "--plain", "--json"});
  EXPECT_EQ(run.code, 3);
  const json found = json::parse(run.out);
  EXPECT_EQ(found["items"], 3) << "a PNG is taken before a JPEG";
  ASSERT_EQ(found["failed"].size(), 1U) << found;
  EXPECT_EQ(found["failed"][0], "a_mask000: more than one result in " + at("same"));
}

TEST_F(Evaluate, ReportsAnEmptySet) {
  fs::create_directories(folder_ / "empty");
  const Finished none = evaluate({at("empty"), at("same"), "--plain"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(contains(none.only_line(), "it contains no NAME.png with NAME_mask000.png"))
      << none.err;
  const Finished other = evaluate({at("set"), at("empty"), "--plain"});
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(contains(other.only_line(), "nothing to compare")) << other.err;
  EXPECT_EQ(evaluate({at("set")}).code, 2);
  EXPECT_EQ(evaluate({at("set"), at("nowhere"), "--plain"}).code, 1);
}

TEST_F(Evaluate, TakesPredictionsOfAnyFormatAndInsideTheDataset) {
  fs::rename(folder_ / "same", folder_ / "set/results");
  const fs::path old = folder_ / "set/results/a_mask000.png";
  codecs::write_picture(folder_ / "set/results/a_mask000_inpainted.jpg", testing::read_image(old),
                        {}, {.quality = 95});
  fs::remove(old);
  const Finished run = evaluate({at("set"), at("set/results"), "--plain", "--json"});
  EXPECT_EQ(run.code, 0) << run.err << run.out;
  EXPECT_EQ(json::parse(run.out)["items"], 4);
}

TEST_F(Evaluate, WritesASelfContainedPage) {
  const Finished run =
      evaluate({at("set"), at("same"), at("grey"), "--plain", "-q", "--html", at("r.html")});
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string page = read("r.html");
  for (const char* part : {"<table>", "<svg", "data:image/jpeg;base64,", "best by Hole L1",
                           "worst by Hole L1", "deep/b_mask001, 25 % missing"}) {
    EXPECT_TRUE(contains(page, part)) << part;
  }
  for (const char* part : {"http://", "https://", "<link", "src=\"/", "@import"}) {
    EXPECT_FALSE(contains(page, part)) << part;
  }
}

TEST_F(Evaluate, NamesAWinnerOnlyIfPicturesAreEnough) {
  const auto run = [&] { return evaluate({at("set"), at("same"), at("grey"), "--plain"}).out; };
  EXPECT_FALSE(contains(run(), "lower is better: same")) << "four pictures say nothing";
  for (const std::string name : {"a_mask002", "a_mask003"}) {
    put_mask(folder_ / ("set/" + name + ".png"), kSide, kSide, 2, 2, 8, 8);
    put_noise(folder_ / ("same/" + name + ".png"), kSide, kSide);
    put_mask(folder_ / ("grey/" + name + ".png"), kSide, kSide, 0, 0, 0, 0);
  }
  EXPECT_TRUE(contains(run(), "lower is better: same")) << run();
  const json found =
      json::parse(evaluate({at("set"), at("same"), at("grey"), "--plain", "--json"}).out);
  EXPECT_EQ(found["winners"]["hole_l1"], "same") << found["winners"];
  EXPECT_FALSE(evaluate({at("set"), at("same"), "--plain"}).out.find("better: same") !=
               std::string::npos)
      << "one folder beats none";
}

TEST_F(Evaluate, NamesInPagesAreText) {
  fs::rename(folder_ / "same", folder_ / "<b>&\"x");
  const Finished run =
      evaluate({at("set"), at("<b>&\"x"), "--plain", "-q", "--html", at("r.html")});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_FALSE(contains(read("r.html"), "<b>"));
  EXPECT_TRUE(contains(read("r.html"), "&lt;b&gt;&amp;&quot;x"));
}

TEST_F(Evaluate, WritesAStudyAndCountsItsAnswers) {
  const Finished run = evaluate(
      {"--study", at("set"), at("same"), at("grey"), "-o", at("s.html"), "--questions", "3"});
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string page = read("s.html");
  const std::string begin = "<script type=\"application/json\" id=\"study\">";
  const std::size_t from = page.find(begin) + begin.size();
  const json study = json::parse(page.substr(from, page.find("</script>", from) - from));
  EXPECT_EQ(study["names"], (json{"same", "grey"}));
  EXPECT_EQ(study["items"].size(), 3U);

  const json answers = {
      {"format", study["format"]},
      {"names", study["names"]},
      {"answers", {{{"chosen", "same"}}, {{"chosen", "same"}}, {{"chosen", nullptr}}}}};
  put(at("answers.json"), testing::bytes_of(answers.dump()));
  put(at("more.json"), testing::bytes_of(answers.dump(1)));
  fs::copy_file(at("more.json"), at("copy.json"));
  const Finished count =
      evaluate({"--study-results", at("answers.json"), at("more.json"), at("copy.json")});
  EXPECT_EQ(count.code, 0) << count.err;
  EXPECT_EQ(count.out,
            "grey over same: 0.0 % of 4 decided answers, 95 % interval 0.0 to 49.0 % (Wilson); 2 "
            "undecided; 2 files\n");
}

TEST_F(Evaluate, AStudyWithoutADecisionHasNoShare) {
  put(at("a.json"), testing::bytes_of(R"({"format": "lama study answers 1", "names": ["a", "b"],
    "answers": [{"chosen": null}, {"chosen": null}]})"));
  const Finished text = evaluate({"--study-results", at("a.json")});
  EXPECT_EQ(text.out, "a over b: no answer is decided; 2 undecided; 1 file\n");
  const json found = json::parse(evaluate({"--json", "--study-results", at("a.json")}).out)[0];
  EXPECT_EQ(found["undecided"], 2);
  EXPECT_TRUE(found["share_of_first"].is_null() && found["confidence_95_wilson"].is_null())
      << found;
}

TEST_F(Evaluate, OutputsGoToStdoutOneAtATime) {
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {at("set"), at("same"), "--plain"});
    return evaluate(more);
  };
  EXPECT_EQ(with({"-o", at("m.tsv"), "--items", at("i.tsv")}).code, 0);
  EXPECT_EQ(with({"-o", "-"}).out, read("m.tsv")) << "and nothing else";
  EXPECT_EQ(with({"--items", "-"}).out, read("i.tsv"));
  EXPECT_TRUE(with({"--html", "-"}).out.starts_with("<!doctype html>"));
  EXPECT_TRUE(evaluate({"--study", at("set"), at("same"), at("grey"), "-o", "-"})
                  .out.starts_with("<!doctype html>"));
  EXPECT_FALSE(fs::exists("-"));
  for (const std::vector<std::string>& both :
       {std::vector<std::string>{"-o", "-", "--items", "-"}, {"--html", "-", "--json"}}) {
    const Finished run = with(both);
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(contains(run.only_line(), "would both write to stdout")) << run.err;
  }
}

TEST_F(Evaluate, OutputsReplaceNeitherEachOtherNorTheSet) {
  put(at("set/masks.json"), testing::bytes_of("{}"));
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {at("set"), at("same"), "--plain"};
    all.insert(all.end(), more.begin(), more.end());
    const Finished run = evaluate(all);
    EXPECT_EQ(run.code, 2);
    return run.only_line();
  };
  EXPECT_TRUE(contains(refused({"-o", at("m"), "--html", at("set/../m")}),
                       "-o and --html would both write " + at("set/../m")));
  EXPECT_TRUE(contains(refused({"--items", at("set/deep/../masks.json")}),
                       "would replace a record of the evaluation set"));
  // Two names of one missing file, relative to the working folder.
  EXPECT_TRUE(contains(refused({"-o", "no-such-m", "--items", "./no-such-m"}), "would both write"));
  const std::string picture = read("set/a.png");
  EXPECT_TRUE(
      contains(refused({"--html", at("set/a.png")}), "a.png: this is the name of a picture"));
  EXPECT_EQ(read("set/a.png"), picture);
  EXPECT_EQ(read("set/masks.json"), "{}");
  EXPECT_FALSE(fs::exists(at("m")));
}

TEST_F(Evaluate, FoldersOfResultsGetDistinctNames) {
  for (const std::string again : {"same", "grey/../same/"}) {
    const Finished run = evaluate({at("set"), at("same"), at(again), "--plain"});
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(contains(run.only_line(), "are the same folder")) << run.err;
  }
  for (const char* place : {"one/a", "two/a"}) {
    fs::create_directories(folder_ / place);
    fs::copy(folder_ / "grey", folder_ / place / "results", fs::copy_options::recursive);
  }
  const Finished run = evaluate(
      {at("set"), at("one/a/results"), at("two/a/results/"), at("same"), "--plain", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  const json found = json::parse(run.out)["predictions"];
  EXPECT_EQ(found[0]["name"], "one/a/results");
  EXPECT_EQ(found[1]["name"], "two/a/results");
  EXPECT_EQ(found[2]["name"], "same");
}

TEST_F(Evaluate, AStudyNeedsTwoFoldersAndAPage) {
  EXPECT_EQ(evaluate({"--study", at("set"), at("same"), "-o", at("s.html")}).code, 2);
  EXPECT_EQ(evaluate({"--study", at("set"), at("same"), at("grey")}).code, 2);
}

TEST_F(Evaluate, InpaintHintsAtBlurAndDarkness) {
  const Finished run =
      testing::run_program({"inpaint", "--model", testing::small_model(), at("set/a.png"),
                            at("set/a_mask001.png"), "-o", at("filled.png"), "--quality-hint"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(contains(run.err, "hint: the fill is ")) << run.err;
  const Finished as_json = testing::run_program({"inpaint", "--model", testing::small_model(),
                                                 at("set/a.png"), at("set/a_mask001.png"), "-o",
                                                 at("filled.png"), "--quality-hint", "--json"});
  EXPECT_EQ(json::parse(as_json.out)["quality_hint"]["colour_ratio"].size(), 3U) << as_json.out;
}

}  // namespace
}  // namespace lama::internal
