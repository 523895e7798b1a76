#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/weights/fixtures.h"

namespace lama {
namespace {

using testing::data;
using testing::Finished;
using testing::run_program;
using testing::says;
using testing::small_model;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

/// `models info` says first which model it has opened.
class ChooseModel : public ::testing::Test {
 protected:
  std::string chosen(std::vector<std::string> arguments = {},
                     std::vector<std::string> environment = {}) const {
    arguments.insert(arguments.begin(), {"models", "info"});
    environment.push_back("XDG_CACHE_HOME=" + folder_.path().string());
    const Finished run = run_program(arguments, {.environment = environment});
    if (run.code != 0) return run.only_line();
    return run.out.substr(0, run.out.find('\n'));
  }
  fs::path install(const std::string& name, const fs::path& source = small_model()) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    fs::copy_file(source, path);
    return path;
  }
  const TemporaryFolder folder_;
};

TEST_F(ChooseModel, InTheOrderOfTheManual) {
  EXPECT_TRUE(says(chosen(), {"model       embedded ("}));
  const fs::path elsewhere = install("torch/hub/checkpoints/big-lama.pt", data("torch/traced.pt"));
  EXPECT_TRUE(says(chosen(), {elsewhere.string(), "TorchScript"}));
  install("lama/lama-fourier.safetensors");
  EXPECT_TRUE(says(chosen(), {"model       lama-fourier ("}));
  install("lama/big-lama.safetensors");
  EXPECT_TRUE(says(chosen(), {"model       big-lama ("}));
  const std::vector<std::string> variable = {"LAMA_MODEL=lama-fourier"};
  EXPECT_TRUE(says(chosen({}, variable), {"model       lama-fourier ("}));
  EXPECT_TRUE(says(chosen({"big-lama-torchscript"}, variable), {elsewhere.string()}));
  EXPECT_TRUE(says(chosen({"embedded"}, variable), {"model       embedded ("}));
  EXPECT_TRUE(says(chosen({small_model()}, variable), {small_model()}));
}

TEST_F(ChooseModel, InpaintNamesIt) {
  install("lama/big-lama.safetensors");
  const Finished run =
      run_program({"inpaint", data("published/odd.png"), data("published/odd_mask.png"), "-o",
                   (folder_ / "out.png").string()},
                  {.environment = {"XDG_CACHE_HOME=" + folder_.path().string()}});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(says(run.err, {"model: big-lama,"}));
}

TEST_F(ChooseModel, SaysWhatIsWrongWithAName) {
  EXPECT_TRUE(says(chosen({"big-lama"}), {"big-lama: not installed", "lama models pull big-lama"}));
  EXPECT_TRUE(says(chosen({"big-llama"}),
                   {"big-llama: ", "did you mean big-lama?", "lama-fourier", "embedded"}));
  const std::string text = chosen({"nothing.ckpt"});
  EXPECT_TRUE(says(text, {"nothing.ckpt: no such file", "big-lama"}));
  EXPECT_EQ(text.find("did you mean"), std::string::npos) << text;
  EXPECT_TRUE(says(chosen({"./big-lama"}), {"./big-lama: no such file"}));
  install("lama/big-lama.safetensors", data("photo512.png"));
  EXPECT_TRUE(says(chosen(), {(folder_ / "lama/big-lama.safetensors").string()}));
}

}  // namespace
}  // namespace lama
