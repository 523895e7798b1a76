#include "training/data/tar_index.h"

#include <algorithm>
#include <random>

#include "base/file.h"
#include "tests/testing.h"
#include "tests/training/data/tar_file.h"

namespace lama::internal::training {
namespace {

using testing::append;
using testing::Bytes;
using testing::error_of;
using testing::octal;
using testing::tar_header;
using testing::tar_member;

std::vector<TarMember> members(const Bytes& archive) {
  return read_tar_index(
      archive.size(),
      [&archive](std::uint64_t offset, std::span<std::uint8_t> into) {
        ASSERT_LE(offset + into.size(), archive.size()) << "reads beyond the end";
        std::copy_n(archive.begin() + static_cast<std::ptrdiff_t>(offset), into.size(),
                    into.begin());
      },
      "x.tar");
}

Bytes published(const std::string& name) {
  return read_file(testing::data("training_data/" + name + ".tar"), 1 << 20);
}

TEST(TarIndex, FindsWhatPythonWrote) {
  std::string longer;
  for (int i = 0; i < 14; ++i) longer += "long-";
  for (const char* form : {"ustar", "gnu", "pax"}) {
    const Bytes archive = published(form);
    const auto found = members(archive);
    std::vector<std::string> names;
    for (const TarMember& member : found) names.push_back(member.name);
    EXPECT_EQ(names,
              (std::vector<std::string>{
                  "first.png", "folder/second.png", "folder/" + longer + "/" + longer + "name.png",
                  "folder/both.png", "folder/both.jpg", "folder/both.cls", "folder/both.mask.png",
                  "\xc3\x9c"
                  "bung.png",
                  ".hidden.png"}))
        << form;
    for (const TarMember& member : found) {
      if (!member.name.ends_with(".png")) continue;
      EXPECT_EQ(archive[member.offset], 0x89) << form << " " << member.name;
      EXPECT_EQ(archive[member.offset + member.size - 1], 0x82) << form << " " << member.name;
    }
    EXPECT_EQ(archive[found[5].offset], '7');
    EXPECT_EQ(found[5].size, 1U);
  }
}

TEST(TarIndex, SizesMayBeBinaryOrInPax) {
  Bytes archive = tar_header("a", std::string("\x80\0\0\0\0\0\0\0\0\0\2\1", 12));
  archive.resize(512 + 1024);
  append(archive, tar_member("p", testing::bytes_of("11 size=99\n"), 'x'));
  append(archive, tar_header("b", octal(0)));
  archive.resize(archive.size() + 512);
  append(archive, tar_member("c", {1, 2}));
  const auto found = members(archive);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].size, 513U);
  EXPECT_EQ(found[1].size, 99U);
  EXPECT_EQ(found[2].name, "c");
  EXPECT_EQ(found[2].size, 2U);
}

TEST(TarIndex, AnArchiveMayEndInAnyWay) {
  const Bytes member = tar_member("a.png", {1, 2, 3});
  EXPECT_EQ(members(member).size(), 1U);
  Bytes without_filling = member;
  without_filling.resize(512 + 3);
  EXPECT_EQ(members(without_filling).size(), 1U);
  Bytes one_block = member;
  one_block.resize(1536);
  EXPECT_EQ(members(one_block).size(), 1U);
  // Bytes after the end do not count.
  Bytes more = member;
  more.resize(2048);
  append(more, member);
  EXPECT_EQ(members(more).size(), 1U);
}

TEST(TarIndex, BadArchivesAreNamed) {
  const auto complains = [](const Bytes& archive, const std::string& what) {
    const std::string error = error_of([&] { members(archive); });
    EXPECT_TRUE(error.starts_with("x.tar: ")) << error;
    EXPECT_NE(error.find(what), std::string::npos) << error;
  };
  complains({}, "not a tar");
  complains(testing::bytes_of("short"), "not a tar");
  complains(Bytes(2048, 'x'), "not a tar");
  complains(Bytes(1024), "not a tar");
  Bytes gzip(1024, 7);
  gzip[0] = 0x1f;
  gzip[1] = 0x8b;
  complains(gzip, "compressed");

  Bytes damaged = tar_member("a", {1});
  append(damaged, tar_member("b", {1}));
  damaged[1024 + 3] ^= 1;
  complains(damaged, "checksum");
  complains(tar_header("a", octal(1)), "cut short");
  complains(tar_header("a", octal(0777777777)), "cut short");
  complains(tar_header("a", "12345678901x"), "without a size");
  complains(tar_header("a", std::string("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12)),
            "without a size");
  complains(tar_member("a", {1}, 'S'), "sparse");
  for (const char* record : {"9 size=x\n", "999 path=x\n", "path=x\n", "7 path\n", "2 \n",
                             "0 a=b\n", "8 path=xx", "99999999999999999999999 a=b\n"}) {
    complains(tar_member("p", testing::bytes_of(record), 'x'), "pax header");
  }
  complains(tar_member("p", testing::bytes_of("23 GNU.sparse.major=1\n\n"), 'x'), "sparse");
  Bytes large = tar_header("p", octal(2 << 20), 'x');
  large.resize(3 << 20);
  complains(large, "more than a megabyte");
}

/// Whatever the bytes are: an answer or an Error, nothing read beyond the end.
TEST(TarIndex, DamageOfAnyKindIsSurvived) {
  std::mt19937 random(1);
  const Bytes whole = published("pax");
  for (int i = 0; i < 3000; ++i) {
    Bytes archive = whole;
    if (i % 3 == 0) archive.resize(random() % archive.size());
    // Headers are where the damage matters; each is repaired, so that the rest of it is looked at.
    for (int change = 0; change < 3 && archive.size() >= 512; ++change) {
      const std::size_t block = random() % (archive.size() / 512) * 512;
      const std::size_t place = i % 2 == 0 ? 100 + random() % 57 : random() % 512;
      archive[block + place] = static_cast<std::uint8_t>(random());
      std::fill_n(archive.begin() + static_cast<std::ptrdiff_t>(block) + 148, 8, ' ');
      unsigned sum = 0;
      for (std::size_t at = block; at < block + 512; ++at) sum += archive[at];
      std::snprintf(reinterpret_cast<char*>(archive.data()) + block + 148, 8, "%06o", sum);
    }
    try {
      for (const TarMember& member : members(archive)) {
        ASSERT_LE(member.offset + member.size, archive.size());
      }
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace lama::internal::training
