#include "codecs/jpeg_xl.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace lama::internal::codecs {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Box {
  std::string_view name;
  Bytes content;
  std::size_t name_at;  ///< in the file
};

/// The boxes of a file (ISO/IEC 18181-2); none for a bare stream.
std::vector<Box> boxes_of(Bytes file) {
  std::vector<Box> boxes;
  if (text_of(file.first(std::min<std::size_t>(file.size(), 8))).find("JXL ") != 4) return boxes;
  for (std::size_t at = 0; file.size() - at >= 8;) {
    const auto number = [&file](std::size_t from, std::size_t size) {
      std::uint64_t value = 0;
      for (std::size_t i = 0; i < size; ++i) value = value << 8 | file[from + i];
      return value;
    };
    const Bytes rest = file.subspan(at);
    std::uint64_t size = number(at, 4);
    std::size_t header = 8;
    if (size == 1 && rest.size() >= 16) {
      size = number(at + 8, 8);
      header = 16;
    }
    if (size == 0 || size > rest.size()) size = rest.size();
    if (size < header) break;
    boxes.push_back({text_of(rest.subspan(4, 4)), rest.first(size).subspan(header), at + 4});
    at += size;
  }
  return boxes;
}

/// Bits from the lowest of the first byte on; zeros behind the end.
class Bits {
 public:
  explicit Bits(Bytes bytes) : bytes_(bytes) {}
  unsigned take(int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      const std::size_t byte = at_ / 8;
      if (byte < bytes_.size()) value |= (bytes_[byte] >> at_ % 8 & 1U) << i;
    }
    return value;
  }
  /// A number whose own two bits choose how many follow.
  void skip_number(const std::array<int, 4>& counts) { take(counts.at(take(2))); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

/// ISO/IEC 18181-1, SizeHeader and PreviewHeader: a height, a ratio, and a width if the ratio is 0.
void skip_size(Bits& bits, const std::array<int, 4>& by_8, const std::array<int, 4>& exact) {
  const bool eighths = bits.take(1) != 0;
  const auto skip_side = [&] { bits.skip_number(eighths ? by_8 : exact); };
  skip_side();
  if (bits.take(3) == 0) skip_side();
}

void skip_picture_size(Bits& bits) {
  const bool eighths = bits.take(1) != 0;
  const auto skip_side = [&] {
    if (eighths) {
      bits.take(5);
    } else {
      bits.skip_number({9, 13, 18, 30});
    }
  };
  skip_side();
  if (bits.take(3) == 0) skip_side();
}

}  // namespace

bool is_animated_jpeg_xl(Bytes file) {
  Bytes stream = file;
  for (const Box& box : boxes_of(file)) {
    if (box.name != "jxlc" && box.name != "jxlp") continue;
    const std::size_t number = box.name == "jxlp" ? 4 : 0;  // of the part
    stream = box.content.subspan(std::min(number, box.content.size()));
    break;
  }
  Bits bits(stream);
  if (bits.take(16) != 0x0aff) return false;
  skip_picture_size(bits);
  if (bits.take(1) != 0) return false;  // all metadata have their defaults
  if (bits.take(1) == 0) return false;  // no extra fields
  bits.take(3);                         // orientation
  if (bits.take(1) != 0) skip_picture_size(bits);
  if (bits.take(1) != 0) skip_size(bits, {0, 0, 5, 9}, {6, 8, 10, 12});
  return bits.take(1) != 0;
}

VipsBlob* without_compressed_boxes(VipsBlob* file) {
  std::size_t size = 0;
  const auto* data = static_cast<const std::uint8_t*>(vips_blob_get(file, &size));
  std::vector<std::uint8_t> changed;
  for (const Box& box : boxes_of({data, size})) {
    if (box.name != "brob") continue;
    if (changed.empty()) changed.assign(data, data + size);
    constexpr std::string_view kSkipped = "skip";
    std::copy(kSkipped.begin(), kSkipped.end(),
              changed.begin() + static_cast<std::ptrdiff_t>(box.name_at));
  }
  if (!changed.empty()) return vips_blob_copy(changed.data(), changed.size());
  vips_area_copy(VIPS_AREA(file));
  return file;
}

}  // namespace lama::internal::codecs
