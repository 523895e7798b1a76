#include "base/file_reader.h"

#include <fstream>
#include <string>
#include <utility>

#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::contains;
using testing::error_of;
using testing::TemporaryFolder;

void put_bytes(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::string string_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(FileReader, ReadsPieces) {
  const TemporaryFolder folder;
  put_bytes(folder / "file", "0123456789");
  FileReader file(folder / "file");
  EXPECT_EQ(file.size(), 10U);
  EXPECT_EQ(string_of(file.read(3, 4)), "3456");
  EXPECT_EQ(string_of(file.read(10, 0)), "");
  EXPECT_EQ(string_of(file.begin(2)), "01");
  EXPECT_EQ(string_of(file.begin(20)), "0123456789");
  const FileReader moved = std::move(file);
  EXPECT_EQ(string_of(moved.read(0, 1)), "0");
}

TEST(FileReader, SaysThatTheFileBecameShorter) {
  const TemporaryFolder folder;
  put_bytes(folder / "file", std::string(100'000, 'x'));
  const FileReader file(folder / "file");
  std::filesystem::resize_file(folder / "file", 5000);
  EXPECT_EQ(file.read(0, 5000).size(), 5000U);
  const std::string error = error_of([&] { file.read(0, 100'000); });
  EXPECT_TRUE(contains(error, "became shorter")) << error;
  EXPECT_TRUE(contains(error, (folder / "file").string())) << error;
}

TEST(FileReader, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_TRUE(contains(error_of([&] { const FileReader file(folder.path()); }), "not a regular"));
  EXPECT_TRUE(contains(error_of([&] { const FileReader file(folder / "no"); }), "no such file"));
}

}  // namespace
}  // namespace lama::internal
