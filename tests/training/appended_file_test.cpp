#include "training/appended_file.h"

#include "base/file.h"
#include "tests/full_disk.h"
#include "tests/testing.h"

namespace lama::internal::training {
namespace {

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = read_file(path, 1000);
  return {bytes.begin(), bytes.end()};
}

TEST(AppendedFile, ContinuesAtTheEnd) {
  const testing::TemporaryFolder folder;
  AppendedFile(folder / "log").append("one;");
  AppendedFile file(folder / "log");
  file.append("two;");
  EXPECT_EQ(text_of(file.path()), "one;two;");
}

TEST(AppendedFile, KeepsWholeRecordsAloneOnAFullDisk) {
  const testing::TemporaryFolder folder;
  AppendedFile file(folder / "log");
  file.append("first;");
  const std::string large(100, 'x');
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::string error = testing::error_of([&] {
      const testing::FullDisk disk(50);
      file.append(large);
    });
    EXPECT_EQ(error, file.path().string() + ": cannot write: File too large");
    EXPECT_EQ(text_of(file.path()), "first;");
  }
  file.append("second;");
  EXPECT_EQ(text_of(file.path()), "first;second;");
}

TEST(AppendedFile, SaysThatItCannotBeWritten) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(testing::error_of([&] { const AppendedFile file(folder / "none/log"); }),
            (folder / "none/log").string() + ": cannot write: No such file or directory");
}

}  // namespace
}  // namespace lama::internal::training
