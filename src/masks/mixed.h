// Draws one of several kinds each time, by their probabilities. Training and the evaluation sets
// use this.
#pragma once

#include <memory>
#include <vector>

#include "masks/mask_generator.h"

namespace lama::internal::masks {

class MixedMasks : public MaskGenerator {
 public:
  struct Kind {
    double probability;  ///< > 0; they need not sum to 1
    std::unique_ptr<MaskGenerator> generator;
  };

  /// `kinds` must not be empty; their order maps random numbers to kinds. `invert_probability`: the
  /// probability that hole and known part are swapped.
  MixedMasks(std::vector<Kind> kinds, double invert_probability);
  bool needs_labels() const override;
  Mask make(const MaskRequest& request, Random& random) const override;

 private:
  std::vector<Kind> kinds_;
  std::vector<double> probabilities_;
  double invert_probability_;
};

}  // namespace lama::internal::masks
