#include "training/event_file.h"

#include <fmt/format.h>
#include <training/event.pb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/crc.hpp>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"

namespace lama::internal::training {
namespace {

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

/// CRC-32C, turned and moved: a checksum of data that holds its own checksum finds few errors.
std::uint32_t masked_crc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t value = crc.checksum();
  return ((value >> 15) | (value << 17)) + 0xa282ead8U;
}

tensorboard::Event event_of(std::int64_t step) {
  tensorboard::Event event;
  event.set_wall_time(seconds_since_1970());
  event.set_step(step);
  return event;
}

/// TensorBoard's own: from 1e-12 each 1.1 times the one before, and the same below 0.
const std::vector<double>& bucket_limits() {
  static const std::vector<double> limits = [] {
    std::vector<double> positive;
    for (double limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push_back(limit);
    std::vector<double> all;
    for (auto limit = positive.rbegin(); limit != positive.rend(); ++limit) all.push_back(-*limit);
    all.push_back(0);
    all.insert(all.end(), positive.begin(), positive.end());
    all.push_back(std::numeric_limits<double>::max());
    return all;
  }();
  return limits;
}

/// Makes `folder`. Two runs in one second, or two files of one, have different names.
std::filesystem::path new_file_in(const std::filesystem::path& folder) {
  create_folders(folder);
  static std::atomic<int> count{0};
  return folder / fmt::format("events.out.tfevents.{:010}.{}.{}.{}",
                              static_cast<std::int64_t>(seconds_since_1970()), host_name(),
                              ::getpid(), count++);
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder) : file_(new_file_in(folder)) {
  tensorboard::Event event = event_of(0);
  event.set_file_version("brain.Event:2");
  append(event.SerializeAsString());
}

void EventFile::scalar(const std::string& tag, std::int64_t step, double value) {
  tensorboard::Event event = event_of(step);
  tensorboard::Summary::Value* summary = event.mutable_summary()->add_value();
  summary->set_tag(tag);
  summary->set_simple_value(static_cast<float>(value));
  append(event.SerializeAsString());
}

void EventFile::image(const std::string& tag, std::int64_t step, std::span<const std::uint8_t> file,
                      int height, int width) {
  tensorboard::Event event = event_of(step);
  tensorboard::Summary::Value* summary = event.mutable_summary()->add_value();
  summary->set_tag(tag);
  summary->mutable_image()->set_height(height);
  summary->mutable_image()->set_width(width);
  summary->mutable_image()->set_colorspace(3);
  summary->mutable_image()->set_encoded_image_string(file.data(), file.size());
  append(event.SerializeAsString());
}

void EventFile::histogram(const std::string& tag, std::int64_t step,
                          std::span<const float> values) {
  const std::vector<double>& limits = bucket_limits();
  std::vector<double> counts(limits.size(), 0);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double low = kInfinity, high = -kInfinity, count = 0, sum = 0, squares = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
    count += 1;
    sum += value;
    squares += value * value;
    counts[static_cast<std::size_t>(std::upper_bound(limits.begin(), limits.end(), value) -
                                    limits.begin())] += 1;
  }
  if (count == 0) return;

  tensorboard::Event event = event_of(step);
  tensorboard::Summary::Value* summary = event.mutable_summary()->add_value();
  summary->set_tag(tag);
  tensorboard::HistogramProto* histogram = summary->mutable_histo();
  histogram->set_min(low);
  histogram->set_max(high);
  histogram->set_num(count);
  histogram->set_sum(sum);
  histogram->set_sum_squares(squares);
  // From the first one with a count to the last, and the one before, whose limit is the first's
  // beginning.
  std::size_t begin = 0, end = counts.size();
  while (counts[begin] == 0) ++begin;
  while (counts[end - 1] == 0) --end;
  for (std::size_t i = begin > 0 ? begin - 1 : 0; i < end; ++i) {
    histogram->add_bucket_limit(limits[i]);
    histogram->add_bucket(counts[i]);
  }
  append(event.SerializeAsString());
}

void EventFile::append(const std::string& event) {
  std::string record;
  append_little_endian(record, event.size(), 8);
  append_little_endian(record, masked_crc(record), 4);
  record += event;
  append_little_endian(record, masked_crc(event), 4);
  file_.append(record);
}

}  // namespace lama::internal::training
