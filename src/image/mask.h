// Masks: the missing pixels of a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/image.h"

namespace lama::internal {

struct Mask {
  int width = 0, height = 0;
  std::vector<std::uint8_t> missing;  ///< one per pixel, row by row: 1 missing, 0 known

  std::size_t count() const;  ///< missing pixels
};

/// A mask does not fit its picture, or lacks the expected values.
class UnfitMask : public Error {
 public:
  using Error::Error;
};

struct PixelSize {
  int width = 0, height = 0;

  std::size_t pixels() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  friend bool operator==(const PixelSize& a, const PixelSize& b) {
    return a.width == b.width && a.height == b.height;
  }
  friend bool operator!=(const PixelSize& a, const PixelSize& b) { return !(a == b); }
};

/// The names of a picture and its mask in errors.
struct PictureAndMask {
  std::string picture = "the picture", mask = "the mask";
};

/// Throws UnfitMask, with both sizes, if they differ. `remedy` ends the message.
void require_same_size(PixelSize picture, PixelSize mask, const PictureAndMask& names = {},
                       const std::string& remedy = "their sizes must be equal");

/// The channel of a picture that serves as a mask.
enum class MaskChannel {
  automatic,  ///< luma; but alpha if it varies and the brightness hardly does
  luma,       ///< brightness; transparent parts count as on black
  alpha,      ///< opacity
};

struct MaskOptions {
  /// A pixel is missing if it reaches this share of full white, above 0 and at most 1. Half suits
  /// JPEG and anti-aliased masks.
  double threshold = 0.5;
  bool invert = false;  ///< missing pixels are those below it
  MaskChannel channel = MaskChannel::automatic;
};

/// Reads a picture as a mask. Colours count by their luma (ITU-R BT.601). `name` is the picture's
/// name in errors. Throws UnfitMask if `channel` is alpha and the picture has none, Error if an
/// option is out of range.
Mask mask_from(const Image& image, const MaskOptions& options = {},
               const std::string& name = "the mask");

/// The published predict.py's rule: every pixel above black is missing; alpha is ignored.
Mask published_mask_from(const Image& image);

/// The transparent part of a picture: the pixels that are less than half opaque. Throws UnfitMask,
/// with `name` as the picture's name, if the picture has no alpha.
Mask transparent_part(const Image& image, const std::string& name = "the picture");

/// `mask` as a grey picture of 8 bits, white where something is missing.
Image picture_of(const Mask& mask);

/// The user's names of MaskOptions' fields.
struct MaskOptionNames {
  std::string threshold, invert;
  std::string alpha;  ///< the channel's, to take alpha; empty if the user cannot choose it
};

/// Doubts whether `image`, named `name`, is the intended mask, a sentence each. Without `options`
/// the mask follows published_mask_from().
std::vector<std::string> doubts_about_mask(const Image& image, const MaskOptions* options,
                                           const std::string& name,
                                           const MaskOptionNames& option_names);

/// `mask` at another size, by the nearest pixel.
Mask resize(const Mask& mask, int width, int height);

/// For every pixel the Euclidean distance, in pixels, to the nearest missing one: 0 inside the
/// hole; infinity if no pixel is missing. Exact up to 4096 pixels, in linear time (Felzenszwalb and
/// Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
std::vector<float> distance_to_hole(const Mask& mask);

/// Grows the hole to every pixel within `radius` (Euclidean) of it.
Mask dilate(const Mask& mask, int radius);

}  // namespace lama::internal
