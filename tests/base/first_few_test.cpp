#include "base/first_few.h"

#include <gtest/gtest.h>

namespace lama::internal {
namespace {

TEST(FirstFew, CountsTheOthers) {
  EXPECT_EQ(first_few({"a", "b"}), "a; b");
  std::vector<std::string> items(12, "x");
  const std::string twelve = "x; x; x; x; x; x; x; x; x; x; x; x";
  EXPECT_EQ(first_few(items), twelve);
  items.resize(500, "x");
  EXPECT_EQ(first_few(items), twelve + "; and 488 more");
}

}  // namespace
}  // namespace lama::internal
