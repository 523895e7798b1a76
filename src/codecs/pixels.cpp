#include "codecs/pixels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/error.h"
#include "codecs/container.h"

namespace lama::internal::codecs {

using vips::VImage;

namespace {

VipsBandFormat band_format(Depth depth) {
  switch (depth) {
    case Depth::u8:
      return VIPS_FORMAT_UCHAR;
    case Depth::u16:
      return VIPS_FORMAT_USHORT;
    case Depth::f32:
      return VIPS_FORMAT_FLOAT;
  }
  return VIPS_FORMAT_NOTSET;
}

}  // namespace

PixelForm form_of(const VImage& image) {
  PixelForm form;
  switch (image.interpretation()) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
      form.model = ColourModel::grey;
      break;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_scRGB:
      form.model = ColourModel::rgb;
      break;
    case VIPS_INTERPRETATION_CMYK:
      form.model = ColourModel::cmyk;
      break;
    default:
      throw Error("its colours are neither grey nor RGB nor CMYK");
  }
  switch (image.format()) {
    case VIPS_FORMAT_UCHAR:
      form.depth = Depth::u8;
      break;
    case VIPS_FORMAT_USHORT:
      form.depth = Depth::u16;
      break;
    case VIPS_FORMAT_FLOAT:
      form.depth = Depth::f32;
      break;
    default:
      throw Error(kSampleKinds);
  }
  if (form.model == ColourModel::cmyk && form.depth == Depth::f32) {
    throw Error("CMYK in floats");
  }
  const int colours = form.model == ColourModel::grey ? 1 : form.model == ColourModel::rgb ? 3 : 4;
  form.alpha = image.bands() == colours + 1;
  if (image.bands() != colours && !form.alpha) {
    throw Error(fmt::format("it has {} channels", image.bands()));
  }
  return form;
}

Image copy_pixels(const VImage& image, const PixelForm& form, int bits) {
  std::size_t written = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(image.write_to_memory(&written), g_free);
  Image copy(image.width(), image.height(), form.model, form.alpha, form.depth);
  std::memcpy(copy.bytes().data(), pixels.get(), copy.bytes().size());
  const int most = form.depth == Depth::u16 ? 16 : 8;
  if (form.depth == Depth::f32 || bits <= 0 || bits >= most) return copy;
  visit_samples(copy, [&copy, bits, most](auto* samples) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    if constexpr (std::is_integral_v<Sample>) {
      const std::size_t count = copy.bytes().size() / sizeof(Sample);
      std::for_each(samples, samples + count, [bits, most](Sample& sample) {
        for (int known = bits; known < most; known *= 2) {
          sample = static_cast<Sample>(sample | sample >> known);
        }
      });
    }
  });
  return copy;
}

void stretch(Image& image, int most) {
  const auto full = static_cast<int>(image.max_value());
  if (image.depth() == Depth::f32 || most <= 0 || most >= full) return;
  const int half = most / 2;  // rounds
  visit_samples(image, [&image, most, half, full](auto* samples) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    const std::size_t count = image.bytes().size() / sizeof(Sample);
    std::for_each(samples, samples + count, [most, half, full](Sample& sample) {
      const auto value = std::min<std::int64_t>(static_cast<std::int64_t>(sample), most);
      const std::int64_t stretched = (value * full + half) / most;
      sample = static_cast<Sample>(stretched);
    });
  });
}

VImage wrap(const Image& image) {
  const bool wide = image.depth() == Depth::u16;
  VipsInterpretation interpretation = VIPS_INTERPRETATION_CMYK;
  if (image.colour_model() == ColourModel::grey) {
    interpretation = wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
  } else if (image.colour_model() == ColourModel::rgb) {
    interpretation = image.depth() == Depth::f32 ? VIPS_INTERPRETATION_scRGB
                     : wide                      ? VIPS_INTERPRETATION_RGB16
                                                 : VIPS_INTERPRETATION_sRGB;
  }
  return VImage::new_from_memory(const_cast<std::uint8_t*>(image.bytes().data()),
                                 image.bytes().size(), image.width(), image.height(),
                                 image.channels(), band_format(image.depth()))
      .copy(VImage::option()->set("interpretation", interpretation));
}

Image narrowed(const Image& image, Depth depth) {
  Image narrow(image.width(), image.height(), image.colour_model(), image.has_alpha(), depth);
  const auto from = static_cast<double>(image.max_value());
  const auto to = static_cast<double>(narrow.max_value());
  const std::size_t count = image.pixels() * static_cast<std::size_t>(image.channels());
  visit_samples(image, [&](const auto* in) {
    visit_samples(narrow, [&](auto* out) {
      using Sample = std::remove_pointer_t<decltype(out)>;
      std::transform(in, in + count, out, [from, to](auto sample) {
        const double share = static_cast<double>(sample) / from;
        return static_cast<Sample>(share > 0 ? std::min(share, 1.0) * to + 0.5 : 0);
      });
    });
  });
  return narrow;
}

Image rounded_to(Image image, int bits) {
  const unsigned most = (1U << bits) - 1, shift = 16U - static_cast<unsigned>(bits);
  auto* samples = image.samples<std::uint16_t>();
  std::for_each(samples, samples + image.bytes().size() / 2, [most, shift](std::uint16_t& sample) {
    sample = static_cast<std::uint16_t>((sample * std::uint64_t{most} + 32767) / 65535 << shift);
  });
  return image;
}

}  // namespace lama::internal::codecs
