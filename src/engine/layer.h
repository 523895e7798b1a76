// The interface between the network's loop and its layers.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "engine/fourier_unit.h"
#include "engine/tensor.h"
#include "engine/workers.h"

namespace lama::internal::engine {

struct Extent {
  std::size_t batch, height, width;

  std::size_t pixels() const { return batch * height * width; }
  template <typename T>
  static Extent of(const View<T>& view) {
    return {view.batch, view.height, view.width};
  }
};

/// The threads, memory and plans that layers share during a run.
struct Run {
  FftPlans& plans;
  Workers& workers;
  /// To be called after each part of a layer with its name, its output and its multiplications.
  std::function<void(const std::string&, const View<const float>&, double)> report;
};

/// The part of a map that is all of it.
inline Region whole(const Extent& extent) { return {0, 0, extent.height, extent.width}; }

/// One layer of a generator, prepared: weights folded and packed. Const functions do not change it.
class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// The input is given away, so that a layer can work in place. Of the result only the pixels in
  /// `wanted` need be right.
  virtual Tensor run(Tensor x, const Region& wanted, Run& run) const = 0;

  /// Whether pixels depend only on pixels near them, so that the layer can run part by part.
  virtual bool local() const { return false; }
  /// The part of the input from which a local layer computes a part of its output.
  virtual Region needs(const Region& /*output*/, const Extent& input) const { return whole(input); }
  /// A part of a local layer's output, with the bits that run() gives it: `x` is window.input, and
  /// `out` window.output.
  virtual void run_part(const View<const float>& /*x*/, const Window& /*window*/,
                        const View<float>& /*out*/, Run& /*run*/) const {}

  virtual std::size_t channels() const = 0;  ///< of the output
  // All for an input of this extent:
  virtual Extent output(const Extent& input) const = 0;
  virtual double multiplications(const Extent& input) const = 0;
  /// Floats of feature maps alive at the worst moment of run(), input and output included.
  virtual std::size_t floats(const Extent& input) const = 0;
  /// The memory to compute so much of the output.
  virtual Scratch scratch(const Extent& result) const = 0;

 protected:
  /// Multiplications for a part.
  double part_of_work(const Window& window, std::size_t batch) const {
    const Extent input{batch, window.height, window.width};
    return multiplications(input) * static_cast<double>(window.output.pixels() * batch) /
           static_cast<double>(output(input).pixels());
  }
};

}  // namespace lama::internal::engine
