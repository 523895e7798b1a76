#include "codecs/colour_tags.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "codecs/boxes.h"
#include "codecs/colour_profile.h"
#include "codecs/png_chunks.h"

namespace lama::internal::codecs {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Code points of ITU-T H.273.
struct CodePoints {
  int primaries = 2, transfer = 2;  // 2: unspecified
};

ColourTags colours_of(const CodePoints& code, ColourModel model) {
  Primaries primaries;
  std::string name = "sRGB's primaries";
  switch (code.primaries) {
    case 1:
    case 2:
      break;
    case 9:
      primaries = {{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}};
      name = "BT.2020's primaries";
      break;
    case 12:
      primaries = {{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}};
      name = "Display P3";
      break;
    case 5:
      primaries = {{0.64, 0.33}, {0.29, 0.60}, {0.15, 0.06}};
      name = "BT.601's primaries (625 lines)";
      break;
    case 6:
    case 7:
      primaries = {{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}};
      name = "BT.601's primaries (525 lines)";
      break;
    default:
      return {{},
              fmt::format("its colours are stated in an unsupported way (H.273 primaries {}): lama "
                          "treats them as sRGB",
                          code.primaries)};
  }
  ToneCurve curve;
  switch (code.transfer) {
    case 4:
      curve = {.srgb = false, .gamma = 2.2};
      break;
    case 5:
      curve = {.srgb = false, .gamma = 2.8};
      break;
    case 8:
      curve = {.srgb = false, .gamma = 1};
      break;
    case 16:
    case 18:
      throw Error(fmt::format(
          "an HDR picture ({}), whose brightness lama cannot write: convert it to SDR first",
          code.transfer == 16 ? "PQ" : "HLG"));
    default:
      // Programs show pictures with television's curves (1, 6, 14, 15) by sRGB's.
      break;
  }
  const bool wide = code.primaries > 2, curved = !curve.srgb;
  if (!wide && !curved) return {};
  return {make_profile(model, primaries, curve),
          fmt::format("the file states its colours ({}) without a profile: the output gets an "
                      "equivalent profile",
                      curved && wide ? name + ", gamma " + fmt::format("{:.2g}", curve.gamma)
                      : curved       ? fmt::format("gamma {:.2g}", curve.gamma)
                                     : name)};
}

ColourTags png_colours(Bytes file, ColourModel model) {
  std::optional<std::uint32_t> gamma;
  std::optional<Primaries> primaries;
  bool profile = false;
  const std::vector<PngChunk> chunks = png_chunks(file);
  // In any order, cICP precedes sRGB, and that the other two (PNG, third edition, 4.3).
  for (const auto& [type, data] : chunks) {
    if (type == "cICP" && data.size() == 4) return colours_of({data[0], data[1]}, model);
  }
  for (const PngChunk& chunk : chunks) {
    const Bytes data = chunk.data;
    if (chunk.type == "sRGB") return {};
    profile |= chunk.type == "iCCP";
    if (chunk.type == "gAMA" && data.size() == 4)
      gamma = static_cast<std::uint32_t>(big_endian(data, 0, 4));
    if (chunk.type == "cHRM" && data.size() == 32) {
      const auto xy = [&data](std::size_t i) {
        const auto at = [&](std::size_t from) {
          return static_cast<double>(big_endian(data, from, 4)) * 1e-5;
        };
        return std::array<double, 2>{at(8 * i), at(8 * i + 4)};
      };
      primaries = Primaries{.red = xy(1), .green = xy(2), .blue = xy(3), .white = xy(0)};
    }
  }
  // In 1/100000. sRGB's value stands for its curve (PNG specification, 11.3.2.2).
  constexpr std::uint32_t kSrgbGamma = 45455, kLeast = 10000, kMost = 1000000;
  ToneCurve curve;
  if (gamma && *gamma >= kLeast && *gamma <= kMost &&
      std::abs(static_cast<int>(*gamma) - static_cast<int>(kSrgbGamma)) > 100) {
    curve = {.srgb = false, .gamma = 100000.0 / *gamma};
  }
  const Primaries srgb;
  const auto near = [](const std::array<double, 2>& a, const std::array<double, 2>& b) {
    return std::abs(a[0] - b[0]) < 0.002 && std::abs(a[1] - b[1]) < 0.002;
  };
  const bool other = primaries && model == ColourModel::rgb &&
                     !(near(primaries->red, srgb.red) && near(primaries->green, srgb.green) &&
                       near(primaries->blue, srgb.blue) && near(primaries->white, srgb.white));
  if (!other && curve.srgb) {
    // libpng leaves it out.
    if (profile)
      return {{},
              "the colour profile is damaged or for another kind of picture: the output has none, "
              "and lama treats the colours as sRGB"};
    return {};
  }
  ColourTags tags{
      make_profile(model, other ? *primaries : srgb, curve),
      "the file states its colours by gAMA and cHRM: the output gets an equivalent profile"};
  if (tags.profile.empty()) {
    tags.note = "the file's cHRM states impossible colours: lama treats them as sRGB";
  }
  return tags;
}

/// Inside the box "meta", "iprp", "ipco" of a HEIF file: "colr", "nclx", primaries, transfer,
/// matrix and range (ISO/IEC 23008-12; 14496-12, 12.1.5).
ColourTags heif_colours(Bytes file, ColourModel model) {
  const Bytes meta = find_box(file, "meta");
  if (meta.size() < 4) return {};  // version and flags first
  const Bytes colour = find_box(find_box(find_box(meta.subspan(4), "iprp"), "ipco"), "colr");
  if (colour.size() < 8 || !text_of(colour).starts_with("nclx")) return {};
  return colours_of(
      {static_cast<int>(big_endian(colour, 4, 2)), static_cast<int>(big_endian(colour, 6, 2))},
      model);
}

}  // namespace

ColourTags read_colour_tags(Bytes file, Format format, ColourModel model, Depth depth) {
  if (format == Format::png) return png_colours(file, model);
  if (format == Format::heif || format == Format::avif) return heif_colours(file, model);
  if (format == Format::tiff && depth == Depth::f32) {
    return {make_profile(model, {}, {.srgb = false, .gamma = 1}),
            "floats without a profile: lama treats them as linear light"};
  }
  return {};
}

}  // namespace lama::internal::codecs
