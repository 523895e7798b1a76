#include "training/run_log.h"

#include <vector>

#include "base/file.h"
#include "tests/full_disk.h"
#include "tests/testing.h"

namespace lama::internal::training {
namespace {

TEST(RunLog, ReportsAFullDiskOnceForEachKindOfFile) {
  const testing::TemporaryFolder folder;
  TrainingConfig config;
  config.run_dir = folder.path();
  std::vector<std::string> said;
  RunLog log(config, [&](const std::string& line) { said.push_back(line); });
  log.note("before");
  {
    const testing::FullDisk disk(0);
    for (int step = 0; step < 2; ++step) {
      log.note("lost");
      log.scalars(step, {{"loss", 1}});
    }
  }
  log.note("after");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0],
            (folder / "train.log").string() + ": cannot write: File too large (training goes on)");
  EXPECT_NE(said[1].find("tfevents"), std::string::npos) << said[1];
  const auto bytes = read_file(folder / "train.log", 1000);
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_NE(text.find("] before\n["), std::string::npos) << text;
  EXPECT_EQ(text.find("lost"), std::string::npos) << text;
  EXPECT_NE(text.find("] after\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace lama::internal::training
