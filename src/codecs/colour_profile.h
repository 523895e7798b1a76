// Reads ICC profiles, and makes profiles for colours that a file states in another
// way.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "image/colour.h"
#include "image/image.h"

namespace lama::internal::codecs {

struct ProfileReading {
  /// Null if the profile is sRGB, is equivalent to it, or cannot be used.
  std::shared_ptr<const ColourConverter> converter;
  std::string problem;  ///< the reason why it cannot be used, or empty
};

/// Reads the ICC profile `icc` for pictures of this model. The converter uses the relative
/// colorimetric intent with black point compensation: colours inside sRGB come back unchanged,
/// colours outside at sRGB's edge.
ProfileReading read_profile(std::span<const std::uint8_t> icc, ColourModel model);

/// The profile's own name, in English; empty if it has none or is damaged.
std::string profile_name(std::span<const std::uint8_t> icc);

/// A curve from a sample to linear light, both 0..1.
struct ToneCurve {
  bool srgb = true;  ///< sRGB's own curve
  double gamma = 1;  ///< otherwise the exponent
};

/// Chromaticities x, y of the primaries and of white.
struct Primaries {
  std::array<double, 2> red = {0.64, 0.33}, green = {0.30, 0.60}, blue = {0.15, 0.06};
  std::array<double, 2> white = {0.3127, 0.3290};
};

/// Makes an ICC profile of these colours, RGB or grey. Empty if no such colour space exists.
std::vector<std::uint8_t> make_profile(ColourModel model, const Primaries& primaries,
                                       const ToneCurve& curve);

}  // namespace lama::internal::codecs
