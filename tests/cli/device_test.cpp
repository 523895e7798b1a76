#include <cmath>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"

namespace lama::internal {
namespace {

using testing::Finished;
using testing::put_mask;
using testing::put_noise;
using testing::run_program;

class Device : public ::testing::Test {
 protected:
  void SetUp() override {
    put_noise(folder_ / "photo.png", 72, 56);
    put_mask(folder_ / "mask.png", 72, 56, 10, 8, 45, 40);
  }
  Finished inpaint(const std::string& device, const std::string& output) const {
    return run_program({"inpaint", at("photo.png"), at("mask.png"), "-o", at(output), "--model",
                        testing::small_model(), "--device", device});
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  testing::TemporaryFolder folder_;
};

TEST_F(Device, IsTheEngineByDefault) {
  EXPECT_EQ(inpaint("auto", "auto.png").code, 0);
  EXPECT_EQ(inpaint("cpu", "cpu.png").code, 0);
  EXPECT_EQ(testing::get(folder_ / "auto.png"), testing::get(folder_ / "cpu.png"));
}

TEST_F(Device, UnknownNamesAreWrongUsage) {
  for (const std::string name : {"gpu", "cuda:", "cuda:x", "cuda:1000", "CPU"}) {
    const Finished run = inpaint(name, "out.png");
    EXPECT_EQ(run.code, 2) << name;
    EXPECT_NE(run.err.find(name), std::string::npos) << run.err;
  }
}

#ifdef LAMA_HAS_TORCH
TEST_F(Device, TorchCpuFillsLikeTheEngine) {
  ASSERT_EQ(inpaint("cpu", "engine.png").code, 0);
  const Finished run = inpaint("torch-cpu", "torch.png");
  ASSERT_EQ(run.code, 0) << run.err;
  const Image engine = testing::read_image(folder_ / "engine.png");
  const Image torch = testing::read_image(folder_ / "torch.png");
  ASSERT_EQ(engine.bytes().size(), torch.bytes().size());
  // Both are within 1e-5 of exact arithmetic: 8-bit rounding may differ by one step in a few
  // samples.
  std::size_t different = 0;
  for (std::size_t i = 0; i < engine.bytes().size(); ++i) {
    const int step = std::abs(int{engine.bytes()[i]} - int{torch.bytes()[i]});
    EXPECT_LE(step, 1);
    different += static_cast<std::size_t>(step);
  }
  EXPECT_LE(different, engine.bytes().size() / 200);
}

TEST_F(Device, AnUnavailableDeviceIsAnErrorThatListsTheOthers) {
  const Finished run = inpaint("cuda:99", "out.png");
  EXPECT_EQ(run.code, 1);
  const std::string line = run.only_line();
  EXPECT_NE(line.find("--device cuda:99: no such CUDA device here; available: cpu"),
            std::string::npos)
      << line;
  EXPECT_FALSE(testing::fs::exists(folder_ / "out.png"));
}
#else
TEST_F(Device, WithoutTheModuleNamesThePackages) {
  const Finished run = inpaint("torch-cpu", "out.png");
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.only_line().find("libtorch-dev"), std::string::npos);
}
#endif

}  // namespace
}  // namespace lama::internal
