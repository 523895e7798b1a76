#include "evaluation/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "codecs/picture.h"
#include "image/resize.h"

namespace lama::internal::evaluation {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1d2329; --soft: #66707a; --line: #d9dee3;
  --paper: #ffffff; --panel: #f5f7f8; --accent: #1766a6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ad; --line: #39414a;
  --paper: #16191d; --panel: #1f242a; --accent: #6db4ee; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 75rem; color: var(--ink);
  background: var(--paper); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .8rem; }
p { margin: .4rem 0; max-width: 48rem; }
.soft { color: var(--soft); }
)";

}  // namespace

std::string escaped(std::string_view text) {
  // The JSON writer validates UTF-8.
  const std::string json =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::string clean = nlohmann::json::parse(json).get<std::string>();
  std::string result;
  for (const char c : clean) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string data_url(const Planes& picture, int max_side) {
  Image image(picture.width, picture.height, ColourModel::rgb, false, Depth::f32);
  auto* out = image.samples<float>();
  for (std::size_t i = 0; i < picture.pixels(); ++i) {
    for (int c = 0; c < 3; ++c) *out++ = picture.plane(c)[i];
  }
  const double scale =
      std::min(1.0, static_cast<double>(max_side) / std::max(picture.width, picture.height));
  const auto side = [scale](int from) {
    return std::max(1, static_cast<int>(std::lround(from * scale)));
  };
  image = shrink(image, side(picture.width), side(picture.height));
  Image bytes(image.width(), image.height(), ColourModel::rgb, false, Depth::u8);
  const auto* in = image.samples<float>();
  for (std::uint8_t& sample : bytes.bytes()) {
    sample = static_cast<std::uint8_t>(std::lround(std::clamp(*in++, 0.0F, 1.0F) * 255));
  }
  constexpr int kQuality = 90;
  return "data:image/jpeg;base64," +
         encode_base64(codecs::encode_picture(bytes, codecs::Format::jpeg, {},
                                              {.quality = kQuality}, "picture of a page"));
}

Planes tinted(const Planes& picture, const Mask& hole) {
  static constexpr float kTint[3] = {0.93F, 0.20F, 0.55F};
  constexpr float kShare = 0.75F;
  Planes result = picture;
  for (int c = 0; c < 3; ++c) {
    float* plane = result.values.data() + static_cast<std::size_t>(c) * picture.pixels();
    for (std::size_t i = 0; i < picture.pixels(); ++i) {
      if (hole.missing[i] != 0) plane[i] += kShare * (kTint[c] - plane[i]);
    }
  }
  return result;
}

std::string page_begin(std::string_view title, std::string_view style) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n",
      escaped(title), kStyle, style);
}

}  // namespace lama::internal::evaluation
