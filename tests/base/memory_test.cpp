#include "base/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace lama::internal {
namespace {

TEST(Memory, AvailableIsMoreThanNothingAndLessThanTheMachineHas) {
  const auto pages = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_GT(available_memory(), std::size_t{1} << 20);
  EXPECT_LE(available_memory(), pages * page);
}

TEST(Memory, PeakGrowsByTouchedMemoryAndStays) {
  constexpr std::size_t kSize = 64 << 20;
  const std::size_t before = peak_memory();
  {
    // Pages count after a write.
    std::vector<char> block(kSize, 1);
    EXPECT_EQ(block[kSize / 2], 1);
  }
  // Memory that was already free inside the process may serve a part of it.
  EXPECT_GE(peak_memory(), before + kSize / 2);
  // The unit is right: the thread sanitizer takes about five times the touched memory, not 1024.
  EXPECT_LT(peak_memory(), before + 10 * kSize);
}

// In a process of its own, because the limit stays.
TEST(MemoryDeathTest, ALimitEndsAllocationsAndIsSeenBefore) {
  constexpr std::size_t kLimit = 64 << 20;
  const auto limited = [] {
    limit_memory(kLimit);
    const std::size_t available = available_memory();
    const bool seen = available <= kLimit && available > kLimit / 2;
    bool refused = false;
    try {
      const std::vector<char> block(2 * kLimit, 1);
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    const std::vector<char> fits(available / 2, 1);
    std::_Exit(seen && refused && fits.back() == 1 ? 0 : 1);
  };
#ifdef LAMA_SANITIZED
  GTEST_SKIP() << "a sanitizer maps more";
#endif
  EXPECT_EXIT(limited(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace lama::internal
