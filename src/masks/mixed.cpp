#include "masks/mixed.h"

#include <algorithm>
#include <utility>

namespace lama::internal::masks {

MixedMasks::MixedMasks(std::vector<Kind> kinds, double invert_probability)
    : kinds_(std::move(kinds)), invert_probability_(invert_probability) {
  // float, as published, because the limits between kinds depend on its rounding.
  float sum = 0;
  for (const Kind& kind : kinds_) sum += static_cast<float>(kind.probability);
  for (const Kind& kind : kinds_) {
    probabilities_.push_back(static_cast<float>(kind.probability) / sum);
  }
}

bool MixedMasks::needs_labels() const {
  return std::any_of(kinds_.begin(), kinds_.end(),
                     [](const Kind& kind) { return kind.generator->needs_labels(); });
}

Mask MixedMasks::make(const MaskRequest& request, Random& random) const {
  Mask mask = kinds_[random.numpy.choice(probabilities_)].generator->make(request, random);
  if (invert_probability_ > 0 && random.python.random() < invert_probability_) {
    for (std::uint8_t& missing : mask.missing) missing ^= 1U;
  }
  return mask;
}

}  // namespace lama::internal::masks
