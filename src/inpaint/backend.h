// The functions of a network that inpaint() needs, on any device.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "engine/network.h"
#include "engine/tensor.h"
#include "model/architecture.h"
#include "model/generator_config.h"

namespace lama::internal {

/// A generator ready to run, or none. Its functions are those of engine::Network.
struct Backend {
  model::GeneratorConfig config;
  model::InputSizes sizes;
  std::function<engine::Tensor(engine::Tensor input, const engine::Region& wanted,
                               const engine::Observer& observer)>
      forward;  ///< null where there is no network
  std::function<std::size_t(std::size_t batch, std::size_t height, std::size_t width)> peak_bytes;
  /// Makes another one with the same weights, which may run at the same time. May be null.
  std::function<Backend(int threads)> sharing_weights;
  /// The thickest hole that the network fills, in pixels after it grows. Thicker holes get copies
  /// of their surroundings (patches/complete.h), on copying_threads threads.
  int thickest_hole = std::numeric_limits<int>::max();
  int copying_threads = 1;
  /// A sentence for people whose hole is too large for copies: which network to fetch. May be
  /// empty.
  std::string advice;

  /// sharing_weights() with the same thickest_hole and advice.
  Backend with_threads(int threads) const {
    Backend other = sharing_weights(threads);
    other.thickest_hole = thickest_hole;
    other.copying_threads = threads;
    other.advice = advice;
    return other;
  }

  /// Without a network: every hole is copied from its surroundings.
  static Backend copying(int threads) {
    Backend backend;
    backend.sharing_weights = copying;
    backend.thickest_hole = 0;
    backend.copying_threads = threads;
    return backend;
  }
  bool has_network() const { return forward != nullptr; }

  Backend() = default;
  /// The engine. Keeps the network alive.
  explicit Backend(const std::shared_ptr<const engine::Network>& network)
      : config(network->config()),
        sizes(network->sizes()),
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
};

}  // namespace lama::internal
