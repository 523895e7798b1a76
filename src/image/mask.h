// Which pixels are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/image.h"

namespace lama {

struct Mask {
  int width = 0, height = 0;
  std::vector<std::uint8_t> missing;  ///< one per pixel, row by row: 1 missing, 0 known

  std::size_t count() const;  ///< missing pixels
};

/// A mask does not fit its picture, or has no values where they were expected.
class UnfitMask : public Error {
 public:
  using Error::Error;
};

struct PixelSize {
  int width = 0, height = 0;
};

/// How errors call a picture and its mask.
struct PictureAndMask {
  std::string picture = "the picture", mask = "the mask";
};

/// Throws UnfitMask, with both sizes, if they differ. `remedy` says what to do.
void require_same_size(PixelSize picture, PixelSize mask, const PictureAndMask& names = {},
                       const std::string& remedy = "they must be equal");

/// Where a picture that serves as a mask carries its values.
enum class MaskChannel {
  automatic,  ///< luma, unless that is the same everywhere and alpha is not: then alpha
  luma,       ///< brightness; transparent parts count as if they lay on black
  alpha,      ///< opacity
};

struct MaskOptions {
  /// Missing is what reaches this share of full white, above 0 and at most 1. Half is right for
  /// JPEG and anti-aliased masks.
  double threshold = 0.5;
  bool invert = false;  ///< missing is what does not reach it
  MaskChannel channel = MaskChannel::automatic;
};

/// A picture read as a mask. Colours count by their luma (ITU-R BT.601). `name` stands for it in
/// errors. Throws UnfitMask if `channel` is alpha and the picture has none, Error if an option is
/// out of range.
Mask mask_from(const Image& image, const MaskOptions& options = {},
               const std::string& name = "the mask");

/// The rule of the published predict.py: missing is whatever is not black; alpha is ignored.
Mask published_mask_from(const Image& image);

/// The transparent part of a picture: missing where it is less than half opaque.
/// Throws UnfitMask, in which `name` stands for the picture, if it has no alpha.
Mask transparent_part(const Image& image, const std::string& name = "the picture");

/// The largest value of a picture that serves as a mask, as a share of full white.
double brightest(const Image& image, MaskChannel channel);

/// Whether a picture given as a mask has so many shades that it rather is a photo.
bool looks_like_a_photo(const Image& image);

/// What makes one doubt that `image`, called `name`, is the mask that was meant, a sentence each.
/// `threshold` is what its user calls MaskOptions::threshold. Without `options` it is the mask that
/// published_mask_from() gives. Throws Error as mask_from() does.
std::vector<std::string> doubts_about_mask(const Image& image, const MaskOptions* options,
                                           const std::string& name, const std::string& threshold);

/// `mask` at another size, by the nearest pixel.
Mask resize(const Mask& mask, int width, int height);

/// For every pixel the Euclidean distance, in pixels, to the nearest missing one: 0 inside the
/// hole, 1 for its neighbours; infinity if nothing is missing. Exact (Felzenszwalb and
/// Huttenlocher, "Distance Transforms of Sampled Functions", 2012), linear in the number of pixels.
std::vector<float> distance_to_hole(const Mask& mask);

/// The hole grown to every pixel within `radius` (Euclidean) of it.
Mask dilate(const Mask& mask, int radius);

}  // namespace lama
