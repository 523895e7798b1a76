#include "training/data/brace_pattern.h"

#include "tests/testing.h"

namespace lama::internal::training {
namespace {

using Names = std::vector<std::string>;
using testing::error_of;

TEST(BracePattern, ExpandsAsShellsDo) {
  // The answers of bash to `echo`.
  EXPECT_EQ(expand_braces("part{00008..00011}.tar"),
            (Names{"part00008.tar", "part00009.tar", "part00010.tar", "part00011.tar"}));
  EXPECT_EQ(expand_braces("{9..11}"), (Names{"9", "10", "11"}));
  EXPECT_EQ(expand_braces("{a,b}/{0..1}.tar"), (Names{"a/0.tar", "a/1.tar", "b/0.tar", "b/1.tar"}));
  EXPECT_EQ(expand_braces("x{,y}"), (Names{"x", "xy"}));
  EXPECT_EQ(expand_braces("/plain/name.tar"), (Names{"/plain/name.tar"}));
  EXPECT_EQ(expand_braces("{7..7}"), (Names{"7"}));
}

TEST(BracePattern, NonsenseIsNamed) {
  for (const char* pattern :
       {"part{00..", "{a,{b,c}}", "{3..1}", "{a..c}", "{..3}", "{1..}", "{0..99999999999}",
        "{0..999}{0..999}{0..9}", "{99999999999999999999..1}", "{-1..3}"}) {
    const std::string error = error_of([&] { expand_braces(pattern); });
    EXPECT_NE(error.find(pattern), std::string::npos) << error;
  }
}

}  // namespace
}  // namespace lama::internal::training
