#include "server/image_store.h"

#include "server/errors.h"
#include "tests/cli/files.h"

namespace lama::internal::server {
namespace {

struct Sample {
  testing::Bytes file;
  PictureFacts facts;
};
Sample sample() {
  return {testing::get(testing::data("photo512.png")),
          {.format = codecs::Format::png, .width = 512, .height = 512}};
}

TEST(ImageStore, KeepsFilesUntilTheirTimeIsOver) {
  const Sample photo = sample();
  Clock::time_point now = Clock::now();
  ImageStore store({1U << 30, 10, std::chrono::seconds(10)}, [&now] { return now; });
  const std::string id = store.add(photo.facts, photo.file, "photo.png")->id;
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(store.find(id)->file->read(), photo.file);
  EXPECT_EQ(store.usage().bytes, photo.file.size());
  for (int i = 0; i < 3; ++i) {
    now += std::chrono::seconds(10);
    store.purge();
    EXPECT_EQ(store.find(id)->id, id) << "every use restarts its time";
  }
  now += std::chrono::seconds(11);
  EXPECT_THROW(store.find(id), NotFound);
  store.purge();
  EXPECT_EQ(store.usage().bytes, 0U);
}

TEST(ImageStore, KeepsItsLimits) {
  const Sample photo = sample();
  ImageStore few({1U << 30, 2, std::chrono::hours(1)});
  const std::string id = few.add(photo.facts, photo.file, "a")->id;
  few.add(photo.facts, photo.file, "b");
  EXPECT_THROW(few.add(photo.facts, photo.file, "c"), StorageFull);
  few.remove(id);
  few.add(photo.facts, photo.file, "c");
  ImageStore small({photo.file.size() * 3 / 2, 10, std::chrono::hours(1)});
  small.add(photo.facts, photo.file, "a");
  EXPECT_THROW(small.add(photo.facts, photo.file, "b"), StorageFull);
}

TEST(StoredFile, HasNoName) {
  const testing::TemporaryFolder folder;
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  const StoredFile file(std::vector<std::uint8_t>(100'000, 7));
  ::unsetenv("TMPDIR");
  EXPECT_EQ(folder.entries(), 0);
  EXPECT_EQ(file.read(), std::vector<std::uint8_t>(100'000, 7));
}

}  // namespace
}  // namespace lama::internal::server
