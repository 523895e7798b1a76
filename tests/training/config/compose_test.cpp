#include "training/config/compose.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "config/interpolation.h"
#include "tests/config/fixtures.h"

namespace lama::internal::training {
namespace {

using config::parse_yaml;
using config::Value;
namespace testing = config::testing;
using testing::error_of;
using testing::flat;
using Flat = std::map<std::string, std::string>;

/// The expected configs are those that hydra-core 1.1.0 composes of the same files.
class Compose : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("p.yaml", "g: {own: 1, y: 5}\nr: 1\ndefaults:\n  - g: a\n");
    folder_.write("q.yaml",
                  "defaults:\n  - p\n  - r: glob\n  - _self_\n  - override g: b\ng: {y: 9}\n");
    folder_.write("first.yaml", "defaults:\n  - _self_\n  - g: a\ng: {own: 1, y: 5}\n");
    folder_.write("g/a.yaml", "# @package _group_\nx: a\ny: 2\n");
    folder_.write("g/b.yaml", "x: 3\n");
    folder_.write("g/c.yaml", "defaults: [b, _self_]\nz: 4\n");
    folder_.write("r/glob.yaml", "# @package _global_\ng:\n  y: 77\nr: 5\n");
  }

  Value composed(const std::string& name, const std::vector<std::string>& overrides = {}) {
    return compose(name, overrides, folder_.path());
  }
  Flat values(const std::string& name, const std::vector<std::string>& overrides = {}) {
    return flat(composed(name, overrides));
  }
  std::string refusal(const std::string& name, const std::vector<std::string>& overrides = {}) {
    return error_of([&] { composed(name, overrides); });
  }

  testing::Folder folder_;
};

TEST_F(Compose, AConfigsOwnValuesComeLastUnlessItSaysWhen) {
  EXPECT_EQ(values("p"), (Flat{{"g.x", "a"}, {"g.y", "5"}, {"g.own", "1"}, {"r", "1"}}));
  EXPECT_EQ(values("first"), (Flat{{"g.x", "a"}, {"g.y", "2"}, {"g.own", "1"}}));
}

TEST_F(Compose, ConfigsBuildOnConfigs) {
  EXPECT_EQ(values("q"), (Flat{{"g.x", "3"}, {"g.own", "1"}, {"g.y", "9"}, {"r", "5"}}));
  EXPECT_EQ(values("p", {"g=c"}),
            (Flat{{"g.x", "3"}, {"g.z", "4"}, {"g.own", "1"}, {"g.y", "5"}, {"r", "1"}}));
}

TEST_F(Compose, GroupsAreChosenAddedAndTakenOut) {
  EXPECT_EQ(values("p", {"g=b"}), (Flat{{"g.x", "3"}, {"g.y", "5"}, {"g.own", "1"}, {"r", "1"}}));
  EXPECT_EQ(values("p", {"+r=glob"}),
            (Flat{{"g.x", "a"}, {"g.y", "77"}, {"g.own", "1"}, {"r", "5"}}));
  EXPECT_EQ(values("p", {"~g"}), (Flat{{"g.y", "5"}, {"g.own", "1"}, {"r", "1"}}));
  // The command line is stronger than a config's own override.
  EXPECT_EQ(values("q", {"g=a"}).at("g.x"), "a");
}

TEST_F(Compose, ValuesAreChangedInOrder) {
  EXPECT_EQ(values("p", {"g.y=[1,a]"}).at("g.y.1"), "a");
  EXPECT_EQ(values("p", {"g.y={x: 1}"}).at("g.y.x"), "1");
  EXPECT_EQ(values("p", {"g.x=a:b:c", "g.x=d"}).at("g.x"), "d");
  EXPECT_EQ(values("p", {"+s.t.u=1"}).at("s.t.u"), "1");
  EXPECT_EQ(values("p", {"~g.own"}).count("g.own"), 0U);
  EXPECT_EQ(values("p", {"~g.y=5"}).count("g.y"), 0U);
}

TEST_F(Compose, ErrorsNameTheFileAndWhatWasMeant) {
  const std::string p = (folder_.path() / "p.yaml").string();
  EXPECT_NE(refusal("big-lamma").find("no config big-lamma: is big-lama meant?"),
            std::string::npos);
  EXPECT_EQ(refusal("p", {"g=zz"}).find("g=zz: no config zz in g: there are a, b, c"), 0U);
  EXPECT_EQ(refusal("p", {"r=glob"}),
            "r=glob: no config says r in its defaults list; +r=glob adds it");
  EXPECT_EQ(refusal("p", {"+g=b"}), "+g=b: g is in the defaults list already: say g=b");
  EXPECT_EQ(refusal("p", {"~g.x=b"}), "~g.x=b: its value is not b");
  EXPECT_EQ(refusal("p", {"~g.nothing"}), "~g.nothing: no such key to remove");
  EXPECT_EQ(refusal("p", {"g=[a, b]"}), "g=[a, b]: expected the name of a config of the group g");
  folder_.write("p.yaml", "defaults: [{g: none}]");
  EXPECT_EQ(refusal("p").find(p + ": no config none in g: there are a, b, c"), 0U);
  folder_.write("p.yaml", "defaults: [{optional g: a}]");
  EXPECT_EQ(refusal("p").find(p + ": defaults: optional g: expected"), 0U);
  folder_.write("p.yaml", "defaults: {g: a}");
  EXPECT_EQ(refusal("p"), p + ": defaults: expected a list");
  folder_.write("p.yaml", "defaults: [p]");
  EXPECT_EQ(refusal("p"), p + ": its defaults lists run in a circle");
  folder_.write("p.yaml", "- a");
  EXPECT_EQ(refusal("p"), p + ": expected keys with values");
  EXPECT_NE(error_of([] { compose("x", {}, "/nowhere/at/all"); }).find("not a folder of configs"),
            std::string::npos);
}

TEST_F(Compose, AFolderOfOnesOwnComesBeforeWhatIsBuiltIn) {
  folder_.write("location/mine.yaml", "data_root_dir: /mine\n");
  folder_.write("optimizers/default_optimizers.yaml", "generator: {kind: adamw}\n");
  const Flat config = values("lama-fourier", {"location=mine"});
  EXPECT_EQ(config.at("location.data_root_dir"), "/mine");
  EXPECT_EQ(config.at("optimizers.generator.kind"), "adamw");
  EXPECT_EQ(config.count("optimizers.discriminator.kind"), 0U);
  EXPECT_EQ(config.at("generator.n_blocks"), "9");
}

/// Keys that the published code never reads, or that mean nothing here: docs/training.md.
bool left_out(const std::string& name, const std::string& key) {
  static const std::vector<std::string> kKeys = {"trainer.kwargs.gpus",
                                                 "trainer.kwargs.accelerator",
                                                 "trainer.kwargs.log_gpu_memory",
                                                 "trainer.kwargs.terminate_on_nan",
                                                 "trainer.kwargs.replace_sampler_ddp",
                                                 "trainer.checkpoint_kwargs.verbose",
                                                 "losses.perceptual.kwargs.metric"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() ||
         (name.ends_with("_new") && key.starts_with("losses.segm_pl."));
}

TEST(ShippedConfigs, SayWhatThePublishedOnesSay) {
  ::setenv("TORCH_HOME", "/torch", 1);
  std::ifstream file(testing::fs::path(LAMA_SOURCE_DIR) /
                     "tests/data/training/published_configs.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // Every value of every file, by its dotted name.
  const Value published = parse_yaml(text, "published_configs.json");
  const auto entries = [](const Value& map) {
    Flat result;
    for (const auto& [key, value] : map.entries) {
      if (key != "absent") result[key] = value.kind == Value::Kind::null ? "~" : value.text;
    }
    return result;
  };
  const Flat base = entries(*published.find("lama-fourier"));
  std::size_t compared = 0;
  for (const auto& [name, stored] : published.entries) {
    Flat expected = entries(stored);
    expected.insert(base.begin(), base.end());
    if (const Value* absent = stored.find("absent")) {
      for (const Value& key : absent->items) expected.erase(key.text);
    }
    std::vector<std::string> overrides;
    if (name.find("celeba") != std::string::npos) overrides.emplace_back("location=celeba_example");
    Value config = compose(name, overrides, {});
    config.remove("hydra");
    const Flat ours = flat(config::Interpolation(config, 0).resolved(""));
    for (const auto& [key, value] : expected) {
      if (left_out(name, key)) continue;
      ASSERT_EQ(ours.count(key), 1U) << name << ": " << key;
      EXPECT_EQ(ours.at(key), value) << name << ": " << key;
    }
    for (const auto& [key, value] : ours) {
      // One base for all losses: a config may name losses of weight 0.
      const bool more = key.starts_with("recipe.") || key.starts_with("losses.resnet_pl.");
      EXPECT_TRUE(more || expected.count(key) == 1) << name << ": " << key << ": " << value;
    }
    ++compared;
  }
  EXPECT_EQ(compared, 22U);
}

}  // namespace
}  // namespace lama::internal::training
