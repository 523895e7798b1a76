// A generator on the CPU (paper section 2.1, figure 2).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "engine/precision.h"
#include "engine/profile.h"
#include "engine/tensor.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::engine {

/// Called on the thread that runs the network, after each layer, with the layer's output as it is
/// in memory (local channels, then global ones): residual blocks report twice, the second time with
/// the sum. Layers that run strip by strip report each strip; a small picture is one strip. `done`
/// is the share of the work finished, in (0, 1]. An exception thrown here ends the run and passes
/// through: that is how to cancel. An observer must not run its own network again (Error).
struct LayerDone {
  const std::string& name;
  View<const float> output;
  double done;
};
using Observer = std::function<void(const LayerDone&)>;

/// A generator prepared for inference: batch norm folded into the convolutions, weights packed for
/// this processor.
///
/// Thread-safety: const functions may be called from several threads. Runs of one object take
/// turns, because they share its threads and memory; separate objects are independent, those that
/// share weights too. Reproducibility: the output has the same bits for every number of threads.
class Network {
 public:
  /// Reads all weights from `tensors`, which must hold the parameters of `architecture` (see
  /// weights::open_model) and is not needed afterwards. Throws Error on values that no network can
  /// run with (not finite, or a negative variance), or if the processor lacks the precision. Calls
  /// `prepared` on this thread with the finished share of the work, in (0, 1]; an exception from it
  /// ends the construction and passes through.
  Network(const model::Architecture& architecture, const weights::TensorFile& tensors, int threads,
          Precision precision = Precision::f32,
          const std::function<void(double)>& prepared = nullptr);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  /// One more with the same weights in memory, but with threads and intermediate results of its
  /// own.
  Network sharing_weights(int threads) const;

  const model::GeneratorConfig& config() const;
  const model::InputSizes& sizes() const;

  /// `input`: N x H x W x 4, red, green, blue in [0, 1] with missing pixels 0, and the mask (1 =
  /// missing). H and W: see sizes(). Throws Error otherwise.
  /// Returns N x H x W x 3 before the output activation.
  Tensor logits(Tensor input, const Observer& observer = nullptr) const;
  /// The same bits, of the pixels in `wanted` alone: N x wanted.height x wanted.width x 3. The less
  /// is wanted the less is computed.
  Tensor logits(Tensor input, const Region& wanted, const Observer& observer = nullptr) const;

  /// Logits through the output activation: in [0, 1] for a sigmoid.
  Tensor forward(Tensor input, const Observer& observer = nullptr) const;
  Tensor forward(Tensor input, const Region& wanted, const Observer& observer = nullptr) const;

  /// Adds the times of further runs to `profile`, which must outlive them; null to stop.
  void set_profile(Profile* profile);

  /// Bytes that a run takes at its worst moment at this input size, the whole output wanted, its
  /// input included.
  std::size_t peak_bytes(std::size_t batch, std::size_t height, std::size_t width) const;

 private:
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::internal::engine
