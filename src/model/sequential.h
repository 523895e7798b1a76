// The frame of all generators: an nn.Sequential that ends in up-samplings and a head.
#pragma once

#include <string>
#include <utility>

#include "model/architecture.h"

namespace lama::internal::model {

/// A convolution of `layer.in` to `layer.out` channels as the only branch.
ConvolutionLayer single(ConvolutionLayer layer, int dilation = 1);

class Sequential {
 public:
  /// Throws Error, naming the key, if max_features is less than ngf.
  explicit Sequential(const GeneratorConfig& config);

  const GeneratorConfig& config() const { return result_.config; }
  /// Channels after `level` down-samplings.
  int features(int level) const;

  /// The name of the next module, "model.1" at first: 0 is the reflection pad before the stem.
  std::string next();
  /// A module without parameters has a position too.
  void skip() { ++position_; }
  void add(Layer layer) { result_.layers.push_back(std::move(layer)); }

  /// The up-samplings to the picture's size. `norm` is that of each, without its name. A
  /// convolution after bilinear up-sampling has `padding` and may be `separable`.
  void add_upsamplings(const Norm& norm, Padding padding, bool separable);
  /// The reflection pad and the last convolution.
  void add_head();

  Architecture finish() && { return std::move(result_); }

 private:
  Architecture result_;
  int position_ = 1;
};

}  // namespace lama::internal::model
