#include "training/event_file.h"

#include <training/event.pb.h>

#include <cmath>
#include <cstring>
#include <ctime>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "tests/full_disk.h"
#include "tests/testing.h"

namespace lama::internal::training {
namespace {

/// CRC-32C, one bit at a time.
std::uint32_t slow_crc(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

template <typename T>
T number(std::span<const std::uint8_t> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// The checksum that the masked checksum `stored` stands for.
std::uint32_t unmasked(std::uint32_t stored) {
  const std::uint32_t turned = stored - 0xa282ead8U;
  return (turned << 15) | (turned >> 17);
}

/// Reads the records, whose checksums are checked.
std::vector<tensorboard::Event> events_of(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> file = read_file(path, 1 << 24);
  std::span<const std::uint8_t> rest = file;
  std::vector<tensorboard::Event> events;
  while (!rest.empty()) {
    if (rest.size() < 16) {
      ADD_FAILURE() << "a record without end";
      break;
    }
    const auto length = number<std::uint64_t>(rest);
    EXPECT_EQ(slow_crc(rest.first(8)), unmasked(number<std::uint32_t>(rest.subspan(8))));
    const auto record = rest.subspan(12, length);
    EXPECT_EQ(slow_crc(record), unmasked(number<std::uint32_t>(rest.subspan(12 + length))));
    EXPECT_TRUE(
        events.emplace_back().ParseFromArray(record.data(), static_cast<int>(record.size())));
    rest = rest.subspan(16 + length);
  }
  return events;
}

TEST(EventFile, ChecksumOfTheTestIsTheStandardOne) {
  const std::string digits = "123456789";  // the check value of the catalogue of CRCs
  EXPECT_EQ(slow_crc({reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()}),
            0xE3069283U);
}

TEST(EventFile, HoldsWhatWasSaid) {
  const testing::TemporaryFolder folder;
  EventFile file(folder / "tb/version_0");
  const std::string name = file.path().filename();
  EXPECT_TRUE(name.starts_with("events.out.tfevents.1") ||
              name.starts_with("events.out.tfevents.2"))
      << name;
  file.scalar("train_gen_l1", 250, 0.125);
  const std::vector<std::uint8_t> png = {0x89, 'P', 'N', 'G', 0, 255};
  file.image("samples", 251, png, 64, 96);
  const std::vector<float> values = {-2, 0, 0, 1, 1e30F, NAN, INFINITY};
  file.histogram("weights", std::int64_t{1} << 40, values);

  const auto events = events_of(file.path());
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  for (const auto& event : events) {
    EXPECT_NEAR(event.wall_time(), static_cast<double>(std::time(nullptr)), 60);
  }
  EXPECT_EQ(events[1].step(), 250);
  EXPECT_EQ(events[1].summary().value(0).tag(), "train_gen_l1");
  EXPECT_EQ(events[1].summary().value(0).simple_value(), 0.125F);
  const auto& image = events[2].summary().value(0).image();
  EXPECT_EQ(image.height(), 64);
  EXPECT_EQ(image.width(), 96);
  EXPECT_EQ(image.colorspace(), 3);
  EXPECT_EQ(image.encoded_image_string(), std::string(png.begin(), png.end()));
  EXPECT_EQ(events[3].step(), std::int64_t{1} << 40);
  const auto& histogram = events[3].summary().value(0).histo();
  EXPECT_EQ(histogram.min(), -2);
  EXPECT_EQ(histogram.max(), 1e30F);
  EXPECT_EQ(histogram.num(), 5);
  EXPECT_EQ(histogram.sum(), static_cast<double>(1e30F) - 1);
  ASSERT_EQ(histogram.bucket_size(), histogram.bucket_limit_size());
  EXPECT_EQ(histogram.bucket(0), 0);
  EXPECT_EQ(std::accumulate(histogram.bucket().begin(), histogram.bucket().end(), 0.0), 5);
  // Every value lies where its bucket says.
  for (const double value : {-2.0, 0.0, 1.0}) {
    int i = 0;
    while (histogram.bucket_limit(i) <= value) ++i;
    EXPECT_EQ(histogram.bucket(i), value == 0 ? 2 : 1) << value;
  }
}

TEST(EventFile, SaysNothingOfNoValues) {
  const testing::TemporaryFolder folder;
  EventFile file(folder.path());
  file.histogram("empty", 1, {});
  file.histogram("nan", 1, std::vector<float>{NAN});
  EXPECT_EQ(events_of(file.path()).size(), 1U);
}

TEST(EventFile, OfOneSecondHaveDifferentNames) {
  const testing::TemporaryFolder folder;
  const EventFile first(folder.path()), second(folder.path());
  EXPECT_EQ(folder.entries(), 2);
}

TEST(EventFile, SaysThatTheDiskIsFullAndContinuesWhenThereIsRoom) {
  const testing::TemporaryFolder folder;
  EventFile file(folder.path());
  const std::string error = testing::error_of([&] {
    const testing::FullDisk disk(100);
    for (int step = 0; step < 100; ++step) file.scalar("loss", step, 1);
  });
  EXPECT_EQ(error, file.path().string() + ": cannot write: File too large");
  const std::size_t before = events_of(file.path()).size();
  file.scalar("loss", 1000, 0.5);
  const auto events = events_of(file.path());
  ASSERT_EQ(events.size(), before + 1);
  EXPECT_EQ(events.back().step(), 1000);
  EXPECT_NE(testing::error_of([&] { const EventFile none("/dev/null/x"); }).find("/dev/null/x"),
            std::string::npos);
}

}  // namespace
}  // namespace lama::internal::training
