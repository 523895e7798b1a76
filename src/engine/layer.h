// What the network's loop knows of a layer.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "engine/workers.h"
#include "engine/fourier_unit.h"
#include "engine/tensor.h"

namespace lama::engine {

struct Extent {
  std::size_t batch, height, width;

  std::size_t pixels() const { return batch * height * width; }
  template <typename T>
  static Extent of(const View<T>& view) {
    return {view.batch, view.height, view.width};
  }
};

/// What layers share during a run.
struct Run {
  FftPlans& plans;
  Workers& workers;
  /// To be called after each part of a layer with its name, its output and its multiplications.
  std::function<void(const std::string&, const View<const float>&, double)> report;
};

/// One layer of a generator, prepared: weights folded and packed. Const functions do not change it.
class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// The input is given away, so that a layer can work in place.
  virtual Tensor run(Tensor x, Run& run) const = 0;

  // All for an input of this extent:
  virtual Extent output(const Extent& input) const = 0;
  virtual double multiplications(const Extent& input) const = 0;
  /// Floats of feature maps alive at the worst moment of run(), input and output included.
  virtual std::size_t floats(const Extent& input) const = 0;
};

}  // namespace lama::engine
