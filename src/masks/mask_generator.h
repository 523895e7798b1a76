// The interface of all kinds of random masks. The kinds are those of the published
// saicinpainting/training/data/masks.py, drawn with the same random numbers in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "image/image.h"
#include "image/mask.h"
#include "masks/label_map.h"
#include "masks/numpy_random.h"
#include "masks/python_random.h"

namespace lama::internal::masks {

/// The sources of masks' random numbers.
struct Random {
  /// Seeds like numpy.random.seed(seed) and random.seed(seed).
  explicit Random(std::uint32_t seed) : numpy(seed), python(seed) {}

  NumpyRandom numpy;
  PythonRandom python;
};

/// The picture that needs a mask.
struct MaskRequest {
  int width = 0, height = 0;
  /// The iteration of the training, for kinds that change with it; empty: their final state.
  std::optional<std::int64_t> iteration;
  /// The picture's pixels; only outpainting with is_fixed_randomness needs them.
  const Image* image = nullptr;
  /// The picture's objects, at its size; only segmentation masks need them.
  const LabelMap* labels = nullptr;
};

/// Makes random masks. Thread-safety: const functions may run at the same time, each with its own
/// Random.
class MaskGenerator {
 public:
  virtual ~MaskGenerator() = default;
  MaskGenerator(const MaskGenerator&) = delete;
  MaskGenerator& operator=(const MaskGenerator&) = delete;

  /// Whether make() and make_many() can throw Error without MaskRequest::labels.
  virtual bool needs_labels() const { return false; }

  /// Throws Error if the size is too small for this kind, or the request lacks something.
  virtual Mask make(const MaskRequest& request, Random& random) const = 0;

  /// Candidates for an evaluation set: `variants_n` >= 0 masks, or this kind's own number.
  virtual std::vector<Mask> make_many(const MaskRequest& request, int variants_n,
                                      Random& random) const {
    std::vector<Mask> masks;
    masks.reserve(static_cast<std::size_t>(variants_n));
    for (int i = 0; i < variants_n; ++i) masks.push_back(make(request, random));
    return masks;
  }

 protected:
  MaskGenerator() = default;
};

/// A mask without a hole. Throws Error if the size is 0.
Mask known_everywhere(const MaskRequest& request);

/// The rectangle of Python's mask[y0:y1, x0:x1] = 1: negative limits count from the end.
void set_slice(Mask& mask, std::int64_t y0, std::int64_t y1, std::int64_t x0, std::int64_t x1);

}  // namespace lama::internal::masks
