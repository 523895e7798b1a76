#include "codecs/jpeg_blocks.h"

// jpeglib.h needs FILE and size_t from here.
#include <cstdio>

#include <jpeglib.h>

#include <algorithm>

namespace {

using lama::internal::ColourModel;
using lama::internal::Image;

struct Failed {};

/// An empty picture of the kind in a JPEG's header; without pixels if it is large.
Image picture_like(const std::uint8_t* data, std::size_t size) {
  constexpr JDIMENSION kMostPixels = 1 << 16;
  jpeg_error_mgr errors{};
  jpeg_decompress_struct jpeg{};
  jpeg.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr) { throw Failed{}; };
  errors.emit_message = [](j_common_ptr, int) {};
  struct Guard {
    jpeg_decompress_struct& jpeg;
    ~Guard() { jpeg_destroy_decompress(&jpeg); }
  } const guard{jpeg};
  try {
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, data, size);
    jpeg_read_header(&jpeg, TRUE);
  } catch (const Failed&) {
    return {};
  }
  if (jpeg.image_width > kMostPixels / jpeg.image_height) return {};
  return {static_cast<int>(jpeg.image_width), static_cast<int>(jpeg.image_height),
          jpeg.num_components == 1   ? ColourModel::grey
          : jpeg.num_components == 3 ? ColourModel::rgb
                                     : ColourModel::cmyk,
          false, lama::internal::Depth::u8};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Image image = picture_like(data, size);
  if (image.pixels() == 0) return 0;
  lama::internal::Mask mask{image.width(), image.height(),
                            std::vector<std::uint8_t>(image.pixels())};
  std::fill_n(mask.missing.begin(), image.pixels() / 2, std::uint8_t{1});
  const lama::internal::codecs::JpegRepair options{
      .make_thumbnail = [](std::size_t most) { return std::vector<std::uint8_t>(most / 2); },
      .note = nullptr};
  const auto file = lama::internal::codecs::repair_jpeg({data, size}, image, mask, 1, options);
  // A repaired file is sound: it can be repaired again.
  if (file && !lama::internal::codecs::repair_jpeg(*file, image, mask, 1, options))
    __builtin_trap();
  return 0;
}
