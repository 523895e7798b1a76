#include "codecs/webp_exact.h"

#include <webp/encode.h>
#include <webp/mux.h>

#include <memory>

#include "base/error.h"

namespace lama::internal::codecs {

std::vector<std::uint8_t> with_exact_pixels(std::span<const std::uint8_t> webp,
                                            const Image& image) {
  const auto require = [](bool good) {
    if (!good) throw Error("the picture cannot be encoded as WebP");
  };
  WebPConfig config;
  require(WebPConfigInit(&config) != 0);
  config.lossless = 1;
  config.exact = 1;
  struct Picture : WebPPicture {
    Picture() : WebPPicture() {}
    ~Picture() { WebPPictureFree(this); }
  } picture;
  struct Writer : WebPMemoryWriter {
    Writer() : WebPMemoryWriter() { WebPMemoryWriterInit(this); }
    ~Writer() { WebPMemoryWriterClear(this); }
  } writer;
  require(WebPPictureInit(&picture) != 0);
  picture.use_argb = 1;
  picture.width = image.width();
  picture.height = image.height();
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  require(WebPPictureAlloc(&picture) != 0);
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t blue = image.colour_channels() == 1 ? 0 : 2, green = blue / 2;
  const std::uint8_t* pixel = image.bytes().data();
  for (int y = 0; y < image.height(); ++y) {
    std::uint32_t* line = picture.argb + std::ptrdiff_t{y} * picture.argb_stride;
    for (int x = 0; x < image.width(); ++x, pixel += channels) {
      const std::uint32_t alpha = image.has_alpha() ? pixel[channels - 1] : 255U;
      line[x] = alpha << 24 | std::uint32_t{pixel[0]} << 16 | std::uint32_t{pixel[green]} << 8 |
                pixel[blue];
    }
  }
  require(WebPEncode(&config, &picture) != 0);

  const WebPData file{webp.data(), webp.size()};
  const std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)> mux(WebPMuxCreate(&file, 1),
                                                               WebPMuxDelete);
  const WebPData pixels{writer.mem, writer.size};
  require(mux && WebPMuxSetImage(mux.get(), &pixels, 1) == WEBP_MUX_OK);
  struct Assembled : WebPData {
    Assembled() : WebPData() { WebPDataInit(this); }
    ~Assembled() { WebPDataClear(this); }
  } assembled;
  require(WebPMuxAssemble(mux.get(), &assembled) == WEBP_MUX_OK);
  return {assembled.bytes, assembled.bytes + assembled.size};
}

}  // namespace lama::internal::codecs
