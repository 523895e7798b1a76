// ICC profiles: what they make of a picture's colours, and profiles for colours that a file states
// in another way.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "image/colour.h"
#include "image/image.h"

namespace lama::codecs {

struct ProfileReading {
  /// Null if the profile is that of sRGB, or as good as that, or cannot be used.
  std::shared_ptr<const ColourConverter> converter;
  std::string problem;  ///< why it cannot be used; empty if it can
};

/// What the ICC profile `icc` means for pictures of this model. Colours are converted by the
/// relative colorimetric intent with black point compensation: what sRGB has too comes back as it
/// was, what lies outside of it at its edge.
ProfileReading read_profile(std::span<const std::uint8_t> icc, ColourModel model);

/// What a profile calls itself, in English; empty if it does not say or is damaged.
std::string profile_name(std::span<const std::uint8_t> icc);

/// A curve from a sample to light, both 0..1.
struct ToneCurve {
  bool srgb = true;  ///< sRGB's own curve
  double gamma = 1;  ///< otherwise the power of the sample
};

/// Chromaticities x, y of the primaries and of white.
struct Primaries {
  std::array<double, 2> red = {0.64, 0.33}, green = {0.30, 0.60}, blue = {0.15, 0.06};
  std::array<double, 2> white = {0.3127, 0.3290};
};

/// An ICC profile of these colours, RGB or grey. Empty if there is no such colour space.
std::vector<std::uint8_t> make_profile(ColourModel model, const Primaries& primaries,
                                       const ToneCurve& curve);

}  // namespace lama::codecs
