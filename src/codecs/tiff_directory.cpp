#include "codecs/tiff_directory.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/bytes.h"

namespace lama::internal::codecs {
namespace {

constexpr std::array<TiffTypeSize, 19> kTypeSizes = {{{0, 0},
                                                      {1, 1},
                                                      {1, 1},
                                                      {2, 2},
                                                      {4, 4},
                                                      {8, 4},
                                                      {1, 1},
                                                      {1, 1},
                                                      {2, 2},
                                                      {4, 4},
                                                      {8, 4},
                                                      {4, 4},
                                                      {8, 8},
                                                      {4, 4},
                                                      {0, 0},
                                                      {0, 0},
                                                      {8, 8},
                                                      {8, 8},
                                                      {8, 8}}};

}  // namespace

TiffTypeSize size_of_type(int type) {
  return type >= 0 && type < static_cast<int>(kTypeSizes.size())
             ? kTypeSizes[static_cast<std::size_t>(type)]
             : TiffTypeSize{0, 0};
}

TiffReader::TiffReader(std::span<const std::uint8_t> file)
    : file_(file), left_(2 * std::uint64_t{file.size()} + 65536) {
  constexpr std::size_t kMaxPages = 1000;
  if (file.size() < 8) return;
  big_endian_ = file[0] == 'M';
  wide_ = integer(2, 2) == 43;
  auto at = wide_ ? integer(8, 8) : integer(4, 4);
  std::vector<std::uint64_t> seen;
  while (at && *at != 0 && pages_.size() < kMaxPages &&
         std::find(seen.begin(), seen.end(), *at) == seen.end()) {
    seen.push_back(*at);
    std::vector<TiffTag> tags;
    at = read(*at, tags);
    if (!tags.empty()) pages_.push_back(std::move(tags));
  }
}

std::optional<std::uint64_t> TiffReader::integer(std::size_t at, std::size_t size) const {
  if (at > file_.size() || size > file_.size() - at) return std::nullopt;
  return big_endian_ ? internal::big_endian(file_, at, size) : little_endian(file_, at, size);
}

bool TiffReader::spend(std::uint64_t bytes) const {
  if (bytes > left_) overfull_ = true;
  if (overfull_) return false;
  left_ -= bytes;
  return true;
}

std::uint64_t TiffReader::read(std::uint64_t at, std::vector<TiffTag>& tags) const {
  const std::size_t pointer = wide_ ? 8 : 4, counter = wide_ ? 8 : 2;
  const std::size_t entry = 4 + 2 * pointer;
  const auto entries = integer(at, counter);
  if (!entries || *entries > file_.size() / entry) return 0;
  // Cameras write about two hundred. libtiff's time grows with the square.
  constexpr std::uint64_t kMostEntries = 4096;
  if (*entries > kMostEntries) overfull_ = true;
  if (!spend(*entries * entry)) return 0;
  std::set<std::uint64_t> seen;
  at += counter;
  for (std::uint64_t i = 0; i < *entries; ++i, at += entry) {
    const auto tag = integer(at, 2), type = integer(at + 2, 2), count = integer(at + 4, pointer);
    if (!tag || !type || !count) return 0;
    const std::size_t unit = size_of_type(static_cast<int>(*type)).value;
    if (unit == 0 || *count > file_.size() / unit) continue;
    const std::size_t size = *count * unit;
    const auto value_at = size <= pointer ? at + 4 + pointer : integer(at + 4 + pointer, pointer);
    if (!value_at || *value_at > file_.size() || size > file_.size() - *value_at) continue;
    if (size > pointer && !spend(size)) return 0;
    if (!seen.insert(*tag).second) continue;
    tags.push_back({static_cast<int>(*tag), static_cast<int>(*type), *count,
                    file_.subspan(*value_at, size), *value_at});
  }
  return integer(at, pointer).value_or(0);
}

std::vector<TiffTag> TiffReader::directory_at(const TiffTag& tag) const {
  std::vector<TiffTag> tags;
  if (const auto at = number(tag)) read(*at, tags);
  return tags;
}

std::optional<std::uint64_t> TiffReader::number(const TiffTag& tag, std::size_t index) const {
  const TiffTypeSize size = size_of_type(tag.type);
  if (index >= tag.count || size.value != size.number) return std::nullopt;
  return integer(tag.at + index * size.value, size.value);
}

std::optional<std::uint64_t> TiffReader::number_of(std::size_t page, int tag) const {
  if (page >= pages_.size()) return std::nullopt;
  const TiffTag* found = find_tag(pages_[page], tag);
  return found != nullptr ? number(*found) : std::nullopt;
}

}  // namespace lama::internal::codecs
