#include "engine/ffc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "engine/folding.h"
#include "engine/resampling.h"
#include "engine/spectral_transform.h"

namespace lama::internal::engine {
namespace {

using weights::TensorFile;

/// FFC, norm and ReLU. With the batch norms folded, each branch is one sum of convolutions:
///   local  = relu(l2l(local) + g2l(global) + shift)
///   global = relu(l2g(local) + conv2(spectral) + shift)
/// The norm applies to the sum, so both summands take its scale and the shift is added once.
class Ffc {
 public:
  Ffc(const TensorFile& tensors, const model::FfcLayer& layer, Precision precision)
      : name_(layer.name),
        in_local_(static_cast<std::size_t>(layer.in_local)),
        in_global_(static_cast<std::size_t>(layer.in_global)),
        stride_(static_cast<std::size_t>(layer.stride)) {
    if (layer.spectral() > 0) spectral_.emplace(tensors, layer, precision);
    branches_ = {Branch(tensors, layer, true, precision), Branch(tensors, layer, false, precision)};
    if (layer.gated) {
      const auto weights = tensors.read(layer.name + ".ffc.gate.weight");
      const auto bias = tensors.read(layer.name + ".ffc.gate.bias");
      const std::vector<float> ones(2, 1.0F);
      gate_.emplace(convolution_taps(0, weights, 2, in_local_ + in_global_, 1, ones), bias, 1,
                    Border::zero, /*relu=*/false);
    }
  }

  const std::string& name() const { return name_; }
  std::size_t channels_in() const { return in_local_ + in_global_; }
  std::size_t channels() const { return branches_[0].channels + branches_[1].channels; }
  Extent output(const Extent& input) const {
    const auto part = [this](std::size_t side) { return (side + stride_ - 1) / stride_; };
    return {input.batch, part(input.height), part(input.width)};
  }

  /// `x` and `out` hold local channels, then global ones. `residual` as in Convolution::run. Of the
  /// result's local and global channels only those parts need be right.
  void run(const View<const float>& x, const View<float>& out, const View<const float>& residual,
           const Region& wanted_local, const Region& wanted_global, const Run& run) const {
    Inputs inputs = {x.slice(0, in_local_), x.slice(in_local_, in_global_), x};
    Tensor spectrum, gates;
    if (spectral_) {
      spectrum = spectral_->run(inputs[1], run.plans, run.workers);
      inputs[2] = spectrum.view();
    }
    if (gate_) {
      gates = Tensor(x.batch, x.height, x.width, 2);
      gate_->run({&x, 1}, {.view = gates.view()}, {}, run.workers);
      for_each_pixel(x.pixels(), run.workers, [&](std::size_t i) {
        for (std::size_t c = 0; c < 2; ++c) {
          float& gate = gates.view().pixel(i)[c];
          gate = 1 / (1 + std::exp(-gate));
        }
      });
    }
    // The global branch runs first: the local one does not read its output, even in place.
    for (const std::size_t b : {1, 0}) {
      const Branch& branch = branches_[b];
      if (branch.channels == 0) continue;
      const View<float> to = out.slice(branch.first, branch.channels);
      const View<const float> add =
          residual.data == nullptr ? residual : residual.slice(branch.first, branch.channels);
      const View<const float> gate = gate_ ? gates.view().slice(b, 1) : View<const float>();
      branch.run(inputs, gate, to, add, b == 0 ? wanted_local : wanted_global, run.workers);
    }
  }

  /// Whether each branch is one convolution beside the spectral transform.
  bool in_one_sum() const { return branches_[0].in_one_sum && branches_[1].in_one_sum; }
  /// Whether pixels depend only on pixels near them.
  bool local() const { return !spectral_ && in_one_sum(); }
  /// The region of the local input from which `output` is computed; if local(), the region of the
  /// whole input.
  Region needs(const Region& output, const Extent& input) const {
    Region all;
    for (const Branch& branch : branches_) {
      if (branch.channels > 0) {
        all = bounds(all, branch.sum.needs(output, input.height, input.width));
      }
    }
    return all;
  }
  /// If local(): see Layer::run_part.
  void run_part(const View<const float>& x, const Window& window, const View<float>& out,
                Workers& workers) const {
    const Inputs inputs = {x.slice(0, in_local_), x.slice(in_local_, in_global_), x};
    for (const Branch& branch : branches_) {
      if (branch.channels == 0) continue;
      branch.sum.run(inputs, window, {.view = out.slice(branch.first, branch.channels)}, {},
                     workers);
    }
  }

  // For an input of this extent:
  double multiplications(const Extent& input) const {
    const std::size_t pixels = output(input).pixels();
    double sum = 0;
    for (const Branch& branch : branches_) sum += branch.multiplications(pixels);
    if (spectral_) sum += spectral_->multiplications(input);
    return sum;
  }
  Scratch scratch(const Extent& result) const {
    const Extent input{result.batch, stride_ * result.height, stride_ * result.width};
    Scratch most = spectral_ ? spectral_->scratch(input) : Scratch();
    const auto add = [&](const Convolution& convolution) {
      most = max(most, convolution.scratch(result.batch, result.height, result.width));
    };
    for (const Branch& branch : branches_) {
      if (branch.channels > 0) add(branch.sum);
      if (branch.other) add(*branch.other);
    }
    return most;
  }
  /// Floats alive besides input and output.
  std::size_t floats(const Extent& input) const {
    const std::size_t pixels = output(input).pixels();
    std::size_t later = gate_ ? 2 * pixels : 0;
    for (const Branch& branch : branches_) {
      later = std::max(later, (gate_ ? 2 * pixels : 0) + branch.floats(pixels));
    }
    if (!spectral_) return later;
    return std::max(spectral_->floats(input), pixels * spectral_->channels() + later);
  }

 private:
  using Inputs = std::array<View<const float>, 3>;  // local, global, the spectral transform's

  /// The convolutions and the norm behind one of the two outputs.
  struct Branch {
    Branch() = default;
    Branch(const TensorFile& tensors, const model::FfcLayer& layer, bool is_local,
           Precision precision)
        : first(is_local ? 0 : static_cast<std::size_t>(layer.out_local)),
          channels(static_cast<std::size_t>(is_local ? layer.out_local : layer.out_global)) {
      if (channels == 0) return;
      const std::string ffc = layer.name + ".ffc.";
      const model::Norm norm{layer.norm, layer.affine, layer.name + (is_local ? ".bn_l" : ".bn_g")};
      Affine affine = fold(tensors, norm, channels);
      const auto taps = [&](const std::string& name, std::size_t input, int in, int kernel,
                            int groups) {
        if (in == 0) return std::vector<Tap>();
        const auto n = static_cast<std::size_t>(in);
        return convolution_taps(
            input,
            dense_weights(tensors, name, channels, n, static_cast<std::size_t>(kernel),
                          static_cast<std::size_t>(groups)),
            channels, n, kernel, affine.scale, layer.dilation);
      };
      const auto bias = [&](const char* of, int in) {
        return layer.bias && in > 0 ? tensors.read(ffc + of + ".bias") : std::vector<float>();
      };

      // Two summands. The one that a gate multiplies comes from the other branch.
      std::vector<Tap> plain, gated;
      const std::vector<float> gated_bias =
          is_local ? bias("convg2l", layer.in_global) : bias("convl2g", layer.in_local);
      if (is_local) {
        plain = taps(ffc + "convl2l", 0, layer.in_local, layer.kernel, layer.groups);
        gated = taps(ffc + "convg2l", 1, layer.in_global, layer.kernel, layer.groups);
        affine.take(bias("convl2l", layer.in_local));
      } else {
        plain = taps(ffc + "convg2g.conv2", 2, layer.spectral(), 1, layer.spectral_groups());
        gated = taps(ffc + "convl2g", 0, layer.in_local, layer.kernel, layer.groups);
      }
      const Border edge = border(layer.padding);
      if (layer.norm == model::NormKind::instance) instance_norm.emplace(tensors, norm);
      // A strided convolution and the spectral transform's result have inputs of different sizes.
      const bool two_sizes = !is_local && layer.stride > 1 && layer.spectral() > 0;
      if ((layer.gated || two_sizes) && !gated.empty()) {
        Affine own{affine.scale, std::vector<float>(channels)};
        own.take(gated_bias);
        other.emplace(gated, own.shift, layer.stride, edge, /*relu=*/false, precision);
        gated.clear();
      } else {
        affine.take(gated_bias);
      }
      in_one_sum = !other && !instance_norm;
      // The summands have the order of the inputs.
      if (!is_local) std::swap(plain, gated);
      append(plain, std::move(gated));
      sum = Convolution(plain, affine.shift, two_sizes ? 1 : layer.stride, edge, in_one_sum,
                        precision);
      sum_of_spectrum = two_sizes;
    }

    void run(const Inputs& inputs, const View<const float>& gate, const View<float>& to,
             const View<const float>& residual, const Region& wanted, Workers& workers) const {
      // A convolution takes its size from the first input.
      const Inputs sized = sum_of_spectrum ? Inputs{inputs[2], inputs[2], inputs[2]} : inputs;
      if (in_one_sum) {
        const Extent size = Extent::of(sized[0]);
        sum.run(
            sized,
            {.height = size.height, .width = size.width, .input = whole(size), .output = wanted},
            {.view = to, .offset_y = wanted.y, .offset_x = wanted.x}, residual, workers);
        return;
      }
      // relu(norm(sum + gate * other)) + residual, each step by itself.
      Tensor all(to.batch, to.height, to.width, channels);
      sum.run(sized, {.view = all.view()}, {}, workers);
      if (other) {
        Tensor part(to.batch, to.height, to.width, channels);
        other->run(inputs, {.view = part.view()}, {}, workers);
        for_each_pixel(to.pixels(), workers, [&](std::size_t i) {
          const float factor = gate.data == nullptr ? 1 : gate.pixel(i)[0];
          for (std::size_t c = 0; c < channels; ++c) {
            all.view().pixel(i)[c] += factor * part.view().pixel(i)[c];
          }
        });
      }
      if (instance_norm) instance_norm->run(all.view(), /*relu=*/false, workers);
      for_each_pixel(to.pixels(), workers, [&](std::size_t i) {
        for (std::size_t c = 0; c < channels; ++c) {
          const float value = std::max(all.view().pixel(i)[c], 0.0F);
          to.pixel(i)[c] = value + (residual.data == nullptr ? 0 : residual.pixel(i)[c]);
        }
      });
    }

    double multiplications(std::size_t pixels) const {
      if (channels == 0) return 0;
      return sum.multiplications(pixels) + (other ? other->multiplications(pixels) : 0);
    }
    /// Floats alive inside run().
    std::size_t floats(std::size_t pixels) const {
      return in_one_sum ? 0 : pixels * channels * (other ? 2 : 1);
    }

    std::size_t first = 0, channels = 0;
    Convolution sum;
    std::optional<Convolution> other;
    std::optional<InstanceNorm> instance_norm;
    bool in_one_sum = true, sum_of_spectrum = false;
  };

  std::string name_;
  std::size_t in_local_, in_global_, stride_;
  std::array<Branch, 2> branches_;  // local, global
  std::optional<SpectralTransform> spectral_;
  std::optional<Convolution> gate_;  // gate 0 is of the local output, gate 1 of the global one
};

class FfcStep : public Layer {
 public:
  FfcStep(const TensorFile& tensors, const model::FfcLayer& layer, Precision precision)
      : ffc_(tensors, layer, precision) {}

  Tensor run(Tensor x, const Region& wanted, Run& run) const override {
    const Extent input = Extent::of(x.view()), size = output(input);
    Tensor out(size.batch, size.height, size.width, ffc_.channels());
    ffc_.run(x.view(), out.view(), {}, wanted, wanted, run);
    x = {};
    run.report(ffc_.name(), out.view(), ffc_.multiplications(input));
    return out;
  }
  bool local() const override { return ffc_.local(); }
  Region needs(const Region& output, const Extent& input) const override {
    return ffc_.needs(output, input);
  }
  void run_part(const View<const float>& x, const Window& window, const View<float>& out,
                Run& run) const override {
    ffc_.run_part(x, window, out, run.workers);
    run.report(ffc_.name(), out, part_of_work(window, x.batch));
  }
  std::size_t channels() const override { return ffc_.channels(); }
  Scratch scratch(const Extent& result) const override { return ffc_.scratch(result); }
  Extent output(const Extent& input) const override { return ffc_.output(input); }
  double multiplications(const Extent& input) const override { return ffc_.multiplications(input); }
  std::size_t floats(const Extent& input) const override {
    return input.pixels() * ffc_.channels_in() + output(input).pixels() * ffc_.channels() +
           ffc_.floats(input);
  }

 private:
  Ffc ffc_;
};

class FfcBlockStep : public Layer {
 public:
  FfcBlockStep(const TensorFile& tensors, const model::FfcBlock& block, Precision precision)
      : layers_{Ffc(tensors, block.layers[0], precision),
                Ffc(tensors, block.layers[1], precision)} {
    const auto rotation = [&](const std::optional<model::SpatialTransform>& transform) {
      std::optional<Rotation> result;
      if (transform) result.emplace(tensors.read(transform->angle)[0], transform->pad_coef);
      return result;
    };
    for (std::size_t i = 0; i < 2; ++i) around_layer_[i] = rotation(block.around_layer[i]);
    around_ = rotation(block.around);
  }

  Tensor run(Tensor x, const Region& wanted, Run& run) const override {
    const Extent input = Extent::of(x.view());
    if (around_) {
      Tensor rotated = around_->forward(x.view(), run.workers);
      run_inside(rotated, whole(Extent::of(rotated.view())), run);
      around_->back(rotated.view(), x.view(), Write::replace, run.workers);
    } else {
      run_inside(x, wanted, run);
    }
    run.report(layers_[1].name(), x.view(), layers_[1].multiplications(layer_input(1, input)));
    return x;
  }
  std::size_t channels() const override { return layers_[1].channels(); }
  Scratch scratch(const Extent& result) const override {
    return max(layers_[0].scratch(layer_input(0, result)),
               layers_[1].scratch(layer_input(1, result)));
  }
  Extent output(const Extent& input) const override { return input; }
  double multiplications(const Extent& input) const override {
    double sum = 0;
    for (std::size_t i = 0; i < 2; ++i) sum += layers_[i].multiplications(layer_input(i, input));
    return sum;
  }
  std::size_t floats(const Extent& input) const override {
    const std::size_t channels = layers_[0].channels();
    const Extent inside = padded(around_, input);
    std::size_t most = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      const Extent size = layer_input(i, input);
      const std::size_t rotated = around_layer_[i] ? 2 * size.pixels() * channels : 0;
      most = std::max(most, rotated + layers_[i].floats(size));
    }
    return (around_ ? input.pixels() * channels : 0) + 2 * inside.pixels() * channels + most;
  }

 private:
  static Extent padded(const std::optional<Rotation>& rotation, const Extent& input) {
    if (!rotation) return input;
    return {input.batch, rotation->padded(input.height), rotation->padded(input.width)};
  }
  Extent layer_input(std::size_t i, const Extent& input) const {
    return padded(around_layer_[i], padded(around_, input));
  }

  /// x += layer 1 (layer 0 (x)), in place.
  void run_inside(Tensor& x, const Region& wanted, Run& run) const {
    const Extent size = Extent::of(x.view());
    Tensor inner(x.batch(), x.height(), x.width(), x.channels());
    // The spectral transform sees all global channels between the layers.
    const Region near =
        around_layer_[1] || !layers_[1].in_one_sum() ? whole(size) : layers_[1].needs(wanted, size);
    run_layer(0, x.view(), inner.view(), Write::replace, near, whole(size), run);
    run.report(layers_[0].name(), inner.view(),
               layers_[0].multiplications(padded(around_layer_[0], Extent::of(x.view()))));
    run_layer(1, inner.view(), x.view(), Write::add, wanted, wanted, run);
  }

  void run_layer(std::size_t i, const View<const float>& x, const View<float>& out, Write write,
                 const Region& wanted_local, const Region& wanted_global, Run& run) const {
    const Ffc& layer = layers_[i];
    if (!around_layer_[i]) {
      const View<const float> residual = write == Write::add ? out : View<const float>();
      layer.run(x, out, residual, wanted_local, wanted_global, run);
      return;
    }
    const Tensor rotated = around_layer_[i]->forward(x, run.workers);
    Tensor result(rotated.batch(), rotated.height(), rotated.width(), layer.channels());
    const Region all = whole(Extent::of(rotated.view()));
    layer.run(rotated.view(), result.view(), {}, all, all, run);
    around_layer_[i]->back(result.view(), out, write, run.workers);
  }

  std::array<Ffc, 2> layers_;
  std::array<std::optional<Rotation>, 2> around_layer_;
  std::optional<Rotation> around_;
};

}  // namespace

std::unique_ptr<Layer> prepare(const TensorFile& tensors, const model::FfcLayer& layer,
                               Precision precision) {
  return std::make_unique<FfcStep>(tensors, layer, precision);
}

std::unique_ptr<Layer> prepare(const TensorFile& tensors, const model::FfcBlock& block,
                               Precision precision) {
  return std::make_unique<FfcBlockStep>(tensors, block, precision);
}

}  // namespace lama::internal::engine
