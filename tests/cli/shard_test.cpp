#include "cli/shard.h"

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

#include "tests/testing.h"

namespace lama::internal::cli {
namespace {

using testing::error_of;

/// Sets environment variables during a test.
class Variables {
 public:
  Variables(std::initializer_list<std::pair<const char*, const char*>> list) {
    clear();
    for (const auto& [name, value] : list) ::setenv(name, value, 1);
  }
  ~Variables() { clear(); }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  static void clear() {
    for (const char* name : {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP",
                             "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX"}) {
      ::unsetenv(name);
    }
  }
};

std::pair<unsigned, unsigned> parsed(const std::string& text) {
  const Shard shard = parse_shard(text);
  return {shard.index, shard.count};
}

TEST(Shard, IsNamedByNumbers) {
  EXPECT_EQ(parsed("1/1"), std::pair(1U, 1U));
  EXPECT_EQ(parsed("3/4"), std::pair(3U, 4U));
  for (const std::string text :
       {"", "3", "/", "1/", "/4", "a/b", "1/4/2", "-1/4", "1/-4", " 1/4", "1/99999999999"}) {
    EXPECT_NE(error_of([&] { parse_shard(text); }).find("expected K/N"), std::string::npos) << text;
  }
  for (const std::string text : {"0/4", "5/4", "1/0"}) {
    EXPECT_NE(error_of([&] { parse_shard(text); }).find("K must be from 1 to "), std::string::npos)
        << text;
  }
}

TEST(Shard, IsTakenFromSlurm) {
  const Variables variables{{"SLURM_ARRAY_TASK_ID", "14"},
                            {"SLURM_ARRAY_TASK_MIN", "10"},
                            {"SLURM_ARRAY_TASK_STEP", "2"},
                            {"SLURM_ARRAY_TASK_COUNT", "5"}};
  EXPECT_EQ(parsed("auto"), std::pair(3U, 5U)) << "10, 12, 14: the third";
  EXPECT_EQ(parsed("auto/8"), std::pair(3U, 8U));
}

TEST(Shard, IsTakenFromKubernetesWithTheCountGiven) {
  const Variables variables{{"JOB_COMPLETION_INDEX", "0"}};
  EXPECT_EQ(parsed("auto/8"), std::pair(1U, 8U));
  EXPECT_NE(error_of([] { parse_shard("auto"); }).find("auto/N"), std::string::npos);
}

TEST(Shard, NeedsTheVariablesItIsTakenFrom) {
  const Variables none{};
  EXPECT_NE(error_of([] { parse_shard("auto"); }).find("SLURM"), std::string::npos);
  EXPECT_NE(error_of([] { parse_shard("auto/4"); }).find("JOB_COMPLETION_INDEX"),
            std::string::npos);
}

TEST(Shard, SharesAreDisjointCompleteAndEven) {
  constexpr unsigned kShards = 7, kItems = 7000;
  std::vector<unsigned> taken(kShards);
  for (unsigned item = 0; item < kItems; ++item) {
    const std::string name = "folder/picture_" + std::to_string(item) + ".png";
    unsigned takers = 0;
    for (unsigned k = 1; k <= kShards; ++k) {
      if (!Shard{k, kShards}.takes(name)) continue;
      ++takers;
      ++taken[k - 1];
    }
    EXPECT_EQ(takers, 1U) << name;
  }
  // Each count is binomial with mean 1000 and deviation 29: five deviations never occur.
  for (const unsigned count : taken) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace lama::internal::cli
