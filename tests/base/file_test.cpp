#include "base/file.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::contains;
using testing::error_of;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string get(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Commits `text` to `path`.
void replace(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(bytes_of(text));
  file.commit();
}

fs::perms mode(const fs::path& path) { return fs::status(path).permissions(); }

// --- Reading ---

TEST(RequireFile, AcceptsFilesAndLinksToThem) {
  const TemporaryFolder folder;
  put(folder / "file", "x");
  fs::create_symlink("file", folder / "link");
  EXPECT_NO_THROW(require_file(folder / "file", "photo"));
  EXPECT_NO_THROW(require_file(folder / "link", "photo"));
  EXPECT_EQ(error_of([] { require_file("", "photo"); }), "the name of a file is empty (photo)");
}

TEST(RequireFile, NamesTheFileAndTheExpectedKind) {
  const TemporaryFolder folder;
  fs::create_symlink("nowhere", folder / "link");
  for (const fs::path& path : {folder / "missing", folder.path(), folder / "link"}) {
    const std::string error = error_of([&] { require_file(path, "photo"); });
    EXPECT_TRUE(error.starts_with(path.string() + ": ")) << error;
    EXPECT_TRUE(contains(error, "(photo)")) << error;
  }
}

TEST(ReadFile, ReadsAllBytesUpToTheLimit) {
  const TemporaryFolder folder;
  const std::string text = std::string("a\0b\r\n", 5) + std::string(100000, 'x');
  put(folder / "file", text);
  const auto bytes = read_file(folder / "file", text.size());
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), text);
  const std::string error = error_of([&] { read_file(folder / "file", text.size() - 1); });
  EXPECT_TRUE(contains(error, (folder / "file").string())) << error;
  EXPECT_TRUE(contains(error, std::to_string(text.size()))) << error;

  put(folder / "empty", "");
  EXPECT_TRUE(read_file(folder / "empty", 0).empty());
}

TEST(ReadFile, RefusesFoldersAndMissingFiles) {
  const TemporaryFolder folder;
  EXPECT_TRUE(contains(error_of([&] { read_file(folder.path(), 9); }), "not a regular file"));
  EXPECT_TRUE(contains(error_of([&] { read_file(folder / "missing", 9); }), "no such file"));
}

// --- Writing ---

TEST(AtomicFile, CommitCreatesOrReplacesTheFile) {
  const TemporaryFolder folder;
  replace(folder / "new", "first");
  EXPECT_EQ(get(folder / "new"), "first");
  replace(folder / "new", "2");
  EXPECT_EQ(get(folder / "new"), "2");
  replace(folder / "new", "");
  EXPECT_EQ(get(folder / "new"), "");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const TemporaryFolder folder;
  put(folder / "old", "old");
  {
    AtomicFile old(folder / "old"), fresh(folder / "fresh");
    old.write(bytes_of("half of the n"));
    fresh.write(bytes_of("half of the n"));
    EXPECT_EQ(get(folder / "old"), "old") << "readers see the old file while it is being written";
  }
  EXPECT_EQ(get(folder / "old"), "old");
  EXPECT_EQ(folder.entries(), 1) << "no temporary file is left";
}

TEST(AtomicFile, AppendsWrites) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "file");
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string part(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    file.write(bytes_of(part));
    expected += part;
  }
  file.commit();
  EXPECT_EQ(get(folder / "file"), expected);
}

TEST(AtomicFile, CanBeReadBeforeItReplaces) {
  const TemporaryFolder folder;
  put(folder / "file", "old");
  AtomicFile file(folder / "file");
  file.write(bytes_of("ne"));
  EXPECT_EQ(get(file.sync()), "ne");
  EXPECT_EQ(get(folder / "file"), "old");
  file.write(bytes_of("w"));
  file.commit();
  EXPECT_EQ(get(folder / "file"), "new");
}

TEST(AtomicFile, FollowsLinks) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  put(folder / "elsewhere/file", "old");
  fs::create_symlink("elsewhere/file", folder / "link");
  fs::create_symlink("link", folder / "link to link");
  replace(folder / "link to link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link to link"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(get(folder / "elsewhere/file"), "new");
  EXPECT_EQ(folder.entries(), 3);
}

TEST(AtomicFile, CreatesTheTargetOfADanglingLink) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink("elsewhere/file", folder / "link");
  replace(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(get(folder / "elsewhere/file"), "new");
}

TEST(AtomicFile, RefusesALinkThatLeadsNowhere) {
  const TemporaryFolder folder;
  fs::create_symlink("loop", folder / "loop");
  const std::string error = error_of([&] { require_writable(folder / "loop"); });
  EXPECT_TRUE(contains(error, (folder / "loop").string())) << error;
}

TEST(AtomicFile, KeepsTheModeOfTheReplacedFile) {
  const TemporaryFolder folder;
  for (const unsigned bits : {0600U, 0644U, 0664U, 0440U}) {
    put(folder / "file", "old");
    fs::permissions(folder / "file", fs::perms(bits));
    replace(folder / "file", "new");
    EXPECT_EQ(mode(folder / "file"), fs::perms(bits));
    fs::remove(folder / "file");
  }
}

TEST(AtomicFile, KeepsTheOwnerOfTheReplacedFileForRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "others cannot give files away";
  const TemporaryFolder folder;
  put(folder / "file", "old");
  ASSERT_EQ(::chown((folder / "file").c_str(), 65534, 65533), 0);
  fs::permissions(folder / "file", fs::perms(0640));
  replace(folder / "file", "new");
  struct stat about {};
  ASSERT_EQ(::stat((folder / "file").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, 65534U);
  EXPECT_EQ(about.st_gid, 65533U);
  EXPECT_EQ(mode(folder / "file"), fs::perms(0640));
}

TEST(AtomicFile, LeavesOtherNamesOfTheReplacedFileAsTheyWere) {
  const TemporaryFolder folder;
  put(folder / "file", "old");
  fs::create_hard_link(folder / "file", folder / "other");
  replace(folder / "file", "new");
  EXPECT_EQ(get(folder / "other"), "old");
}

TEST(AtomicFile, GivesANewFileTheModeOfTheUmask) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(027);
  replace(folder / "strict", "x");
  ::umask(022);
  replace(folder / "usual", "x");
  EXPECT_EQ(::umask(before), 022U) << "the umask itself is left alone";
  EXPECT_EQ(mode(folder / "strict"), fs::perms(0640));
  EXPECT_EQ(mode(folder / "usual"), fs::perms(0644));
}

TEST(AtomicFile, ReportsAMissingFolder) {
  const TemporaryFolder folder;
  const std::string error = error_of([&] { const AtomicFile file(folder / "no/file.png"); });
  EXPECT_TRUE(error.starts_with((folder / "no/file.png").string())) << error;
  EXPECT_TRUE(contains(error, "the folder " + (folder / "no").string() + " does not exist"))
      << error;
}

TEST(AtomicFile, RefusesFoldersAndDevices) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "out.png");
  for (const fs::path& path : {folder / "out.png", fs::path("/dev/null")}) {
    const std::string error = error_of([&] { const AtomicFile file(path); });
    EXPECT_TRUE(error.starts_with(path.string() + ": not a regular file")) << error;
  }
  EXPECT_EQ(folder.entries(), 1);
}

TEST(AtomicFile, ReportsAReadOnlyFolder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root writes everywhere";
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const std::string error = error_of([&] { const AtomicFile file(folder / "out.png"); });
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_TRUE(contains(error, (folder / "out.png").string())) << error;
  EXPECT_TRUE(contains(error, "Permission denied")) << error;
}

TEST(AtomicFile, AcceptsEveryNameThatTheSystemAccepts) {
  const TemporaryFolder folder;
  const std::string longest = std::string(251, 'n') + ".png";
  put(folder / longest, "old");
  replace(folder / longest, "new");
  EXPECT_EQ(get(folder / longest), "new");
}

TEST(RequireWritable, LeavesNothingBehindAndChangesNothing) {
  const TemporaryFolder folder;
  put(folder / "old", "old");
  require_writable(folder / "old");
  require_writable(folder / "new");
  EXPECT_EQ(get(folder / "old"), "old");
  EXPECT_EQ(folder.entries(), 1);
  EXPECT_THROW(require_writable(folder / "no/new"), Error);
  EXPECT_THROW(require_writable(folder.path()), Error);
}

}  // namespace
}  // namespace lama::internal
