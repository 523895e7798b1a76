#include "base/lower_case.h"

#include <gtest/gtest.h>

namespace lama::internal {
namespace {

TEST(LowerCase, ChangesCapitalsAlone) {
  EXPECT_EQ(lower_case("[@AZ`az{] 09"), "[@az`az{] 09");
  EXPECT_EQ(lower_case("\xc3\x84"), "\xc3\x84") << "other letters stay";
  EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace lama::internal
