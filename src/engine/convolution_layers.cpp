#include "engine/convolution_layers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "engine/folding.h"
#include "engine/resampling.h"

namespace lama::internal::engine {
namespace {

using weights::TensorFile;

std::size_t size(int n) { return static_cast<std::size_t>(n); }

/// An ordinary convolution: [out][in][kernel][kernel], and [out].
struct Kernel {
  std::vector<float> weights, bias;
};

Kernel read_kernel(const TensorFile& tensors, const model::ConvolutionLayer& layer,
                   const model::ConvolutionBranch& branch) {
  const std::size_t in = size(branch.in), out = size(branch.out), kernel = size(layer.kernel);
  const auto bias = [&](const std::string& name, std::size_t channels) {
    return layer.bias ? tensors.read(name + ".bias") : std::vector<float>(channels);
  };
  if (!layer.separable) {
    return {dense_weights(tensors, branch.name, out, in, kernel, size(layer.groups)),
            bias(branch.name, out)};
  }
  // Nothing comes between the two, so they are one: sum over the channels of pointwise * depthwise.
  const std::size_t area = kernel * kernel;
  const auto depth = tensors.read(branch.name + ".depthwise.weight");
  const auto depth_bias = bias(branch.name + ".depthwise", in);
  const auto point = tensors.read(branch.name + ".pointwise.weight");
  Kernel result{std::vector<float>(out * in * area), tensors.read(branch.name + ".pointwise.bias")};
  for (std::size_t o = 0; o < out; ++o) {
    double sum = result.bias[o];
    for (std::size_t i = 0; i < in; ++i) {
      const float factor = point[o * in + i];
      sum += double{factor} * depth_bias[i];
      for (std::size_t k = 0; k < area; ++k) {
        result.weights[(o * in + i) * area + k] = factor * depth[i * area + k];
      }
    }
    result.bias[o] = static_cast<float>(sum);
  }
  return result;
}

/// Convolution, norm and ReLU.
class NormedConvolution {
 public:
  NormedConvolution(const TensorFile& tensors, const model::ConvolutionLayer& layer,
                    Precision precision)
      : name_(layer.name),
        in_(size(layer.in)),
        out_(size(layer.out)),
        stride_(size(layer.stride)),
        relu_(layer.relu) {
    const Affine affine = fold(tensors, layer.norm, out_);
    if (layer.norm.kind == model::NormKind::instance) instance_norm_.emplace(tensors, layer.norm);
    const bool relu = relu_ && !instance_norm_;
    for (const model::ConvolutionBranch& branch : layer.branches) {
      inputs_.push_back({size(branch.first_in), size(branch.in)});
    }
    if (layer.order.empty()) {
      std::vector<Tap> taps;
      Affine all = affine;
      for (std::size_t b = 0; b < layer.branches.size(); ++b) {
        const model::ConvolutionBranch& branch = layer.branches[b];
        const Kernel kernel = read_kernel(tensors, layer, branch);
        append(taps, convolution_taps(b, kernel.weights, out_, size(branch.in), layer.kernel,
                                      affine.scale, branch.dilation));
        all.take(kernel.bias);
      }
      convolutions_.emplace_back(taps, all.shift, layer.stride, border(layer.padding), relu,
                                 precision);
      return;
    }
    // Each branch computes those channels of the result that `order` takes from it, one after
    // another; run() puts them in their places.
    places_.resize(out_);
    int start = 0;
    std::size_t computed = 0;
    for (const model::ConvolutionBranch& branch : layer.branches) {
      const Kernel kernel = read_kernel(tensors, layer, branch);
      const std::size_t length = kernel.weights.size() / size(branch.out);
      std::vector<float> weights, scale, shift;
      for (std::size_t o = 0; o < out_; ++o) {
        if (layer.order[o] < start || layer.order[o] >= start + branch.out) continue;
        const std::size_t row = size(layer.order[o] - start);
        weights.insert(weights.end(),
                       kernel.weights.begin() + static_cast<std::ptrdiff_t>(row * length),
                       kernel.weights.begin() + static_cast<std::ptrdiff_t>((row + 1) * length));
        scale.push_back(affine.scale[o]);
        shift.push_back(affine.shift[o] + kernel.bias[row] * affine.scale[o]);
        places_[o] = computed++;
      }
      convolutions_.push_back(
          scale.empty() ? Convolution()
                        : Convolution(convolution_taps(0, weights, scale.size(), size(branch.in),
                                                       layer.kernel, scale, branch.dilation),
                                      shift, layer.stride, border(layer.padding), relu, precision));
      computed_.push_back(scale.size());
      start += branch.out;
    }
  }

  const std::string& name() const { return name_; }
  std::size_t channels_in() const { return in_; }
  std::size_t channels() const { return out_; }
  Extent output(const Extent& input) const {
    return {input.batch, (input.height + stride_ - 1) / stride_,
            (input.width + stride_ - 1) / stride_};
  }

  bool local() const { return places_.empty() && !instance_norm_; }
  Region needs(const Region& output, const Extent& input) const {
    return convolutions_.front().needs(output, input.height, input.width);
  }
  /// If it is local.
  void run_part(const View<const float>& x, const Window& window, const View<float>& to,
                Workers& workers) const {
    std::vector<View<const float>> parts;
    for (const auto& [first, count] : inputs_) parts.push_back(x.slice(first, count));
    convolutions_.front().run(parts, window, {.view = to}, {}, workers);
  }

  /// `residual` as in Convolution::run.
  void run(const View<const float>& x, const View<float>& to, const View<const float>& residual,
           Workers& workers) const {
    std::vector<View<const float>> parts;
    for (const auto& [first, count] : inputs_) parts.push_back(x.slice(first, count));
    if (places_.empty() && !instance_norm_) {
      convolutions_.front().run(parts, {.view = to}, residual, workers);
      return;
    }
    Tensor all(to.batch, to.height, to.width, out_);
    if (places_.empty()) {
      convolutions_.front().run(parts, {.view = all.view()}, {}, workers);
    } else {
      std::size_t first = 0;
      for (std::size_t b = 0; b < convolutions_.size(); ++b) {
        if (computed_[b] == 0) continue;
        convolutions_[b].run({&parts[b], 1}, {.view = all.view().slice(first, computed_[b])}, {},
                             workers);
        first += computed_[b];
      }
    }
    if (!places_.empty() && instance_norm_) {
      // In the order that the norm's weights have.
      Tensor ordered(to.batch, to.height, to.width, out_);
      place(all.view(), ordered.view(), {}, workers);
      all = std::move(ordered);
    }
    if (instance_norm_) instance_norm_->run(all.view(), relu_, workers);
    place(all.view(), to, residual, workers, /*ordered=*/instance_norm_.has_value());
  }

  double multiplications(const Extent& input) const {
    double sum = 0;
    for (std::size_t b = 0; b < convolutions_.size(); ++b) {
      if (!computed_.empty() && computed_[b] == 0) continue;
      sum += convolutions_[b].multiplications(output(input).pixels());
    }
    return sum;
  }
  Scratch scratch(const Extent& result) const {
    Scratch most;
    for (std::size_t b = 0; b < convolutions_.size(); ++b) {
      if (!computed_.empty() && computed_[b] == 0) continue;
      most = max(most, convolutions_[b].scratch(result.batch, result.height, result.width));
    }
    return most;
  }
  /// Floats alive besides input and output.
  std::size_t floats(const Extent& input) const {
    const std::size_t result = output(input).pixels() * out_;
    std::size_t sum = 0;
    if (!places_.empty() || instance_norm_) sum += result;
    if (!places_.empty() && instance_norm_) sum += result;
    return sum;
  }

 private:
  void place(const View<const float>& all, const View<float>& to, const View<const float>& residual,
             Workers& workers, bool ordered = false) const {
    for_each_pixel(to.pixels(), workers, [&](std::size_t i) {
      const float* from = all.pixel(i);
      for (std::size_t c = 0; c < out_; ++c) {
        const float value = from[ordered || places_.empty() ? c : places_[c]];
        to.pixel(i)[c] = value + (residual.data == nullptr ? 0 : residual.pixel(i)[c]);
      }
    });
  }

  struct Slice {
    std::size_t first, count;
  };

  std::string name_;
  std::size_t in_, out_, stride_;
  bool relu_;
  std::vector<Slice> inputs_;              // of each branch
  std::vector<Convolution> convolutions_;  // one for all branches, or each its own
  std::vector<std::size_t> computed_;      // channels, by each of its own
  std::vector<std::size_t> places_;        // result channel -> where it was computed; or empty
  std::optional<InstanceNorm> instance_norm_;
};

class ConvolutionStep : public Layer {
 public:
  ConvolutionStep(const TensorFile& tensors, const model::ConvolutionLayer& layer,
                  Precision precision)
      : convolution_(tensors, layer, precision) {}

  Tensor run(Tensor x, const Region& /*wanted*/, Run& run) const override {
    const Extent input = Extent::of(x.view()), result = output(input);
    Tensor out(result.batch, result.height, result.width, convolution_.channels());
    convolution_.run(x.view(), out.view(), {}, run.workers);
    x = {};
    run.report(convolution_.name(), out.view(), multiplications(input));
    return out;
  }
  bool local() const override { return convolution_.local(); }
  Region needs(const Region& output, const Extent& input) const override {
    return convolution_.needs(output, input);
  }
  void run_part(const View<const float>& x, const Window& window, const View<float>& out,
                Run& run) const override {
    convolution_.run_part(x, window, out, run.workers);
    run.report(convolution_.name(), out, part_of_work(window, x.batch));
  }
  std::size_t channels() const override { return convolution_.channels(); }
  Scratch scratch(const Extent& result) const override { return convolution_.scratch(result); }
  Extent output(const Extent& input) const override { return convolution_.output(input); }
  double multiplications(const Extent& input) const override {
    return convolution_.multiplications(input);
  }
  std::size_t floats(const Extent& input) const override {
    return input.pixels() * convolution_.channels_in() +
           output(input).pixels() * convolution_.channels() + convolution_.floats(input);
  }

 private:
  NormedConvolution convolution_;
};

class EnlargementStep : public Layer {
 public:
  explicit EnlargementStep(std::size_t channels) : channels_(channels) {}

  Tensor run(Tensor x, const Region& /*wanted*/, Run& run) const override {
    const Extent input = Extent::of(x.view()), result = output(input);
    Tensor out(result.batch, result.height, result.width, channels_);
    resize(x.view(), out.view(), model::Resampling::bilinear, 0.5, 0.5, Write::replace,
           run.workers);
    return out;
  }
  bool local() const override { return true; }
  Region needs(const Region& output, const Extent& input) const override {
    return needed_to_enlarge(output, input.height, input.width);
  }
  void run_part(const View<const float>& x, const Window& window, const View<float>& out,
                Run& run) const override {
    enlarge(x, window, out, run.workers);
  }
  std::size_t channels() const override { return channels_; }
  Scratch scratch(const Extent& /*result*/) const override { return {}; }
  Extent output(const Extent& input) const override {
    return {input.batch, 2 * input.height, 2 * input.width};
  }
  double multiplications(const Extent& /*input*/) const override { return 0; }
  std::size_t floats(const Extent& input) const override {
    return (input.pixels() + output(input).pixels()) * channels_;
  }

 private:
  std::size_t channels_;
};

class ConvolutionBlockStep : public Layer {
 public:
  ConvolutionBlockStep(const TensorFile& tensors, const model::ConvolutionBlock& block,
                       Precision precision)
      : layers_{NormedConvolution(tensors, block.layers[0], precision),
                NormedConvolution(tensors, block.layers[1], precision)} {}

  Tensor run(Tensor x, const Region& /*wanted*/, Run& run) const override {
    const Extent input = Extent::of(x.view());
    Tensor inner(x.batch(), x.height(), x.width(), x.channels());
    layers_[0].run(x.view(), inner.view(), {}, run.workers);
    run.report(layers_[0].name(), inner.view(), layers_[0].multiplications(input));
    layers_[1].run(inner.view(), x.view(), x.view(), run.workers);
    run.report(layers_[1].name(), x.view(), layers_[1].multiplications(input));
    return x;
  }
  std::size_t channels() const override { return layers_[1].channels(); }
  Scratch scratch(const Extent& result) const override {
    return max(layers_[0].scratch(result), layers_[1].scratch(result));
  }
  Extent output(const Extent& input) const override { return input; }
  double multiplications(const Extent& input) const override {
    return layers_[0].multiplications(input) + layers_[1].multiplications(input);
  }
  std::size_t floats(const Extent& input) const override {
    return 2 * input.pixels() * layers_[0].channels() +
           std::max(layers_[0].floats(input), layers_[1].floats(input));
  }

 private:
  std::array<NormedConvolution, 2> layers_;
};

/// ConvTranspose2d with stride 2, norm and ReLU.
class UpsampleStep : public Layer {
 public:
  UpsampleStep(const TensorFile& tensors, const model::UpsampleLayer& layer, Precision precision)
      : name_(layer.name), in_(size(layer.in)), out_(size(layer.out)) {
    Affine affine = fold(tensors, layer.norm, out_);
    if (layer.norm.kind == model::NormKind::instance) instance_norm_.emplace(tensors, layer.norm);
    const auto weights = tensors.read(layer.name + ".weight");
    affine.take(tensors.read(layer.name + ".bias"));
    for (const int y : {0, 1}) {
      for (const int x : {0, 1}) {
        phases_[size(y * 2 + x)] =
            Convolution(transposed_taps(weights, in_, out_, y, x, affine.scale), affine.shift, 1,
                        Border::zero, /*relu=*/!instance_norm_, precision, "3x3 transposed");
      }
    }
  }

  Tensor run(Tensor x, const Region& /*wanted*/, Run& run) const override {
    const Extent extent = Extent::of(x.view()), size = output(extent);
    Tensor out(size.batch, size.height, size.width, out_);
    compute(
        x.view(),
        {.height = x.height(), .width = x.width(), .input = whole(extent), .output = whole(size)},
        out.view(), run.workers);
    x = {};
    if (instance_norm_) instance_norm_->run(out.view(), /*relu=*/true, run.workers);
    run.report(name_, out.view(), multiplications(extent));
    return out;
  }
  bool local() const override { return !instance_norm_; }
  Region needs(const Region& output, const Extent& input) const override {
    // Row 2y + 1 is made of rows y and y + 1, row 2y of row y.
    const auto line = [](std::size_t begin, std::size_t end, std::size_t limit) {
      return std::pair(begin / 2, std::min(limit, end / 2 + 1) - begin / 2);
    };
    const auto [y, height] = line(output.y, output.bottom(), input.height);
    const auto [x, width] = line(output.x, output.right(), input.width);
    return {y, x, height, width};
  }
  void run_part(const View<const float>& x, const Window& window, const View<float>& out,
                Run& run) const override {
    compute(x, window, out, run.workers);
    run.report(name_, out, part_of_work(window, x.batch));
  }
  std::size_t channels() const override { return out_; }
  Scratch scratch(const Extent& result) const override {
    return phases_.front().scratch(result.batch, result.height / 2, result.width / 2);
  }
  Extent output(const Extent& input) const override {
    return {input.batch, 2 * input.height, 2 * input.width};
  }
  double multiplications(const Extent& input) const override {
    double sum = 0;
    for (const Convolution& phase : phases_) sum += phase.multiplications(input.pixels());
    return sum;
  }
  std::size_t floats(const Extent& input) const override {
    return input.pixels() * in_ + output(input).pixels() * out_;
  }

 private:
  void compute(const View<const float>& x, const Window& window, const View<float>& out,
               Workers& workers) const {
    const Region& all = window.output;
    for (const std::size_t py : {0, 1}) {
      for (const std::size_t px : {0, 1}) {
        // The pixels of this phase's picture that fall into the window.
        const std::size_t y = (all.y + 1 - py) / 2, bottom = (all.bottom() + 1 - py) / 2;
        const std::size_t left = (all.x + 1 - px) / 2, right = (all.right() + 1 - px) / 2;
        const Window part{.height = window.height,
                          .width = window.width,
                          .input = window.input,
                          .output = {y, left, bottom - y, right - left}};
        phases_[py * 2 + px].run({&x, 1}, part,
                                 {.view = out,
                                  .step = 2,
                                  .offset_y = 2 * y + py - all.y,
                                  .offset_x = 2 * left + px - all.x},
                                 {}, workers);
      }
    }
  }

  std::string name_;
  std::size_t in_, out_;
  std::array<Convolution, 4> phases_;
  std::optional<InstanceNorm> instance_norm_;
};

}  // namespace

std::unique_ptr<Layer> prepare(const TensorFile& tensors, const model::ConvolutionLayer& layer,
                               Precision precision) {
  return std::make_unique<ConvolutionStep>(tensors, layer, precision);
}

std::unique_ptr<Layer> prepare_enlargement(int channels) {
  return std::make_unique<EnlargementStep>(size(channels));
}

std::unique_ptr<Layer> prepare(const TensorFile& tensors, const model::ConvolutionBlock& block,
                               Precision precision) {
  return std::make_unique<ConvolutionBlockStep>(tensors, block, precision);
}

std::unique_ptr<Layer> prepare(const TensorFile& tensors, const model::UpsampleLayer& layer,
                               Precision precision) {
  return std::make_unique<UpsampleStep>(tensors, layer, precision);
}

}  // namespace lama::internal::engine
