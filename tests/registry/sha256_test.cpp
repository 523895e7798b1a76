#include "registry/sha256.h"

#include <fstream>

#include "tests/testing.h"

namespace lama::internal::registry {
namespace {

// FIPS 180-4's examples. The last is longer than one step of reading and comes from Python's
// hashlib.
TEST(Sha256, KnownValues) {
  const testing::TemporaryFolder folder;
  const auto hash = [&folder](const std::string& text) {
    std::ofstream(folder / "file", std::ios::binary) << text;
    return sha256_of(folder / "file");
  };
  EXPECT_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(hash(std::string(9000000, 'a')),
            "6a04ab516c166c874f1ed30eecfe2c600147179bb8b192fa9ad6320bff925dc6");
  EXPECT_NE(testing::error_of([&folder] { (void)sha256_of(folder / "none"); }), "");
}

}  // namespace
}  // namespace lama::internal::registry
