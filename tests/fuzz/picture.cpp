// Whole pictures of every format: decoded, and encoded again where that is quick.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "codecs/picture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lama::internal::codecs;  // NOLINT(google-build-using-namespace)
  constexpr std::size_t kMostPixels = 1 << 16, kFewPixels = 1 << 10;
  try {
    const Picture picture = read_picture({data, data + size}, "x", "photo", kMostPixels);
    (void)colour_name(picture);
    if (picture.image.pixels() > kFewPixels || picture.format == Format::avif) return 0;
    const Format format = written_as(picture.format);
    require_holds(format, picture.image, picture, "y");
    const auto file = encode_picture(picture.image, format, picture, {}, "y");
    // What was written can be read.
    const Picture again = read_picture(file, "y", "photo");
    if (again.image.width() != picture.image.width()) __builtin_trap();
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
