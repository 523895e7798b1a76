#include "base/control_group.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::TemporaryFolder;

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text << '\n';
}

TEST(ControlGroup, NothingIsLimitedWithoutFiles) {
  const TemporaryFolder folder;
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), std::nullopt);
  EXPECT_EQ(ControlGroup(folder.path()).processors(), std::nullopt);
}

TEST(ControlGroup, MemoryOfVersion2) {
  const TemporaryFolder folder;
  write(folder / "memory.max", "1000");
  write(folder / "memory.current", "700");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 300U);
  write(folder / "memory.stat", "anon 500\ninactive_file 200\nactive_file 9");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 500U);
  write(folder / "memory.current", "1300");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 0U);
  write(folder / "memory.max", "max");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), std::nullopt);
  write(folder / "memory.high", "1600");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 500U);
  write(folder / "memory.max", "1200");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 100U);
  write(folder / "memory.high", "max");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 100U);
}

TEST(ControlGroup, MemoryOfVersion1) {
  const TemporaryFolder folder;
  write(folder / "memory/memory.limit_in_bytes", "200000000");
  write(folder / "memory/memory.usage_in_bytes", "20000000");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 180000000U);
  write(folder / "memory/memory.stat", "inactive_file 1\ntotal_inactive_file 5000000");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 185000000U);
}

TEST(ControlGroup, MemoryOfVersion1IsLimitedByWhatAContainerDoesNotSee) {
  const TemporaryFolder folder;
  write(folder / "memory/memory.limit_in_bytes", "9223372036854771712");
  write(folder / "memory/memory.stat", "hierarchical_memory_limit 200000000");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 200000000U);
  write(folder / "memory/memory.usage_in_bytes", "20000000");
  EXPECT_EQ(ControlGroup(folder.path()).memory_left(), 180000000U);
}

TEST(ControlGroup, TheTightestOfTheGroupsAroundTheProcessCounts) {
  const TemporaryFolder folder;
  write(folder / "own", "4:memory:/jobs/of/7\n3:cpuacct,cpu:/jobs/8\n0::/user.slice/job:9");
  const ControlGroup group(folder.path(), folder / "own");
  EXPECT_EQ(group.memory_left(), std::nullopt);
  EXPECT_EQ(group.processors(), std::nullopt);

  write(folder / "user.slice/job:9/memory.max", "1000");
  write(folder / "user.slice/job:9/cpu.max", "300000 100000");
  EXPECT_EQ(group.memory_left(), 1000U);
  EXPECT_EQ(group.processors(), 3);
  write(folder / "user.slice/memory.max", "5000");
  write(folder / "user.slice/memory.current", "4500");
  EXPECT_EQ(group.memory_left(), 500U);
  write(folder / "other.slice/memory.max", "1");

  write(folder / "memory/jobs/memory.limit_in_bytes", "100");
  write(folder / "memory/jobs/memory.usage_in_bytes", "90");
  EXPECT_EQ(group.memory_left(), 10U);
  write(folder / "cpuacct,cpu/jobs/8/cpu.cfs_quota_us", "200000");
  write(folder / "cpuacct,cpu/jobs/8/cpu.cfs_period_us", "100000");
  EXPECT_EQ(group.processors(), 2);
  write(folder / "cpuset/jobs/8/cpu.cfs_quota_us", "1");
  write(folder / "cpuset/jobs/8/cpu.cfs_period_us", "100000");
  EXPECT_EQ(group.processors(), 2);
}

TEST(ControlGroup, ProcessorsOfVersion2) {
  const TemporaryFolder folder;
  const auto processors = [&](const std::string& text) {
    write(folder / "cpu.max", text);
    return ControlGroup(folder.path()).processors();
  };
  EXPECT_EQ(processors("max 100000"), std::nullopt);
  EXPECT_EQ(processors("100000 100000"), 1);
  EXPECT_EQ(processors("150000 100000"), 2);
  EXPECT_EQ(processors("5000 100000"), 1);
  EXPECT_EQ(processors("0 0"), std::nullopt);
}

TEST(ControlGroup, ProcessorsOfVersion1) {
  const TemporaryFolder folder;
  write(folder / "cpu/cpu.cfs_period_us", "100000");
  write(folder / "cpu/cpu.cfs_quota_us", "-1");
  EXPECT_EQ(ControlGroup(folder.path()).processors(), std::nullopt);
  write(folder / "cpu/cpu.cfs_quota_us", "400000");
  EXPECT_EQ(ControlGroup(folder.path()).processors(), 4);
}

}  // namespace
}  // namespace lama::internal
