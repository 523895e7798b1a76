#include "training/data/pictures.h"

#include "tests/cli/files.h"
#include "tests/testing.h"
#include "tests/training/data/tar_file.h"

namespace lama::internal::training {
namespace {

using testing::Bytes;
using testing::error_of;
using testing::put;
using testing::put_noise;
using testing::tar_member;
using testing::TemporaryFolder;

void expect_in(const std::string& text, const std::string& what) {
  EXPECT_NE(text.find(what), std::string::npos) << text;
}

TEST(FolderPictures, FindsEveryFormatInFoldersWithinFolders) {
  const TemporaryFolder folder;
  testing::fs::create_directories(folder / "a/deep/er");
  testing::fs::create_directories(folder / "b");
  put_noise(folder / "a/deep/er/one.PNG", 8, 6);
  testing::fs::copy(testing::data("pictures/webp_lossy.webp"), folder / "b/two.webp");
  testing::fs::copy(testing::data("pictures/jpeg_cmyk.jpg"), folder / "three.jpeg");
  put(folder / "notes.txt", testing::bytes_of("no picture"));
  put_noise(folder / ".hidden.png", 8, 6);
  const auto pictures = open_pictures(PictureSource::folder, {folder.path().string()});
  ASSERT_EQ(pictures->size(), 3U);
  EXPECT_EQ(pictures->name(0), (folder / "a/deep/er/one.PNG").string());
  EXPECT_EQ(pictures->name(1), (folder / "b/two.webp").string());
  EXPECT_EQ(pictures->name(2), (folder / "three.jpeg").string());
  for (std::size_t i = 0; i < 3; ++i) {
    const Image image = pictures->read(i);
    EXPECT_EQ(image.channels(), 3);
    EXPECT_EQ(image.depth(), Depth::u8);
  }
}

TEST(FolderPictures, SeveralFoldersAreOneSet) {
  const TemporaryFolder one, two;
  put_noise(one / "z.png", 8, 6);
  put_noise(two / "a.png", 8, 6);
  const auto pictures =
      open_pictures(PictureSource::folder, {one.path().string(), two.path().string()});
  ASSERT_EQ(pictures->size(), 2U);
  EXPECT_EQ(pictures->name(1), (two / "a.png").string());
}

TEST(FolderPictures, AnEmptyFolderSaysWhatWasLookedFor) {
  const TemporaryFolder folder;
  put(folder / "photo.psd", {});
  const auto open = [](const std::string& path) {
    return error_of([&] { open_pictures(PictureSource::folder, {path}); });
  };
  expect_in(open(folder.path().string()), folder.path().string());
  expect_in(open(folder.path().string()), ".jpg, .png, .webp");
  expect_in(open((folder / "missing").string()), "no such folder");
  expect_in(open((folder / "photo.psd").string()), "no such folder");
}

TEST(TarPictures, ReadsWhatPythonWrote) {
  const std::string pattern = (testing::data("training_data") / "{ustar,gnu,pax}.tar").string();
  const auto pictures = open_pictures(PictureSource::web, {pattern});
  // first, second, long, both (the JPEG), Übung; not those that are hidden, masks or links.
  ASSERT_EQ(pictures->size(), 15U);
  const int levels[] = {10, 20, 30, 50, 70};
  for (std::size_t i = 0; i < pictures->size(); ++i) {
    const int level = levels[i % 5];
    const Image image = pictures->read(i);
    EXPECT_EQ(image.width(), level / 10) << pictures->name(i);
    EXPECT_NEAR(image.bytes()[0], level, 2) << pictures->name(i);
  }
  EXPECT_TRUE(pictures->name(5).ends_with("gnu.tar: first.png")) << pictures->name(5);
}

TEST(TarPictures, WhatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  const auto open = [](const std::string& pattern) {
    return error_of([&] { open_pictures(PictureSource::web, {pattern}); });
  };
  expect_in(open((folder / "missing{0..1}.tar").string()), "missing0.tar");
  put(folder / "empty.tar", tar_member("a.txt", {1}));
  expect_in(open((folder / "empty.tar").string()), "no training pictures");
  put(folder / "broken.tar", Bytes(5000, 'x'));
  expect_in(open((folder / "broken.tar").string()), "broken.tar: not a tar archive");

  put(folder / "bad.tar", tar_member("k/bad.jpg", testing::bytes_of("no picture")));
  const auto pictures = open_pictures(PictureSource::web, {(folder / "bad.tar").string()});
  expect_in(error_of([&] { pictures->read(0); }), "bad.tar: k/bad.jpg: not a JPEG");
  // A shard that shrinks after its headers were read.
  testing::fs::resize_file(folder / "bad.tar", 515);
  expect_in(error_of([&] { pictures->read(0); }), "bad.tar: cannot read: it became shorter");
  testing::fs::remove(folder / "bad.tar");
  expect_in(error_of([&] { pictures->read(0); }), "bad.tar: no such file");
}

}  // namespace
}  // namespace lama::internal::training
