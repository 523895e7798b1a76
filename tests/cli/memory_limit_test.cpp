// --memory-limit as a bound. scripts/checks/memory-limit tries all formats, models and requests.
#include <nlohmann/json.hpp>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"

namespace lama::internal {
namespace {

using testing::Finished;
using testing::run_program;

class MemoryLimit : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef LAMA_SANITIZED
    GTEST_SKIP() << "a sanitizer maps more";
#endif
  }
  Finished fill(int width, int height, const std::vector<std::string>& more,
                const std::string& output = "out.png") const {
    const std::string photo = (folder_ / "photo.png").string(),
                      mask = (folder_ / "mask.png").string();
    testing::put_noise(photo, width, height);
    testing::put_mask(mask, width, height, width / 4, height / 4, width / 2, height / 2);
    std::vector<std::string> arguments = {"inpaint",
                                          photo,
                                          mask,
                                          "-o",
                                          (folder_ / output).string(),
                                          "--model",
                                          testing::small_model(),
                                          "--threads",
                                          "2",
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  }
  static std::size_t peak(const Finished& run) {
    return nlohmann::json::parse(run.out).at("peak_memory_bytes");
  }
  testing::Bytes written(const std::string& output) const { return testing::get(folder_ / output); }

 private:
  const testing::TemporaryFolder folder_;
};

TEST_F(MemoryLimit, BoundsTheWholeSandbox) {
  const std::size_t least = peak(fill(8, 8, {"--sandbox"}));
  int filled = 0, refused = 0;
  for (const std::size_t megabytes : {20U, 40U, 80U, 160U}) {
    const Finished run =
        fill(1200, 900, {"--sandbox", "--memory-limit", std::to_string(megabytes) + "MB"});
    SCOPED_TRACE(std::to_string(megabytes) + " MB: " + run.err);
    if (run.code == 0) {
      ++filled;
      EXPECT_LE(peak(run), least + megabytes * 1'000'000);
    } else {
      ++refused;
      EXPECT_EQ(run.code, 1);
      EXPECT_NE(run.only_line().find("memory"), std::string::npos);
    }
  }
  EXPECT_GE(filled, 1);
  EXPECT_GE(refused, 1);
}

// Some encoders hang, crash or write damaged pictures when their memory ends.
TEST_F(MemoryLimit, LeavesAPictureWholeOrRefusesIt) {
  const std::vector<std::string> full = {"--sandbox", "--strategy", "full"};
  int refused = 0;
  for (const std::string ending : {".heic", ".avif", ".webp", ".jpg", ".tif"}) {
    ASSERT_EQ(fill(300, 200, full, "whole" + ending).code, 0);
    int whole = 0;
    for (int megabytes = 20; megabytes <= 100; megabytes += 20) {
      std::vector<std::string> more = full;
      more.insert(more.end(), {"--memory-limit", std::to_string(megabytes) + "MB"});
      const Finished run = fill(300, 200, more, "out" + ending);
      SCOPED_TRACE(std::to_string(megabytes) + " MB, " + ending + ": " + run.err);
      if (run.code == 0) {
        ++whole;
        EXPECT_TRUE(written("out" + ending) == written("whole" + ending));
      } else {
        ++refused;
        EXPECT_EQ(run.code, 1);
        EXPECT_NE(run.only_line().find("memory"), std::string::npos);
      }
    }
    EXPECT_GE(whole, 1) << ending;
  }
  EXPECT_GE(refused, 2) << "HEIC and AVIF, at least";
}

TEST_F(MemoryLimit, IsKeptBesideThePictureAndTheModel) {
  constexpr std::size_t kPicture = 1200 * 900 * 3;
  const std::size_t least = peak(fill(8, 8, {}));
  for (const std::size_t megabytes : {40U, 80U}) {
    const Finished run = fill(1200, 900, {"--memory-limit", std::to_string(megabytes) + "MB"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_LE(peak(run), least + 6 * kPicture + megabytes * 1'000'000);
  }
}

}  // namespace
}  // namespace lama::internal
