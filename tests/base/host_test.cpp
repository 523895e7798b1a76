#include "base/host.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace lama::internal {
namespace {

TEST(HostScope, MakesAHostCurrentOnItsThreadUntilItsEnd) {
  const auto outer = std::make_shared<const HostFunctions>();
  const auto inner = std::make_shared<const HostFunctions>();
  EXPECT_EQ(current_host(), nullptr);
  {
    const HostScope scope(outer);
    EXPECT_EQ(current_host(), outer);
    {
      const HostScope nested(inner);
      EXPECT_EQ(current_host(), inner);
      const HostScope none(nullptr);
      EXPECT_EQ(current_host(), nullptr);
    }
    EXPECT_EQ(current_host(), outer);
    std::thread([] { EXPECT_EQ(current_host(), nullptr); }).join();
  }
  EXPECT_EQ(current_host(), nullptr);
  EXPECT_EQ(outer.use_count(), 1);
}

}  // namespace
}  // namespace lama::internal
