#include "base/printable.h"

#include <gtest/gtest.h>

namespace lama::internal {
namespace {

TEST(Printable, HasNoControlCharacters) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f.jpg"), "a?b?[31m?.jpg");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31m"),
            "a??31m")
      << "CSI as one character";
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a?b");
}

TEST(Printable, KeepsOtherTexts) {
  for (const char* text : {"", "plain.png", "\xc3\xa9\xc2\xa9\xc2\xa0", "\xc2", "\xff\x80"}) {
    EXPECT_EQ(printable(text), text);
  }
  EXPECT_EQ(printable("a\tb\n\x1b", "\n\t"), "a\tb\n?");
}

}  // namespace
}  // namespace lama::internal
