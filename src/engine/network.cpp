#include "engine/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "engine/convolution_layers.h"
#include "engine/ffc.h"
#include "engine/layer.h"

namespace lama::engine {
namespace {

float activate(model::OutputActivation kind, float x) {
  switch (kind) {
    case model::OutputActivation::none:
      return x;
    case model::OutputActivation::tanh:
      return std::tanh(x);
    case model::OutputActivation::sigmoid:
      return 1.0F / (1.0F + std::exp(-x));
  }
  return x;
}

}  // namespace

struct Network::Impl {
  model::GeneratorConfig config;
  model::InputSizes sizes;
  mutable Workers workers;
  mutable FftPlans plans;
  std::vector<std::unique_ptr<Layer>> layers;
};

Network::Network(const model::Generator& generator, const weights::TensorFile& tensors, int threads)
    : impl_(new Impl{.config = generator.config,
                     .sizes = model::input_sizes(generator),
                     .workers = Workers(threads),
                     .plans = {},
                     .layers = {}}) {
  for (const model::Layer& layer : generator.layers) {
    impl_->layers.push_back(
        std::visit([&](const auto& described) { return prepare(tensors, described); }, layer));
  }
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const model::GeneratorConfig& Network::config() const { return impl_->config; }

Tensor Network::logits(Tensor input, const Observer& observer) const {
  const Impl& net = *impl_;
  const auto multiple = static_cast<std::size_t>(net.sizes.multiple);
  const auto least = static_cast<std::size_t>(net.sizes.least);
  const auto fits = [&](std::size_t size) { return size % multiple == 0 && size >= least; };
  if (input.channels() != static_cast<std::size_t>(config().input_channels) ||
      !fits(input.height()) || !fits(input.width()) ||
      (net.sizes.square && input.height() != input.width())) {
    throw Error(
        fmt::format("network input of {} x {} x {} channels: sides must be {}multiples of {}, "
                    "at least {}, with {} channels",
                    input.width(), input.height(), input.channels(),
                    net.sizes.square ? "equal, " : "", multiple, least, config().input_channels));
  }
  Extent extent = Extent::of(input.view());
  double all = 0, done = 0;
  for (const auto& layer : net.layers) {
    all += layer->multiplications(extent);
    extent = layer->output(extent);
  }
  Run run{net.plans, net.workers,
          [&](const std::string& name, const View<const float>& output, double work) {
            done += work;
            if (observer) observer({name, output, std::min(1.0, done / all)});
          }};
  Tensor x = std::move(input);
  for (const auto& layer : net.layers) x = layer->run(std::move(x), run);
  return x;
}

Tensor Network::forward(Tensor input, const Observer& observer) const {
  Tensor out = logits(std::move(input), observer);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.data()[i] = activate(config().output_activation, out.data()[i]);
  }
  return out;
}

std::size_t Network::peak_bytes(std::size_t batch, std::size_t height, std::size_t width) const {
  Extent extent{batch, height, width};
  std::size_t most = 0;
  for (const auto& layer : impl_->layers) {
    most = std::max(most, layer->floats(extent));
    extent = layer->output(extent);
  }
  return most * sizeof(float);
}

}  // namespace lama::engine
