#include "engine/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/convolution.h"
#include "engine/fourier_unit.h"

namespace lama::engine {
namespace {

using weights::TensorFile;

/// What a batch norm does to each channel in evaluation mode: value * scale + shift.
struct Affine {
  std::vector<float> scale, shift;
};

Affine batch_norm(const TensorFile& tensors, const std::string& name) {
  constexpr double kEpsilon = 1e-5;
  const auto weight = tensors.read(name + ".weight"), bias = tensors.read(name + ".bias");
  const auto mean = tensors.read(name + ".running_mean"),
             variance = tensors.read(name + ".running_var");
  Affine affine;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    if (variance[i] < 0) {
      throw Error(
          fmt::format("{}: {}.running_var[{}] is {}: a variance cannot be negative; the weights "
                      "are damaged",
                      tensors.name(), name, i, variance[i]));
    }
    const double scale = weight[i] / std::sqrt(double{variance[i]} + kEpsilon);
    affine.scale.push_back(static_cast<float>(scale));
    affine.shift.push_back(static_cast<float>(bias[i] - mean[i] * scale));
  }
  return affine;
}

void append(std::vector<Tap>& taps, std::vector<Tap> more) {
  std::move(more.begin(), more.end(), std::back_inserter(taps));
}

/// The global-to-global path (paper section 2.1): conv1x1, batch norm, ReLU; plus the Fourier unit
/// of that; then conv1x1, which is left to the sum in Ffc.
class SpectralTransform {
 public:
  SpectralTransform(const TensorFile& tensors, const std::string& name, std::size_t in,
                    std::size_t channels)
      : channels_(channels) {
    const Affine norm = batch_norm(tensors, name + ".conv1.1");
    entry_ = Convolution(
        convolution_taps(0, tensors.read(name + ".conv1.0.weight"), channels, in, 1, norm.scale),
        norm.shift, 1, Border::reflect, /*relu=*/true);
    const Affine fourier_norm = batch_norm(tensors, name + ".fu.bn");
    fourier_unit_ = FourierUnit(tensors.read(name + ".fu.conv_layer.weight"), fourier_norm.scale,
                                fourier_norm.shift);
  }

  Tensor run(const View<const float>& global, FftPlans& plans, ThreadPool& pool) const {
    Tensor t(global.batch, global.height, global.width, channels_);
    entry_.run({&global, 1}, {.view = t.view()}, {}, pool);
    fourier_unit_.add_to(t.view(), plans, pool);
    return t;
  }

  double multiplications(const View<const float>& global) const {
    return entry_.multiplications(global.pixels()) +
           fourier_unit_.multiplications(global.batch, global.height, global.width);
  }

 private:
  std::size_t channels_;
  Convolution entry_;
  FourierUnit fourier_unit_;
};

/// FFC, batch norm and ReLU. With the batch norms folded, each branch is one sum of convolutions:
///   local  = relu(l2l(local) + g2l(global) + shift)
///   global = relu(l2g(local) + conv2(spectral) + shift)
/// The norm applies to the sum, so both summands take its scale and the shift is added once.
class Ffc {
 public:
  Ffc(const TensorFile& tensors, const model::FfcLayer& layer)
      : name_(layer.name),
        in_local_(static_cast<std::size_t>(layer.in_local)),
        in_global_(static_cast<std::size_t>(layer.in_global)),
        out_local_(static_cast<std::size_t>(layer.out_local)),
        out_global_(static_cast<std::size_t>(layer.out_global)),
        stride_(static_cast<std::size_t>(layer.stride)) {
    const std::string ffc = layer.name + ".ffc.";
    const auto taps = [&](const char* branch, std::size_t input, std::size_t out, std::size_t in,
                          const Affine& norm) {
      return convolution_taps(input, tensors.read(ffc + branch + ".weight"), out, in, layer.kernel,
                              norm.scale);
    };
    const auto spectral = static_cast<std::size_t>(layer.spectral());
    if (spectral > 0) spectral_.emplace(tensors, ffc + "convg2g", in_global_, spectral);
    // Inputs of the sums: 0 is the local part, 1 the global part, 2 the spectral transform's.
    if (out_local_ > 0) {
      const Affine norm = batch_norm(tensors, layer.name + ".bn_l");
      std::vector<Tap> sum;
      if (in_local_ > 0) append(sum, taps("convl2l", 0, out_local_, in_local_, norm));
      if (in_global_ > 0) append(sum, taps("convg2l", 1, out_local_, in_global_, norm));
      local_ = Convolution(sum, norm.shift, layer.stride, Border::reflect, true);
    }
    if (out_global_ > 0) {
      const Affine norm = batch_norm(tensors, layer.name + ".bn_g");
      std::vector<Tap> sum;
      if (in_local_ > 0) append(sum, taps("convl2g", 0, out_global_, in_local_, norm));
      if (spectral > 0) {
        append(sum, convolution_taps(2, tensors.read(ffc + "convg2g.conv2.weight"), out_global_,
                                     spectral, 1, norm.scale));
      }
      global_ = Convolution(sum, norm.shift, layer.stride, Border::reflect, true);
    }
  }

  const std::string& name() const { return name_; }

  /// `x` and `out` hold local channels, then global ones. `residual` as in Convolution::run.
  void run(const View<const float>& x, const View<float>& out, const View<const float>& residual,
           FftPlans& plans, ThreadPool& pool) const {
    View<const float> inputs[3] = {x.slice(0, in_local_), x.slice(in_local_, in_global_), x};
    Tensor spectrum;
    if (spectral_) {
      spectrum = spectral_->run(inputs[1], plans, pool);
      inputs[2] = spectrum.view();
    }
    const auto part = [](const View<const float>& view, std::size_t first, std::size_t count) {
      return view.data == nullptr ? view : view.slice(first, count);
    };
    if (out_global_ > 0) {
      global_.run(inputs, {.view = out.slice(out_local_, out_global_)},
                  part(residual, out_local_, out_global_), pool);
    }
    if (out_local_ > 0) {
      local_.run(inputs, {.view = out.slice(0, out_local_)}, part(residual, 0, out_local_), pool);
    }
  }

  Tensor run(const Tensor& x, FftPlans& plans, ThreadPool& pool) const {
    const auto halved = [this](std::size_t size) { return (size + stride_ - 1) / stride_; };
    Tensor out(x.batch(), halved(x.height()), halved(x.width()), out_local_ + out_global_);
    run(x.view(), out.view(), {}, plans, pool);
    return out;
  }

  /// For an input of this size.
  double multiplications(std::size_t batch, std::size_t height, std::size_t width) const {
    const std::size_t pixels = batch * (height / stride_) * (width / stride_);
    double sum = 0;
    if (out_local_ > 0) sum += local_.multiplications(pixels);
    if (out_global_ > 0) sum += global_.multiplications(pixels);
    if (spectral_) sum += spectral_->multiplications({nullptr, batch, height, width, 0, 0});
    return sum;
  }

 private:
  std::string name_;
  std::size_t in_local_, in_global_, out_local_, out_global_, stride_;
  Convolution local_, global_;
  std::optional<SpectralTransform> spectral_;
};

/// ConvTranspose2d with stride 2, batch norm and ReLU.
class Upsample {
 public:
  Upsample(const TensorFile& tensors, const model::UpsampleLayer& layer)
      : name_(layer.name), out_(static_cast<std::size_t>(layer.out)) {
    const Affine norm = batch_norm(tensors, layer.batch_norm);
    const auto weights = tensors.read(layer.name + ".weight");
    std::vector<float> bias = tensors.read(layer.name + ".bias");
    for (std::size_t i = 0; i < out_; ++i) bias[i] = bias[i] * norm.scale[i] + norm.shift[i];
    for (const int y : {0, 1}) {
      for (const int x : {0, 1}) {
        phases_[static_cast<std::size_t>(y * 2 + x)] = Convolution(
            transposed_taps(weights, static_cast<std::size_t>(layer.in), out_, y, x, norm.scale),
            bias, 1, Border::zero, /*relu=*/true);
      }
    }
  }

  const std::string& name() const { return name_; }

  Tensor run(const Tensor& x, ThreadPool& pool) const {
    Tensor out(x.batch(), 2 * x.height(), 2 * x.width(), out_);
    const View<const float> input = x.view();
    for (const int py : {0, 1}) {
      for (const int px : {0, 1}) {
        phases_[static_cast<std::size_t>(py * 2 + px)].run(
            {&input, 1}, {.view = out.view(), .step = 2, .offset_y = py, .offset_x = px}, {}, pool);
      }
    }
    return out;
  }

  double multiplications(std::size_t pixels) const {
    double sum = 0;
    for (const Convolution& phase : phases_) sum += phase.multiplications(pixels);
    return sum;
  }

 private:
  std::string name_;
  std::size_t out_;
  std::array<Convolution, 4> phases_;
};

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
  model::FfcResnet description;
  mutable ThreadPool pool;
  mutable FftPlans plans;
  std::vector<Ffc> encoder;  // the stem and the down-samplings
  std::vector<std::array<Ffc, 2>> blocks;
  std::vector<Upsample> decoder;
  Convolution head;

  double multiplications(std::size_t batch, std::size_t height, std::size_t width) const;
};

Network::Network(const model::FfcResnet& description, const TensorFile& tensors, int threads)
    : impl_(new Impl{.description = description,
                     .pool = ThreadPool(threads),
                     .plans = {},
                     .encoder = {},
                     .blocks = {},
                     .decoder = {},
                     .head = {}}) {
  impl_->encoder.emplace_back(tensors, description.stem);
  for (const auto& layer : description.downsamples) impl_->encoder.emplace_back(tensors, layer);
  for (const auto& [conv1, conv2] : description.blocks) {
    impl_->blocks.push_back({Ffc(tensors, conv1), Ffc(tensors, conv2)});
  }
  for (const auto& layer : description.upsamples) impl_->decoder.emplace_back(tensors, layer);
  const auto out = static_cast<std::size_t>(description.config.output_channels);
  const std::vector<float> ones(out, 1.0F);
  impl_->head =
      Convolution(convolution_taps(0, tensors.read(description.head + ".weight"), out,
                                   static_cast<std::size_t>(description.features(0)), 7, ones),
                  tensors.read(description.head + ".bias"), 1, Border::reflect, /*relu=*/false);
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const model::GeneratorConfig& Network::config() const { return impl_->description.config; }

double Network::Impl::multiplications(std::size_t batch, std::size_t height,
                                      std::size_t width) const {
  double sum = head.multiplications(batch * height * width);
  for (std::size_t i = 0; i < encoder.size(); ++i) {
    const std::size_t level = i == 0 ? 0 : i - 1;
    sum += encoder[i].multiplications(batch, height >> level, width >> level);
  }
  const std::size_t levels = decoder.size();
  for (const auto& block : blocks) {
    for (const Ffc& ffc : block)
      sum += ffc.multiplications(batch, height >> levels, width >> levels);
  }
  for (std::size_t i = 0; i < levels; ++i) {
    sum += decoder[i].multiplications(batch * (height >> (levels - i)) * (width >> (levels - i)));
  }
  return sum;
}

Tensor Network::logits(Tensor input, const Observer& observer) const {
  const Impl& net = *impl_;
  const auto multiple = static_cast<std::size_t>(config().size_multiple());
  const auto least = static_cast<std::size_t>(config().min_size());
  const auto fits = [&](std::size_t size) { return size % multiple == 0 && size >= least; };
  if (input.channels() != static_cast<std::size_t>(config().input_channels) ||
      !fits(input.height()) || !fits(input.width())) {
    throw Error(fmt::format(
        "network input of {} x {} x {} channels: sides must be multiples of {}, "
        "at least {}, with {} channels",
        input.width(), input.height(), input.channels(), multiple, least, config().input_channels));
  }
  const double all = net.multiplications(input.batch(), input.height(), input.width());
  double done = 0;
  const auto report = [&](const std::string& name, const Tensor& output, double work) {
    done += work;
    if (observer) observer({name, output.view(), std::min(1.0, done / all)});
  };

  Tensor x = std::move(input);
  for (const Ffc& layer : net.encoder) {
    const double work = layer.multiplications(x.batch(), x.height(), x.width());
    x = layer.run(x, net.plans, net.pool);
    report(layer.name(), x, work);
  }
  Tensor inner(x.batch(), x.height(), x.width(), x.channels());
  for (const auto& [conv1, conv2] : net.blocks) {
    const double work = conv1.multiplications(x.batch(), x.height(), x.width());
    conv1.run(x.view(), inner.view(), {}, net.plans, net.pool);
    report(conv1.name(), inner, work);
    conv2.run(inner.view(), x.view(), x.view(), net.plans, net.pool);
    report(conv2.name(), x, work);
  }
  inner = {};
  for (const Upsample& layer : net.decoder) {
    const double work = layer.multiplications(x.view().pixels());
    x = layer.run(x, net.pool);
    report(layer.name(), x, work);
  }
  Tensor out(x.batch(), x.height(), x.width(), static_cast<std::size_t>(config().output_channels));
  const View<const float> last = x.view();
  net.head.run({&last, 1}, {.view = out.view()}, {}, net.pool);
  report(net.description.head, out, net.head.multiplications(last.pixels()));
  return out;
}

Tensor Network::forward(Tensor input, const Observer& observer) const {
  Tensor out = logits(std::move(input), observer);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.data()[i] = activate(config().output_activation, out.data()[i]);
  }
  return out;
}

std::size_t Network::peak_bytes(std::size_t batch, std::size_t height, std::size_t width) const {
  const model::FfcResnet& net = impl_->description;
  const int levels = config().n_downsampling;
  const auto floats = [&](int level, std::size_t channels) {
    return batch * (height >> level) * (width >> level) * channels;
  };
  const auto features = [&](int level) {
    return floats(level, static_cast<std::size_t>(net.features(level)));
  };
  // A layer's input and output exist together; so do a residual block's input and output with the
  // spectral transform's features and its two spectra, a little wider than half the features.
  std::size_t most = floats(0, static_cast<std::size_t>(config().input_channels)) + features(0);
  for (int level = 0; level < levels; ++level) {
    most = std::max(most, features(level) + features(level + 1));
  }
  const auto spectral =
      net.blocks.empty() ? 0 : static_cast<std::size_t>(net.blocks.front()[0].spectral());
  const std::size_t bins = (width >> levels) / 2 + 1;
  most = std::max(most, 2 * features(levels) + floats(levels, spectral) +
                            batch * (height >> levels) * bins * 4 * spectral);
  most =
      std::max(most, features(0) + floats(0, static_cast<std::size_t>(config().output_channels)));
  return most * sizeof(float);
}

}  // namespace lama::engine
