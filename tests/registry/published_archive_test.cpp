#include "registry/published_archive.h"

#include <algorithm>
#include <set>

#include "tests/weights/fixtures.h"

namespace lama::internal::registry {
namespace {

using testing::error_of;
using testing::Member;
using testing::says;
namespace fs = std::filesystem;

class PublishedArchive : public ::testing::Test {
 protected:
  /// The files unpacked from an archive of these members.
  std::set<std::string> unpack(const std::vector<Member>& members) {
    testing::write_zip(archive_, members);
    return unpack();
  }
  std::set<std::string> unpack() {
    const fs::path out = folder_ / "inner/out";
    fs::remove_all(folder_ / "inner");
    fs::create_directories(out);
    unpack_published_archive(archive_, out, nullptr);
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "inner")) {
      if (!entry.is_directory()) files.insert(entry.path().lexically_relative(out));
    }
    return files;
  }
  std::string error(const std::vector<Member>& members) {
    return error_of([&] { unpack(members); });
  }

  const testing::TemporaryFolder folder_;
  const fs::path archive_ = folder_ / "archive.zip";
  const std::set<std::string> model_ = {"config.yaml", "models/best.ckpt"};
};

TEST_F(PublishedArchive, FindsTheModelAnywhere) {
  for (const std::string prefix : {"", "big-lama/", "./", "a/b/c/", "/", "../../"}) {
    EXPECT_EQ(unpack({{prefix + "config.yaml", "c", true}, {prefix + "models/best.ckpt", "b"}}),
              model_)
        << prefix;
    EXPECT_EQ(testing::get(folder_ / "inner/out/models/best.ckpt"), testing::bytes_of("b"));
    EXPECT_EQ(testing::get(folder_ / "inner/out/config.yaml"), testing::bytes_of("c"));
  }
}

TEST_F(PublishedArchive, UnpacksNothingElse) {
  EXPECT_EQ(unpack({{"m/config.yaml", "c"},
                    {"m/models/best.ckpt", "b"},
                    {"m/models/last.ckpt", "l"},
                    {"m/models/../evil.ckpt", "x"},
                    {"m/models/../../../evil.ckpt", "x"},
                    {"m/models/sub/evil.ckpt", "x"},
                    {"m/evil.ckpt", "x"},
                    {"m/models/evil.sh", "x"},
                    {"m/xconfig.yaml", "x"},
                    {"../evil.sh", "x"},
                    {"/tmp/evil.ckpt", "x"}}),
            (std::set<std::string>{"config.yaml", "models/best.ckpt", "models/last.ckpt"}));
}

TEST_F(PublishedArchive, ReportsMissingFiles) {
  EXPECT_TRUE(says(error({{"models/best.ckpt", "b"}}), {archive_.string(), "config.yaml"}));
  EXPECT_TRUE(says(error({{"config.yaml", "c"}}), {archive_.string(), "models/best.ckpt"}));
  EXPECT_TRUE(says(error({{"config.yaml", "c"}, {"models/", ""}}), {"models/best.ckpt"}));
  EXPECT_TRUE(says(error({{"a/config.yaml", "c"},
                          {"a/models/best.ckpt", "b"},
                          {"b/config.yaml", "c"},
                          {"b/models/best.ckpt", "b"}}),
                   {"2 models"}));
}

TEST_F(PublishedArchive, ReportsWhatCannotBeWritten) {
  testing::write_zip(archive_, {{"config.yaml", "c"}, {"models/best.ckpt", "b"}});
  testing::put(folder_ / "models", testing::bytes_of("a file"));
  EXPECT_TRUE(says(error_of([&] { unpack_published_archive(archive_, folder_.path(), nullptr); }),
                   {(folder_ / "models").string(), "cannot create"}));
}

TEST_F(PublishedArchive, IsRecognisedAmongOtherFiles) {
  testing::write_zip(archive_, {{"m/config.yaml", "c"}});
  EXPECT_TRUE(is_published_archive(archive_));
  testing::write_zip(archive_, {{"m/data.pkl", "c"}});
  EXPECT_FALSE(is_published_archive(archive_));
  EXPECT_FALSE(is_published_archive(testing::data("lightning/models/best.ckpt")));
  EXPECT_FALSE(is_published_archive(testing::data("photo512.png")));
  EXPECT_FALSE(is_published_archive(testing::data("no file")));
}

TEST_F(PublishedArchive, BombsAreRefused) {
  // A config of 2 MiB of zeros, in 2 KiB.
  EXPECT_TRUE(
      says(error({{"config.yaml", std::string(2 << 20, '\0'), true}, {"models/best.ckpt", "b"}}),
           {"config.yaml", "cannot have 2097152 bytes"}));
  // A checkpoint that claims 2 GiB: its size in the central directory (offset 24 there) is changed.
  testing::write_zip(archive_, {{"config.yaml", "c"}, {"models/best.ckpt", "bbbbbbbbbb", true}});
  testing::Bytes bytes = testing::get(archive_);
  const std::string last = "PK\1\2";
  const auto entry = std::find_end(bytes.begin(), bytes.end(), last.begin(), last.end());
  ASSERT_NE(entry, bytes.end());
  entry[27] = 0x7f;
  testing::put(archive_, bytes);
  EXPECT_TRUE(says(error_of([&] { unpack(); }), {"models/best.ckpt"}));
}

TEST_F(PublishedArchive, MembersMustBeWhatTheyClaim) {
  const std::string long_text(5000, 'b');
  for (const std::size_t claimed : {10U, 4999U, 5001U}) {
    testing::write_zip(archive_, {{"config.yaml", "c"}, {"models/best.ckpt", long_text, true}});
    testing::Bytes bytes = testing::get(archive_);
    const std::string last = "PK\1\2";
    const auto entry = std::find_end(bytes.begin(), bytes.end(), last.begin(), last.end());
    entry[24] = static_cast<std::uint8_t>(claimed % 256);
    entry[25] = static_cast<std::uint8_t>(claimed / 256);
    testing::put(archive_, bytes);
    EXPECT_NE(error_of([&] { unpack(); }), "") << claimed;
  }
}

TEST_F(PublishedArchive, DamageIsNoticed) {
  testing::write_zip(archive_, {{"config.yaml", "c"}, {"models/best.ckpt", "a checkpoint"}});
  const testing::Bytes whole = testing::get(archive_);
  const std::string text = "a checkpoint";
  testing::Bytes flipped = whole;
  *std::search(flipped.begin(), flipped.end(), text.begin(), text.end()) = 'A';
  testing::put(archive_, flipped);
  EXPECT_TRUE(says(error_of([&] { unpack(); }), {"models/best.ckpt", "checksum"}));
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    testing::put(archive_, std::span(whole).first(size));
    EXPECT_TRUE(says(error_of([&] { unpack(); }), {archive_.string()})) << size;
  }
}

}  // namespace
}  // namespace lama::internal::registry
