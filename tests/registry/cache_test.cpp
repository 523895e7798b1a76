#include "registry/cache.h"

#include <memory>
#include <string>
#include <vector>

#include "tests/registry/environment.h"

namespace lama::internal::registry {
namespace {

using testing::Variable;
namespace fs = std::filesystem;

class Cache : public ::testing::Test {
 protected:
  fs::path put(const std::string& name) const { return environment_.put(name); }
  void set(const std::string& name, const fs::path& value) {
    variables_.push_back(std::make_unique<Variable>(name, value));
  }
  ~Cache() override {
    while (!variables_.empty()) variables_.pop_back();
  }

  const testing::ModelEnvironment environment_;
  const testing::TemporaryFolder& folder_ = environment_.folder;
  std::vector<std::unique_ptr<Variable>> variables_;
  const PublishedModel& zip_ = *find_published("big-lama");
  const PublishedModel& torch_script_ = *find_published("big-lama-torchscript");
};

TEST_F(Cache, FollowsTheEnvironment) {
  EXPECT_EQ(home(), folder_ / ".cache/lama");
  set("XDG_CACHE_HOME", "relative");
  EXPECT_EQ(home(), folder_ / ".cache/lama");
  set("XDG_CACHE_HOME", folder_ / "xdg");
  EXPECT_EQ(home(), folder_ / "xdg/lama");
  set("LAMA_HOME", folder_ / "mine");
  EXPECT_EQ(home(), folder_ / "mine");
}

TEST_F(Cache, IsEmptyWithoutAHome) {
  set("HOME", "");
  EXPECT_NE(testing::error_of([] { home(); }), "");
  EXPECT_FALSE(installed(zip_));
  EXPECT_FALSE(find_best());
}

TEST_F(Cache, FindsInstalledModels) {
  EXPECT_FALSE(installed(zip_));
  const fs::path file = put(".cache/lama/big-lama.safetensors");
  put(".cache/lama/big-lama-torchscript.part");
  fs::create_directories(folder_ / ".cache/lama/lama-fourier.safetensors");
  EXPECT_EQ(installed(zip_), file);
  EXPECT_FALSE(installed(torch_script_));
  EXPECT_FALSE(installed(*find_published("lama-fourier")));
}

TEST_F(Cache, FindsPyTorchsDownloads) {
  const fs::path usual = put(".cache/torch/hub/checkpoints/big-lama.pt");
  const fs::path xdg = put("xdg/torch/hub/checkpoints/big-lama.pt");
  const fs::path named = put("torch/hub/checkpoints/big-lama.pt");
  using Paths = std::vector<fs::path>;
  EXPECT_EQ(found_elsewhere(torch_script_), Paths{usual});
  EXPECT_EQ(found_elsewhere(zip_), Paths{});
  set("XDG_CACHE_HOME", folder_ / "xdg");
  EXPECT_EQ(found_elsewhere(torch_script_), Paths{xdg});
  set("TORCH_HOME", folder_ / "torch");
  EXPECT_EQ(found_elsewhere(torch_script_), Paths{named});
}

TEST_F(Cache, FindsTheHuggingFaceCache) {
  // In huggingface_hub's layout: snapshots hold links to blobs.
  const auto snapshot = [this](const std::string& hub, const std::string& repository) {
    const fs::path blob = put(hub + "/" + repository + "/blobs/0123");
    const fs::path link = folder_ / (hub + "/" + repository + "/snapshots/d570/big-lama.pt");
    fs::create_directories(link.parent_path());
    fs::create_symlink("../../blobs/0123", link);
    return link;
  };
  using Paths = std::vector<fs::path>;
  const fs::path usual = snapshot(".cache/huggingface/hub", "models--okaris--simple-lama");
  snapshot(".cache/huggingface/hub", "datasets--okaris--simple-lama");
  const fs::path broken = folder_ / ".cache/huggingface/hub/models--a--b/snapshots/1/big-lama.pt";
  fs::create_directories(broken.parent_path());
  fs::create_symlink("nowhere", broken);
  EXPECT_EQ(found_elsewhere(torch_script_), Paths{usual});
  const fs::path home = snapshot("hf/hub", "models--b--c");
  const fs::path first = snapshot("hub", "models--a--a");
  const fs::path second = snapshot("hub", "models--b--b");
  set("HF_HOME", folder_ / "hf");
  EXPECT_EQ(found_elsewhere(torch_script_), Paths{home});
  set("HF_HUB_CACHE", folder_ / "hub");
  EXPECT_EQ(found_elsewhere(torch_script_), (Paths{first, second}));
}

TEST_F(Cache, TheBestIsInstalledAndGeneral) {
  EXPECT_FALSE(find_best());
  put(".cache/lama/lama-fourier-celeba.safetensors");
  put(".cache/torch/hub/checkpoints/anime-manga-big-lama.pt");
  EXPECT_FALSE(find_best()) << "made for one kind of picture";
  const fs::path elsewhere = put(".cache/torch/hub/checkpoints/big-lama.pt");
  EXPECT_EQ(find_best()->file, elsewhere);
  EXPECT_FALSE(find_best()->ours);
  put(".cache/lama/lama-fourier.safetensors");
  EXPECT_EQ(find_best()->model->name, "lama-fourier") << "installed goes before elsewhere";
  put(".cache/lama/big-lama.safetensors");
  EXPECT_EQ(find_best()->model->name, "big-lama");
  EXPECT_TRUE(find_best()->ours);
}

}  // namespace
}  // namespace lama::internal::registry
