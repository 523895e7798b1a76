#include "registry/choose_model.h"

#include "base/file.h"
#include "tests/registry/environment.h"
#include "tests/weights/fixtures.h"

namespace lama::internal::registry {
namespace {

using testing::data;
using testing::says;
using testing::Variable;
namespace fs = std::filesystem;

const fs::path kSmall = data("networks/shallow.safetensors");

std::string chosen(const std::string& name = "") { return open_chosen_model(name).name; }
std::string refusal(const std::string& name = "") {
  return testing::error_of([&] { open_chosen_model(name); });
}

TEST(ChooseModel, FollowsTheManualsOrder) {
  const testing::ModelEnvironment environment;
  EXPECT_EQ(chosen(), "embedded");
  const fs::path elsewhere =
      environment.put(".cache/torch/hub/checkpoints/big-lama.pt", data("torch/traced.pt"));
  EXPECT_EQ(chosen(), elsewhere);
  environment.put(".cache/lama/lama-fourier.safetensors", kSmall);
  EXPECT_EQ(chosen(), "lama-fourier");
  environment.put(".cache/lama/big-lama.safetensors", kSmall);
  EXPECT_EQ(chosen(), "big-lama");
  const Variable variable("LAMA_MODEL", "lama-fourier");
  EXPECT_EQ(chosen(), "lama-fourier");
  EXPECT_EQ(chosen("big-lama-torchscript"), elsewhere);
  EXPECT_EQ(chosen("embedded"), "embedded");
  EXPECT_EQ(chosen(kSmall), kSmall);
}

TEST(ChooseModel, PatchesAreNoNetwork) {
  const testing::ModelEnvironment environment;
  EXPECT_TRUE(means_patches("patches"));
  EXPECT_FALSE(means_patches(""));
  EXPECT_FALSE(means_patches("embedded"));
  EXPECT_TRUE(says(refusal("patches"), {"patches: it has no network: name another model"}));
  const Variable variable("LAMA_MODEL", "patches");
  EXPECT_TRUE(means_patches(""));
  EXPECT_FALSE(means_patches("embedded"));
}

TEST(ChooseModel, AdvisesABetterModelWhereNoneIsNamedOrInstalled) {
  const testing::ModelEnvironment environment;
  EXPECT_TRUE(says(advice(""), {"lama models pull big-lama"}));
  EXPECT_EQ(advice("embedded"), "");
  environment.put(".cache/lama/lama-fourier.safetensors", kSmall);
  EXPECT_EQ(advice(""), "");
}

TEST(ChooseModel, SparesOnlyTheEmbeddedModelThickHoles) {
  EXPECT_EQ(thickest_hole(open_chosen_model("embedded")), 6);
  const auto bytes = read_file(kSmall, SIZE_MAX);
  EXPECT_GT(thickest_hole(weights::open_model(bytes, "embedded")), 1'000'000);
}

TEST(ChooseModel, ReportsABadName) {
  const testing::ModelEnvironment environment;
  EXPECT_TRUE(says(refusal("big-lama"), {"big-lama: not installed", "lama models pull big-lama"}));
  EXPECT_TRUE(says(refusal("big-llama"),
                   {"big-llama: ", "did you mean big-lama?", "lama-fourier", "embedded, patches"}));
  EXPECT_TRUE(says(refusal("embeded"), {"embeded: no such file", "did you mean embedded?"}));
  const std::string text = refusal("nothing.ckpt");
  EXPECT_TRUE(says(text, {"nothing.ckpt: no such file", "big-lama"}));
  EXPECT_EQ(text.find("did you mean"), std::string::npos) << text;
  {
    const testing::Variable variable("LAMA_MODEL", "nothing.ckpt");
    EXPECT_EQ(refusal(), "LAMA_MODEL names " + text);
  }
  EXPECT_TRUE(says(refusal("./big-lama"), {"./big-lama: no such file"}));
  const fs::path damaged =
      environment.put(".cache/lama/big-lama.safetensors", data("photo512.png"));
  EXPECT_TRUE(says(refusal(), {damaged.string()}));
}

}  // namespace
}  // namespace lama::internal::registry
