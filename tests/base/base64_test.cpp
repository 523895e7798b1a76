#include "base/base64.h"

#include <string>
#include <utility>

#include "tests/testing.h"

namespace lama::internal {
namespace {

std::string decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  return bytes ? std::string(bytes->begin(), bytes->end()) : "none";
}

// The vectors of RFC 4648, section 10.
TEST(Base64, AgreesWithTheStandardsExamples) {
  for (const auto& [bytes, text] : {std::pair<std::string, std::string>{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xff\xef", "/+8="}}) {
    EXPECT_EQ(decoded(text), bytes);
    EXPECT_EQ(encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}),
              text);
  }
}

TEST(Base64, AcceptsOtherWritersTextAndRefusesOtherText) {
  EXPECT_EQ(decoded("Zm9v\r\nYg"), "foob");
  for (const char* wrong : {"Z", "Zm9vY", "Zm=v", "Zg===", "Zm9v!", "Zm 9v", "_-8="}) {
    EXPECT_EQ(decoded(wrong), "none") << wrong;
  }
}

}  // namespace
}  // namespace lama::internal
