#include "server/base64.h"

#include <string>

#include "tests/testing.h"

namespace lama::server {
namespace {

std::string decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  return bytes ? std::string(bytes->begin(), bytes->end()) : "none";
}

// The vectors of RFC 4648, section 10.
TEST(Base64, DecodesTheStandardsExamples) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decoded("/+8="), "\xff\xef");
}

TEST(Base64, TakesWhatOthersWriteAndRefusesTheRest) {
  EXPECT_EQ(decoded("Zm9v\r\nYg"), "foob");
  for (const char* wrong : {"Z", "Zm9vY", "Zm=v", "Zg===", "Zm9v!", "Zm 9v", "_-8="}) {
    EXPECT_EQ(decoded(wrong), "none") << wrong;
  }
}

}  // namespace
}  // namespace lama::server
