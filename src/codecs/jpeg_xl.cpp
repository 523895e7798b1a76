#include "codecs/jpeg_xl.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "codecs/boxes.h"

namespace lama::internal::codecs {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Calls `visit`(name, content) for each box of a file (ISO/IEC 18181-2). A bare stream has none.
template <typename Visit>
void for_each_jpeg_xl_box(Bytes file, const Visit& visit) {
  if (text_of(file.first(std::min<std::size_t>(file.size(), 8))).find("JXL ") != 4) return;
  for_each_box(file, visit);
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
  std::optional<Bytes> stream;
  for_each_jpeg_xl_box(file, [&stream](std::string_view name, Bytes content) {
    if (stream || (name != "jxlc" && name != "jxlp")) return;
    const std::size_t number = name == "jxlp" ? 4 : 0;  // of the part
    stream = content.subspan(std::min(number, content.size()));
  });
  Bits bits(stream.value_or(file));
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
  for_each_jpeg_xl_box({data, size}, [&](std::string_view name, Bytes /*content*/) {
    if (name != "brob") return;
    if (changed.empty()) changed.assign(data, data + size);
    constexpr std::string_view kSkipped = "skip";
    std::copy(kSkipped.begin(), kSkipped.end(),
              changed.begin() + (name.data() - reinterpret_cast<const char*>(data)));
  });
  if (!changed.empty()) return vips_blob_copy(changed.data(), changed.size());
  vips_area_copy(VIPS_AREA(file));
  return file;
}

}  // namespace lama::internal::codecs
