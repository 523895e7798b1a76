#include "engine/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "engine/convolution_layers.h"
#include "engine/ffc.h"
#include "engine/folding.h"
#include "engine/layer.h"
#include "engine/strips.h"
#include "engine/turn.h"

namespace lama::internal::engine {
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

using Layers = std::vector<std::unique_ptr<Layer>>;

struct Step {
  std::size_t first, count;  // layers
  Extent input;
  Region wanted;  // of the output
  std::optional<Strips> strips;
};

Tensor cut(const Tensor& x, const Region& part) {
  Tensor out(x.batch(), part.height, part.width, x.channels());
  for (std::size_t i = 0; i < x.batch() * part.height; ++i) {
    const std::size_t row = i / part.height * x.height() + part.y + i % part.height;
    std::copy_n(x.view().pixel(row * x.width() + part.x), part.width * x.channels(),
                out.view().pixel(i * part.width));
  }
  return out;
}

/// The threads, memory and plans that one run at a time uses.
struct Machinery {
  explicit Machinery(int threads) : workers(threads) {}

  Turn::Queue queue;
  Workers workers;
  FftPlans plans;
};

std::shared_ptr<const Layers> prepare_all(const model::Architecture& architecture,
                                          const weights::TensorFile& tensors, int threads,
                                          Precision precision,
                                          const std::function<void(double)>& prepared) {
  if (!available(precision)) {
    throw Error("this processor has no bfloat16 products (AVX512-BF16): use f32");
  }
  require_few_zeros(architecture, tensors.name());
  auto layers = std::make_shared<Layers>();
  std::vector<std::size_t> places;
  layers->reserve(2 * architecture.layers.size());
  places.reserve(architecture.layers.size());
  for (const model::Layer& layer : architecture.layers) {
    const auto* convolution = std::get_if<model::ConvolutionLayer>(&layer);
    if (convolution != nullptr && convolution->enlarges) {
      layers->push_back(prepare_enlargement(convolution->in));
    }
    places.push_back(layers->size());
    layers->emplace_back();
  }
  const int useful = std::min(threads, static_cast<int>(places.size()));
  std::atomic<std::size_t> finished = 0;
  const std::thread::id caller = std::this_thread::get_id();
  ThreadPool(useful).run(places.size(), [&](std::size_t i, int /*worker*/) {
    (*layers)[places[i]] =
        std::visit([&](const auto& described) { return prepare(tensors, described, precision); },
                   architecture.layers[i]);
    const std::size_t done = ++finished;
    if (!prepared || std::this_thread::get_id() != caller || done == places.size()) return;
    prepared(static_cast<double>(done) / static_cast<double>(places.size()));
  });
  if (prepared) prepared(1);
  return layers;
}

}  // namespace

struct Network::Impl {
  model::GeneratorConfig config;
  model::InputSizes sizes;
  std::unique_ptr<Machinery> machinery;
  std::shared_ptr<const Layers> shared_layers;
  const Layers& layers = *shared_layers;

  std::vector<Step> plan(const Extent& input, const Region& wanted) const;
  /// Network::logits() of a caller that has the turn.
  Tensor logits(Tensor input, const Region& wanted, const Observer& observer) const;
};

/// Local layers are put together; a layer that needs all of its input is a step of its own.
std::vector<Step> Network::Impl::plan(const Extent& input, const Region& wanted) const {
  std::vector<Step> steps;
  Extent extent = input;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (i > 0 && layers[i - 1]->local() && layers[i]->local()) {
      ++steps.back().count;
    } else {
      steps.push_back({.first = i, .count = 1, .input = extent, .wanted = {}, .strips = {}});
    }
    extent = layers[i]->output(extent);
    steps.back().wanted = whole(extent);
  }
  steps.back().wanted = wanted;
  for (std::size_t i = steps.size(); i-- > 0;) {
    Step& step = steps[i];
    if (!layers[step.first]->local()) continue;
    step.strips.emplace(std::span(layers).subspan(step.first, step.count), step.input, step.wanted);
    if (i > 0) steps[i - 1].wanted = step.strips->needs();
  }
  return steps;
}

Network::Network(const model::Architecture& architecture, const weights::TensorFile& tensors,
                 int threads, Precision precision, const std::function<void(double)>& prepared)
    : impl_(new Impl{
          .config = architecture.config,
          .sizes = model::input_sizes(architecture),
          .machinery = std::make_unique<Machinery>(threads),
          .shared_layers = prepare_all(architecture, tensors, threads, precision, prepared)}) {}

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Network Network::sharing_weights(int threads) const {
  return Network(std::unique_ptr<Impl>(new Impl{.config = impl_->config,
                                                .sizes = impl_->sizes,
                                                .machinery = std::make_unique<Machinery>(threads),
                                                .shared_layers = impl_->shared_layers}));
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const model::GeneratorConfig& Network::config() const { return impl_->config; }
const model::InputSizes& Network::sizes() const { return impl_->sizes; }

Tensor Network::logits(Tensor input, const Observer& observer) const {
  const Region all = whole(Extent::of(input.view()));
  return logits(std::move(input), all, observer);
}

Tensor Network::logits(Tensor input, const Region& wanted, const Observer& observer) const {
  const Turn turn(impl_->machinery->queue);
  return impl_->logits(std::move(input), wanted, observer);
}

Tensor Network::Impl::logits(Tensor input, const Region& wanted, const Observer& observer) const {
  const auto multiple = static_cast<std::size_t>(sizes.multiple);
  const auto least = static_cast<std::size_t>(sizes.least);
  const auto fits = [&](std::size_t size) { return size % multiple == 0 && size >= least; };
  if (input.channels() != static_cast<std::size_t>(config.input_channels) ||
      !fits(input.height()) || !fits(input.width()) ||
      (sizes.square && input.height() != input.width())) {
    throw Error(
        fmt::format("network input of {} x {} x {} channels: sides must be {}multiples of {}, "
                    "at least {}, with {} channels",
                    input.width(), input.height(), input.channels(), sizes.square ? "equal, " : "",
                    multiple, least, config.input_channels));
  }
  if (wanted.pixels() == 0 || wanted.bottom() > input.height() || wanted.right() > input.width()) {
    throw Error(fmt::format("{} x {} pixels at ({}, {}) are not a part of a picture of {} x {}",
                            wanted.width, wanted.height, wanted.x, wanted.y, input.width(),
                            input.height()));
  }
  const std::vector<Step> steps = plan(Extent::of(input.view()), wanted);
  double all = 0, done = 0;
  for (const Step& step : steps) {
    all += step.strips ? step.strips->multiplications()
                       : layers[step.first]->multiplications(step.input);
  }
  Run run{machinery->plans, machinery->workers,
          [&](const std::string& name, const View<const float>& output, double work) {
            done += work;
            if (observer) observer({name, output, std::min(1.0, done / all)});
          }};
  Tensor x = std::move(input);
  for (const Step& step : steps) {
    x = step.strips ? step.strips->run(x, run)
                    : layers[step.first]->run(std::move(x), step.wanted, run);
  }
  // The last layer may have computed more.
  if (!steps.back().strips) return cut(x, wanted);
  return x;
}

Tensor Network::forward(Tensor input, const Observer& observer) const {
  const Region all = whole(Extent::of(input.view()));
  return forward(std::move(input), all, observer);
}

Tensor Network::forward(Tensor input, const Region& wanted, const Observer& observer) const {
  const Turn turn(impl_->machinery->queue);
  Tensor out = impl_->logits(std::move(input), wanted, observer);
  for_each_pixel(out.view().pixels(), impl_->machinery->workers, [&](std::size_t i) {
    float* pixel = out.view().pixel(i);
    for (std::size_t c = 0; c < out.channels(); ++c) {
      pixel[c] = activate(config().output_activation, pixel[c]);
    }
  });
  return out;
}

void Network::set_profile(Profile* profile) { impl_->machinery->workers.set_profile(profile); }

std::size_t Network::peak_bytes(std::size_t batch, std::size_t height, std::size_t width) const {
  const Extent input{batch, height, width};
  std::size_t most = 0;
  Scratch scratch;
  for (const Step& step : impl_->plan(input, whole(input))) {
    const std::size_t channels = step.first == 0 ? static_cast<std::size_t>(config().input_channels)
                                                 : impl_->layers[step.first - 1]->channels();
    most = std::max(most, step.strips ? step.strips->floats(channels)
                                      : impl_->layers[step.first]->floats(step.input));
    const Layer& layer = *impl_->layers[step.first];
    scratch = max(scratch,
                  step.strips ? step.strips->scratch() : layer.scratch(layer.output(step.input)));
  }
  const auto threads = static_cast<std::size_t>(impl_->machinery->workers.threads());
  return (most + scratch.shared + threads * scratch.own) * sizeof(float);
}

}  // namespace lama::internal::engine
