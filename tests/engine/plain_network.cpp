#include "tests/engine/plain_network.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>
#include <utility>
#include <variant>

namespace lama::internal::testing {
namespace {

using Complex = std::complex<double>;

Complex root(std::size_t k, std::size_t n, int sign) {
  return std::polar(
      1.0, sign * 2 * std::numbers::pi * static_cast<double>(k % n) / static_cast<double>(n));
}

/// Both transforms by their definition, times `scale`, over one plane. The spectrum is
/// [y][x], x <= width / 2.
std::vector<Complex> rfft2(const Planes& x, std::size_t c, double scale) {
  const std::size_t h = x.height, w = x.width, bins = w / 2 + 1;
  std::vector<Complex> rows(h * bins), result(h * bins);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t k = 0; k < bins; ++k) {
      for (std::size_t i = 0; i < w; ++i) rows[y * bins + k] += x.at(c, y, i) * root(i * k, w, -1);
    }
  }
  for (std::size_t v = 0; v < h; ++v) {
    for (std::size_t k = 0; k < bins; ++k) {
      for (std::size_t y = 0; y < h; ++y) {
        result[v * bins + k] += rows[y * bins + k] * root(y * v, h, -1) * scale;
      }
    }
  }
  return result;
}

void irfft2(std::vector<Complex> spectrum, Planes& x, std::size_t c, double scale,
            const Mistakes& mistakes) {
  const std::size_t h = x.height, w = x.width, bins = w / 2 + 1;
  const auto edge = [&](std::size_t k) { return k == 0 || 2 * k == w; };
  if (mistakes.edge_columns_made_real_too_early) {
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
      if (edge(i % bins)) spectrum[i] = spectrum[i].real();
    }
  }
  std::vector<Complex> rows(h * bins);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t k = 0; k < bins; ++k) {
      for (std::size_t v = 0; v < h; ++v) {
        rows[y * bins + k] += spectrum[v * bins + k] * root(y * v, h, 1);
      }
    }
  }
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t i = 0; i < w; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < bins; ++k) {
        const Complex term = rows[y * bins + k] * root(i * k, w, 1);
        // At the edges only the real part of the bin itself counts, elsewhere it and its mirror.
        sum += edge(k) ? rows[y * bins + k].real() * root(i * k, w, 1).real() : 2 * term.real();
      }
      x.at(c, y, i) = sum * scale;
    }
  }
}

struct Form {
  std::size_t kernel = 1, stride = 1, dilation = 1, groups = 1;
  model::Padding padding = model::Padding::zero;
};

/// The position in a line of `n` that stands for `at`, or -1 for zero.
std::ptrdiff_t inside(std::ptrdiff_t at, std::ptrdiff_t n, model::Padding padding) {
  if (at >= 0 && at < n) return at;
  switch (padding) {
    case model::Padding::zero:
      return -1;
    case model::Padding::reflect:
      return at < 0 ? -at : 2 * n - 2 - at;
    case model::Padding::replicate:
      return at < 0 ? 0 : n - 1;
    case model::Padding::circular:
      return at < 0 ? at + n : at - n;
  }
  return -1;
}

/// A convolution with `weights` [out][in / groups][kernel][kernel] over a border of
/// dilation * (kernel / 2), plus `bias` if there is one.
Planes convolve(const Planes& x, const std::vector<float>& weights, std::size_t out,
                const Form& form, const std::vector<float>& bias = {}) {
  const std::size_t kernel = form.kernel, part = x.channels / form.groups;
  Planes result(out, (x.height + form.stride - 1) / form.stride,
                (x.width + form.stride - 1) / form.stride);
  const auto half = static_cast<std::ptrdiff_t>(kernel / 2);
  for (std::size_t y = 0; y < result.height; ++y) {
    for (std::size_t xx = 0; xx < result.width; ++xx) {
      for (std::size_t ky = 0; ky < kernel; ++ky) {
        for (std::size_t kx = 0; kx < kernel; ++kx) {
          const auto step = static_cast<std::ptrdiff_t>(form.dilation);
          const auto row = inside(static_cast<std::ptrdiff_t>(y * form.stride) +
                                      step * (static_cast<std::ptrdiff_t>(ky) - half),
                                  static_cast<std::ptrdiff_t>(x.height), form.padding);
          const auto column = inside(static_cast<std::ptrdiff_t>(xx * form.stride) +
                                         step * (static_cast<std::ptrdiff_t>(kx) - half),
                                     static_cast<std::ptrdiff_t>(x.width), form.padding);
          if (row < 0 || column < 0) continue;
          for (std::size_t o = 0; o < out; ++o) {
            const std::size_t first = o / (out / form.groups) * part;
            for (std::size_t i = 0; i < part; ++i) {
              result.at(o, y, xx) +=
                  x.at(first + i, static_cast<std::size_t>(row), static_cast<std::size_t>(column)) *
                  weights[((o * part + i) * kernel + ky) * kernel + kx];
            }
          }
        }
      }
    }
  }
  for (std::size_t o = 0; o < bias.size(); ++o) {
    for (std::size_t i = 0; i < result.height * result.width; ++i) {
      (&result.at(o, 0, 0))[i] += bias[o];
    }
  }
  return result;
}

Planes upsample(const Planes& x, const std::vector<float>& weights,
                const std::vector<float>& bias) {
  Planes result(bias.size(), 2 * x.height, 2 * x.width);
  for (std::size_t o = 0; o < bias.size(); ++o) {
    std::fill_n(&result.at(o, 0, 0), result.height * result.width, bias[o]);
  }
  for (std::size_t y = 0; y < x.height; ++y) {
    for (std::size_t xx = 0; xx < x.width; ++xx) {
      for (std::size_t k = 0; k < 9; ++k) {
        // Padding 1 drops the first row and column of what stride 2 spreads out.
        const std::size_t row = 2 * y + k / 3, column = 2 * xx + k % 3;
        if (row == 0 || column == 0 || row > result.height || column > result.width) continue;
        for (std::size_t i = 0; i < x.channels; ++i) {
          for (std::size_t o = 0; o < bias.size(); ++o) {
            result.at(o, row - 1, column - 1) +=
                x.at(i, y, xx) * weights[(i * bias.size() + o) * 9 + k];
          }
        }
      }
    }
  }
  return result;
}

PlainNorm norm(const weights::TensorFile& tensors, const std::string& name, bool affine = true) {
  PlainNorm result;
  const auto mean = tensors.read(name + ".running_mean");
  const auto variance = tensors.read(name + ".running_var");
  const std::size_t n = mean.size();
  const auto weight = affine ? tensors.read(name + ".weight") : std::vector<float>(n, 1.0F);
  const auto bias = affine ? tensors.read(name + ".bias") : std::vector<float>(n);
  for (std::size_t i = 0; i < n; ++i) {
    result.scale.push_back(weight[i] / std::sqrt(variance[i] + 1e-5));
    result.shift.push_back(bias[i] - mean[i] * result.scale[i]);
  }
  return result;
}

void apply(Planes& x, const PlainNorm& norm, bool relu, double shifts = 1) {
  const std::size_t plane = x.height * x.width;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const std::size_t c = i / plane;
    const double value = x.values[i] * norm.scale[c] + shifts * norm.shift[c];
    x.values[i] = relu ? std::max(0.0, value) : value;
  }
}

/// Any norm, and the ReLU.
void apply(Planes& x, const weights::TensorFile& tensors, const model::Norm& norm, bool relu,
           double shifts = 1) {
  if (norm.kind == model::NormKind::batch) {
    apply(x, lama::internal::testing::norm(tensors, norm.name, norm.affine), relu, shifts);
    return;
  }
  const std::size_t plane = x.height * x.width;
  PlainNorm own{std::vector<double>(x.channels, 1), std::vector<double>(x.channels, 0)};
  if (norm.kind == model::NormKind::instance) {
    for (std::size_t c = 0; c < x.channels; ++c) {
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < plane; ++i) mean += x.values[c * plane + i];
      mean /= static_cast<double>(plane);
      for (std::size_t i = 0; i < plane; ++i) {
        variance += std::pow(x.values[c * plane + i] - mean, 2);
      }
      const double weight = norm.affine ? tensors.read(norm.name + ".weight")[c] : 1;
      const double bias = norm.affine ? tensors.read(norm.name + ".bias")[c] : 0;
      own.scale[c] = weight / std::sqrt(variance / static_cast<double>(plane) + 1e-5);
      own.shift[c] = bias - mean * own.scale[c];
    }
  }
  apply(x, own, relu);
}

void add(Planes& x, const Planes& y) {
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] += y.values[i];
}

/// Channels [first, first + count).
Planes slice(const Planes& x, std::size_t first, std::size_t count) {
  Planes part(count, x.height, x.width);
  std::copy_n(x.values.begin() + static_cast<std::ptrdiff_t>(first * x.height * x.width),
              part.values.size(), part.values.begin());
  return part;
}

Planes join(const Planes& a, const Planes& b) {
  Planes all(a.channels + b.channels, std::max(a.height, b.height), std::max(a.width, b.width));
  std::copy(b.values.begin(), b.values.end(),
            std::copy(a.values.begin(), a.values.end(), all.values.begin()));
  return all;
}

/// Weights of the pixels of one line for a place in it. Cubic: Keys, a = -3/4.
double kernel_weight(double distance, model::Resampling mode) {
  const double d = std::abs(distance);
  if (mode == model::Resampling::bilinear) return std::max(0.0, 1 - d);
  if (d < 1) return 1.25 * d * d * d - 2.25 * d * d + 1;
  if (d < 2) return -0.75 * d * d * d + 3.75 * d * d - 6 * d + 3;
  return 0;
}

Planes resize(const Planes& x, std::size_t height, std::size_t width, double step_y, double step_x,
              model::Resampling mode) {
  Planes result(x.channels, height, width);
  const auto line = [&](std::size_t i, double step, std::size_t n) {
    double at = (static_cast<double>(i) + 0.5) * step - 0.5;
    if (mode == model::Resampling::bilinear) at = std::max(0.0, at);
    std::vector<double> weights(n);
    for (int j = static_cast<int>(at) - 3; j < static_cast<int>(at) + 4; ++j) {
      weights[static_cast<std::size_t>(std::clamp(j, 0, static_cast<int>(n) - 1))] +=
          kernel_weight(j - at, mode);
    }
    return weights;
  };
  for (std::size_t y = 0; y < height; ++y) {
    const auto rows = line(y, step_y, x.height);
    for (std::size_t xx = 0; xx < width; ++xx) {
      const auto columns = line(xx, step_x, x.width);
      for (std::size_t c = 0; c < x.channels; ++c) {
        for (std::size_t i = 0; i < x.height; ++i) {
          for (std::size_t j = 0; j < x.width; ++j) {
            result.at(c, y, xx) += x.at(c, i, j) * rows[i] * columns[j];
          }
        }
      }
    }
  }
  return result;
}

Planes mirror(const Planes& x, std::size_t top, std::size_t left) {
  Planes result(x.channels, x.height + 2 * top, x.width + 2 * left);
  for (std::size_t c = 0; c < x.channels; ++c) {
    for (std::size_t y = 0; y < result.height; ++y) {
      for (std::size_t xx = 0; xx < result.width; ++xx) {
        const auto from = [](std::size_t at, std::size_t border, std::size_t n) {
          return static_cast<std::size_t>(
              inside(static_cast<std::ptrdiff_t>(at) - static_cast<std::ptrdiff_t>(border),
                     static_cast<std::ptrdiff_t>(n), model::Padding::reflect));
        };
        result.at(c, y, xx) = x.at(c, from(y, top, x.height), from(xx, left, x.width));
      }
    }
  }
  return result;
}

Planes rotate(const Planes& x, double degrees) {
  Planes result(x.channels, x.height, x.width);
  const double angle = degrees * std::numbers::pi / 180;
  const double my = static_cast<double>(x.height - 1) / 2,
               mx = static_cast<double>(x.width - 1) / 2;
  for (std::size_t y = 0; y < x.height; ++y) {
    for (std::size_t xx = 0; xx < x.width; ++xx) {
      const double dy = static_cast<double>(y) - my, dx = static_cast<double>(xx) - mx;
      const double sy = std::sin(angle) * dx + std::cos(angle) * dy + my;
      const double sx = std::cos(angle) * dx - std::sin(angle) * dy + mx;
      for (std::size_t i = 0; i < x.height; ++i) {
        for (std::size_t j = 0; j < x.width; ++j) {
          const double weight =
              kernel_weight(sy - static_cast<double>(i), model::Resampling::bilinear) *
              kernel_weight(sx - static_cast<double>(j), model::Resampling::bilinear);
          if (weight == 0) continue;
          for (std::size_t c = 0; c < x.channels; ++c) {
            result.at(c, y, xx) += x.at(c, i, j) * weight;
          }
        }
      }
    }
  }
  return result;
}

class Plain {
 public:
  Plain(const weights::TensorFile& tensors, Planes input, const Mistakes& mistakes)
      : x(std::move(input)), tensors_(tensors), mistakes_(mistakes) {}

  void operator()(const model::ConvolutionLayer& layer) { x = convolution(layer, x, layer.relu); }

  void operator()(const model::ConvolutionBlock& block) {
    Planes y = convolution(block.layers[0], x, true);
    y = convolution(block.layers[1], y, mistakes_.relu_before_the_sum);
    add(x, y);
    if (mistakes_.relu_after_the_sum) relu(x);
  }

  void operator()(const model::UpsampleLayer& layer) {
    if (mistakes_.global_first && last_local_ > 0) {
      x = join(slice(x, last_local_, x.channels - last_local_), slice(x, 0, last_local_));
      last_local_ = 0;
    }
    x = upsample(x, tensors_.read(layer.name + ".weight"), tensors_.read(layer.name + ".bias"));
    apply(x, tensors_, layer.norm, true);
  }

  void operator()(const model::FfcLayer& layer) {
    x = ffc(layer, x, true);
    last_local_ = static_cast<std::size_t>(layer.out_local);
  }

  void operator()(const model::FfcBlock& block) {
    const Planes before = x;
    Planes rotated = around(block.around, before);
    Planes y = rotated;
    for (std::size_t i = 0; i < 2; ++i) {
      const Planes inner = around(block.around_layer[i], y);
      y = back(block.around_layer[i],
               ffc(block.layers[i], inner, i == 0 || !mistakes_.relu_after_the_sum), y);
    }
    add(rotated, y);
    if (mistakes_.relu_after_the_sum) relu(rotated);
    x = back(block.around, rotated, before);
    last_local_ = static_cast<std::size_t>(block.layers[1].out_local);
  }

  Planes x;

 private:
  static void relu(Planes& planes) {
    for (double& value : planes.values) value = std::max(0.0, value);
  }

  Planes around(const std::optional<model::SpatialTransform>& transform, const Planes& from) const {
    if (!transform) return from;
    const auto border = [&](std::size_t side) {
      return static_cast<std::size_t>(static_cast<double>(side) * transform->pad_coef);
    };
    return rotate(mirror(from, border(from.height), border(from.width)),
                  tensors_.read(transform->angle)[0]);
  }
  Planes back(const std::optional<model::SpatialTransform>& transform, const Planes& rotated,
              const Planes& original) const {
    if (!transform) return rotated;
    const Planes level = rotate(rotated, -tensors_.read(transform->angle)[0]);
    Planes result(rotated.channels, original.height, original.width);
    for (std::size_t c = 0; c < result.channels; ++c) {
      for (std::size_t y = 0; y < result.height; ++y) {
        for (std::size_t i = 0; i < result.width; ++i) {
          result.at(c, y, i) = level.at(c, y + (level.height - result.height) / 2,
                                        i + (level.width - result.width) / 2);
        }
      }
    }
    return result;
  }

  model::Padding padding(model::Padding asked) const {
    return mistakes_.zero_padding ? model::Padding::zero : asked;
  }

  Planes convolution(const model::ConvolutionLayer& layer, const Planes& input, bool with_relu) {
    Planes from = input;
    if (layer.enlarges) {
      from = resize(from, 2 * from.height, 2 * from.width, 0.5, 0.5, model::Resampling::bilinear);
    }
    Form form{.kernel = static_cast<std::size_t>(layer.kernel),
              .stride = static_cast<std::size_t>(layer.stride),
              .groups = static_cast<std::size_t>(layer.groups),
              .padding = padding(layer.padding)};
    if (mistakes_.reflected_downsampling && layer.stride == 2) {
      form.padding = model::Padding::reflect;
    }
    const auto bias = [&](const std::string& name) {
      return layer.bias ? tensors_.read(name + ".bias") : std::vector<float>();
    };
    std::vector<Planes> parts;
    for (const model::ConvolutionBranch& branch : layer.branches) {
      form.dilation = static_cast<std::size_t>(branch.dilation);
      const auto out = static_cast<std::size_t>(branch.out);
      const Planes own = slice(from, static_cast<std::size_t>(branch.first_in),
                               static_cast<std::size_t>(branch.in));
      if (layer.separable) {
        Form deep = form;
        deep.groups = own.channels;
        const std::string depth = branch.name + ".depthwise", point = branch.name + ".pointwise";
        const Planes between =
            convolve(own, tensors_.read(depth + ".weight"), own.channels, deep, bias(depth));
        parts.push_back(convolve(between, tensors_.read(point + ".weight"), out, {},
                                 tensors_.read(point + ".bias")));
      } else {
        parts.push_back(
            convolve(own, tensors_.read(branch.name + ".weight"), out, form, bias(branch.name)));
      }
    }
    Planes sum = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (layer.order.empty()) {
        add(sum, parts[i]);
      } else {
        sum = join(sum, parts[i]);
      }
    }
    if (!layer.order.empty() && !mistakes_.concatenation_unpermuted) {
      const Planes all = sum;
      for (std::size_t c = 0; c < all.channels; ++c) {
        const auto channel = static_cast<std::size_t>(layer.order[c]);
        std::copy_n(&slice(all, channel, 1).values[0], all.height * all.width, &sum.at(c, 0, 0));
      }
    }
    apply(sum, tensors_, layer.norm, with_relu);
    return sum;
  }

  /// FFC and its norms, with the ReLU unless it is to come later.
  Planes ffc(const model::FfcLayer& layer, const Planes& input, bool with_relu) {
    const std::string prefix = layer.name + ".ffc.";
    const auto in_local = static_cast<std::size_t>(layer.in_local);
    const Planes local = slice(input, 0, in_local);
    const Planes global = slice(input, in_local, input.channels - in_local);
    const auto stride = static_cast<std::size_t>(layer.stride);
    const std::size_t height = (input.height + stride - 1) / stride;
    const std::size_t width = (input.width + stride - 1) / stride;
    Planes out_local(static_cast<std::size_t>(layer.out_local), height, width);
    Planes out_global(static_cast<std::size_t>(layer.out_global), height, width);
    const Form form{.kernel = static_cast<std::size_t>(layer.kernel),
                    .stride = stride,
                    .dilation = static_cast<std::size_t>(layer.dilation),
                    .groups = static_cast<std::size_t>(layer.groups),
                    .padding = padding(layer.padding)};
    Planes gates(2, height, width);
    std::fill(gates.values.begin(), gates.values.end(), 1.0);
    if (layer.gated) {
      gates = convolve(input, tensors_.read(prefix + "gate.weight"), 2, {},
                       tensors_.read(prefix + "gate.bias"));
      for (double& gate : gates.values) gate = 1 / (1 + std::exp(-gate));
    }
    const auto branch = [&](const char* name, const Planes& from, Planes& to, int gate) {
      if (from.channels == 0 || to.channels == 0) return;
      const auto bias = layer.bias ? tensors_.read(prefix + name + ".bias") : std::vector<float>();
      Planes part =
          convolve(from, tensors_.read(prefix + name + ".weight"), to.channels, form, bias);
      const std::size_t plane = part.height * part.width;
      for (std::size_t i = 0; gate >= 0 && i < part.values.size(); ++i) {
        part.values[i] *= (&gates.at(static_cast<std::size_t>(gate), 0, 0))[i % plane];
      }
      add(to, part);
    };
    branch("convl2l", local, out_local, -1);
    branch("convg2l", global, out_local, 0);
    branch("convl2g", local, out_global, 1);
    if (layer.spectral() > 0) add(out_global, spectral_transform(layer, global));
    const double shifts = mistakes_.shift_added_twice && layer.in_global > 0 ? 2 : 1;
    if (layer.out_local > 0) {
      apply(out_local, tensors_, {layer.norm, layer.affine, layer.name + ".bn_l"}, with_relu,
            shifts);
    }
    if (layer.out_global > 0) {
      apply(out_global, tensors_, {layer.norm, layer.affine, layer.name + ".bn_g"}, with_relu,
            shifts);
    }
    return join(out_local, out_global);
  }

  Planes spectral_transform(const model::FfcLayer& layer, Planes global) {
    const std::string g2g = layer.name + ".ffc.convg2g.";
    const auto h = static_cast<std::size_t>(layer.spectral());
    const Form pointwise{.groups = static_cast<std::size_t>(layer.spectral_groups())};
    if (layer.stride == 2) {
      Planes halved(global.channels, global.height / 2, global.width / 2);
      for (std::size_t c = 0; c < halved.channels; ++c) {
        for (std::size_t y = 0; y < halved.height; ++y) {
          for (std::size_t i = 0; i < halved.width; ++i) {
            halved.at(c, y, i) =
                (global.at(c, 2 * y, 2 * i) + global.at(c, 2 * y, 2 * i + 1) +
                 global.at(c, 2 * y + 1, 2 * i) + global.at(c, 2 * y + 1, 2 * i + 1)) /
                4;
          }
        }
      }
      global = halved;
    }
    Planes t = convolve(global, tensors_.read(g2g + "conv1.0.weight"), h, pointwise);
    apply(t, norm(tensors_, g2g + "conv1.1"), true);
    Planes sum = t;
    if (layer.name != mistakes_.skipped_fourier_unit) {
      add(sum, scaled_fourier_unit(t, g2g + "fu", layer));
    }
    if (layer.lfu) {
      // The first quarter of the channels: halves of the rows stacked, then halves of the columns.
      const std::size_t part = h / 4, hh = t.height / 2, hw = t.width / 2;
      Planes quarters(h, hh, hw);
      for (std::size_t c = 0; c < h; ++c) {
        std::size_t bottom = c / part % 2, right = c / part / 2;
        if (mistakes_.quarters_in_reading_order) std::swap(bottom, right);
        for (std::size_t y = 0; y < hh; ++y) {
          for (std::size_t i = 0; i < hw; ++i) {
            quarters.at(c, y, i) = t.at(c % part, y + bottom * hh, i + right * hw);
          }
        }
      }
      const Planes local = fourier_unit(quarters, g2g + "lfu", layer, model::FourierUnitOptions());
      for (std::size_t c = 0; c < h; ++c) {
        for (std::size_t y = 0; y < t.height; ++y) {
          for (std::size_t i = 0; i < t.width; ++i) {
            sum.at(c, y, i) += local.at(c, y % hh, i % hw);
          }
        }
      }
    }
    return convolve(sum, tensors_.read(g2g + "conv2.weight"),
                    static_cast<std::size_t>(layer.out_global), pointwise);
  }

  Planes scaled_fourier_unit(const Planes& t, const std::string& name,
                             const model::FfcLayer& layer) const {
    const double factor = layer.fourier_unit.spatial_scale_factor;
    if (factor == 0) return fourier_unit(t, name, layer, layer.fourier_unit);
    const auto mode = layer.fourier_unit.spatial_scale_mode;
    const auto height = static_cast<std::size_t>(static_cast<double>(t.height) * factor);
    const auto width = static_cast<std::size_t>(static_cast<double>(t.width) * factor);
    const Planes result = fourier_unit(resize(t, height, width, 1 / factor, 1 / factor, mode), name,
                                       layer, layer.fourier_unit);
    return resize(result, t.height, t.width,
                  static_cast<double>(height) / static_cast<double>(t.height),
                  static_cast<double>(width) / static_cast<double>(t.width), mode);
  }

  Planes fourier_unit(const Planes& t, const std::string& name, const model::FfcLayer& layer,
                      const model::FourierUnitOptions& options) const {
    PlainExcitation se;
    if (options.use_se) {
      se = {tensors_.read(name + ".se.fc.0.weight"), tensors_.read(name + ".se.fc.2.weight")};
    }
    return plain_fourier_unit(t, tensors_.read(name + ".conv_layer.weight"),
                              norm(tensors_, name + ".bn"), mistakes_, options,
                              static_cast<std::size_t>(layer.spectral_groups()), se);
  }

  const weights::TensorFile& tensors_;
  const Mistakes& mistakes_;
  std::size_t last_local_ = 0;
};

/// The complex transform over channels, unscaled.
void transform_channels(std::vector<std::vector<Complex>>& spectra, int sign) {
  const std::size_t n = spectra.size();
  const auto before = spectra;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < spectra[k].size(); ++i) {
      spectra[k][i] = 0;
      for (std::size_t c = 0; c < n; ++c) spectra[k][i] += before[c][i] * root(c * k, n, sign);
    }
  }
}

}  // namespace

Planes plain_fourier_unit(const Planes& x, const std::vector<float>& weights, const PlainNorm& norm,
                          const Mistakes& mistakes, const model::FourierUnitOptions& options,
                          std::size_t groups, const PlainExcitation& se) {
  const std::size_t channels = x.channels, bins = x.width / 2 + 1;
  const std::size_t coordinates = options.spectral_pos_encoding ? 2 : 0;
  const auto position = [&](std::size_t c, bool imaginary) {
    return mistakes.halves_instead_of_interleaved ? c + (imaginary ? channels : 0)
                                                  : 2 * c + (imaginary ? 1 : 0);
  };
  const auto size = static_cast<double>(x.height * x.width * (options.ffc3d ? channels : 1));
  double scale = 1 / std::sqrt(size), inverse = scale;
  if (options.fft_norm == model::FftNorm::forward) {
    scale = 1 / size;
    inverse = 1;
  } else if (options.fft_norm == model::FftNorm::backward) {
    scale = 1;
    inverse = 1 / size;
  }
  std::vector<std::vector<Complex>> spectra;
  for (std::size_t c = 0; c < channels; ++c) spectra.push_back(rfft2(x, c, scale));
  if (options.ffc3d) transform_channels(spectra, -1);
  Planes before(coordinates + 2 * channels, x.height, bins);
  for (std::size_t y = 0; y < x.height && coordinates > 0; ++y) {
    for (std::size_t k = 0; k < bins; ++k) {
      before.at(0, y, k) =
          x.height > 1 ? static_cast<double>(y) / static_cast<double>(x.height - 1) : 0;
      before.at(1, y, k) = bins > 1 ? static_cast<double>(k) / static_cast<double>(bins - 1) : 0;
    }
  }
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < spectra[c].size(); ++i) {
      (&before.at(coordinates + position(c, false), 0, 0))[i] = spectra[c][i].real();
      (&before.at(coordinates + position(c, true), 0, 0))[i] = spectra[c][i].imag();
    }
  }
  if (options.use_se) {
    const std::size_t n = before.channels, reduced = se.down.size() / n, plane = x.height * bins;
    std::vector<double> mean(n), inner(reduced);
    for (std::size_t i = 0; i < before.values.size(); ++i) {
      mean[i / plane] += before.values[i] / static_cast<double>(plane);
    }
    for (std::size_t r = 0; r < reduced; ++r) {
      for (std::size_t c = 0; c < n; ++c) inner[r] += se.down[r * n + c] * mean[c];
    }
    for (std::size_t c = 0; c < n; ++c) {
      double sum = 0;
      for (std::size_t r = 0; r < reduced; ++r) {
        sum += se.up[c * reduced + r] * std::max(0.0, inner[r]);
      }
      for (std::size_t i = 0; i < plane; ++i) before.values[c * plane + i] /= 1 + std::exp(-sum);
    }
  }
  Planes after = convolve(before, weights, 2 * channels, {.groups = groups});
  apply(after, norm, true);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < spectra[c].size(); ++i) {
      spectra[c][i] = {(&after.at(position(c, false), 0, 0))[i],
                       (&after.at(position(c, true), 0, 0))[i]};
    }
  }
  if (options.ffc3d) transform_channels(spectra, 1);
  Planes result(channels, x.height, x.width);
  for (std::size_t c = 0; c < channels; ++c) irfft2(spectra[c], result, c, inverse, mistakes);
  return result;
}

std::vector<double> plain_logits(const model::Architecture& generator,
                                 const weights::TensorFile& tensors, const engine::Tensor& input,
                                 const Mistakes& mistakes) {
  Planes planes(input.channels(), input.height(), input.width());
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::size_t pixel = i / input.channels();
    planes.at(i % input.channels(), pixel / input.width(), pixel % input.width()) = input.data()[i];
  }
  Plain plain(tensors, std::move(planes), mistakes);
  for (const model::Layer& layer : generator.layers) std::visit(plain, layer);
  const Planes& out = plain.x;
  std::vector<double> logits;
  for (std::size_t i = 0; i < out.height * out.width; ++i) {
    for (std::size_t c = 0; c < out.channels; ++c) {
      logits.push_back(out.at(c, i / out.width, i % out.width));
    }
  }
  return logits;
}

RandomTensors::RandomTensors(const model::Architecture& network, std::string changed, float value)
    : TensorFile("random"), changed_(std::move(changed)), value_(value) {
  for (const auto& parameter : model::parameters(network)) {
    tensors_[parameter.name] = {weights::DType::f32, parameter.shape};
  }
}

std::vector<float> RandomTensors::load(const std::string& tensor) const {
  const auto& shape = tensors_.at(tensor).shape;
  std::vector<float> values(*weights::element_count(shape));
  // Weights: uniform with the variance that keeps the size of activations through a ReLU.
  const double fan_in = static_cast<double>(values.size()) / static_cast<double>(shape[0]);
  const double spread = shape.size() > 1 ? std::sqrt(6 / fan_in) : 0.3;
  const double centre = tensor.ends_with("running_var") ? 1 : 0;
  auto state = static_cast<std::uint32_t>(std::hash<std::string>()(tensor));
  for (float& v : values) {
    state = state * 1664525 + 1013904223;
    v = static_cast<float>(centre + spread * (static_cast<double>(state >> 8) / 8388608 - 1));
  }
  if (tensor == changed_) values[0] = value_;
  return values;
}

}  // namespace lama::internal::testing
