// The functions of a network that inpaint() needs, on any device.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "engine/network.h"
#include "engine/tensor.h"
#include "model/generator_config.h"

namespace lama {

/// A generator ready to run. Its functions are those of engine::Network.
struct Backend {
  model::GeneratorConfig config;
  std::function<engine::Tensor(engine::Tensor input, const engine::Region& wanted,
                               const engine::Observer& observer)>
      forward;
  std::function<std::size_t(std::size_t batch, std::size_t height, std::size_t width)> peak_bytes;
  /// Makes another one with the same weights, which may run at the same time. May be null.
  std::function<Backend(int threads)> sharing_weights;
  /// The thickest hole that the network fills, in pixels of the mask. Thicker holes get copies of
  /// their surroundings (patches/complete.h), on copying_threads threads.
  int thickest_hole = std::numeric_limits<int>::max();
  int copying_threads = 1;

  /// sharing_weights() with the same thickest_hole.
  Backend beside(int its_threads) const {
    Backend other = sharing_weights(its_threads);
    other.thickest_hole = thickest_hole;
    other.copying_threads = its_threads;
    return other;
  }

  Backend() = default;
  /// The engine. Keeps the network alive.
  explicit Backend(const std::shared_ptr<const engine::Network>& network)
      : config(network->config()),
        forward([network](engine::Tensor input, const engine::Region& wanted,
                          const engine::Observer& observer) {
          return network->forward(std::move(input), wanted, observer);
        }),
        peak_bytes([network](std::size_t batch, std::size_t height, std::size_t width) {
          return network->peak_bytes(batch, height, width);
        }),
        sharing_weights([network](int threads) {
          return Backend(
              std::make_shared<const engine::Network>(network->sharing_weights(threads)));
        }) {}
  /// The engine. The network must outlive this.
  Backend(const engine::Network& network)  // NOLINT(google-explicit-constructor): it is one
      : Backend(std::shared_ptr<const engine::Network>(std::shared_ptr<void>(), &network)) {}
};

}  // namespace lama
