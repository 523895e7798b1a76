#include "tests/engine/plain_network.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lama::testing {
namespace {

using Complex = std::complex<double>;

Complex root(std::size_t k, std::size_t n, int sign) {
  return std::polar(
      1.0, sign * 2 * std::numbers::pi * static_cast<double>(k % n) / static_cast<double>(n));
}

/// Both transforms by their definition, orthonormal, over one plane. The spectrum is
/// [y][x], x <= width / 2.
std::vector<Complex> rfft2(const Planes& x, std::size_t c) {
  const std::size_t h = x.height, w = x.width, bins = w / 2 + 1;
  std::vector<Complex> rows(h * bins), result(h * bins);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t k = 0; k < bins; ++k) {
      for (std::size_t i = 0; i < w; ++i) rows[y * bins + k] += x.at(c, y, i) * root(i * k, w, -1);
    }
  }
  const double scale = 1 / std::sqrt(static_cast<double>(h * w));
  for (std::size_t v = 0; v < h; ++v) {
    for (std::size_t k = 0; k < bins; ++k) {
      for (std::size_t y = 0; y < h; ++y) {
        result[v * bins + k] += rows[y * bins + k] * root(y * v, h, -1) * scale;
      }
    }
  }
  return result;
}

void irfft2(std::vector<Complex> spectrum, Planes& x, std::size_t c, const Mistakes& mistakes) {
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
  const double scale = 1 / std::sqrt(static_cast<double>(h * w));
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

/// A convolution with `weights` [out][in][kernel][kernel] over a border of kernel / 2.
Planes convolve(const Planes& x, const std::vector<float>& weights, std::size_t out,
                std::size_t kernel, std::size_t stride, bool zero_padding) {
  Planes result(out, (x.height + stride - 1) / stride, (x.width + stride - 1) / stride);
  const auto inside = [](std::ptrdiff_t at, std::size_t size) {
    const auto n = static_cast<std::ptrdiff_t>(size);
    if (at < 0) at = -at;
    return static_cast<std::size_t>(at < n ? at : 2 * n - 2 - at);
  };
  const auto half = static_cast<std::ptrdiff_t>(kernel / 2);
  for (std::size_t y = 0; y < result.height; ++y) {
    for (std::size_t xx = 0; xx < result.width; ++xx) {
      for (std::size_t ky = 0; ky < kernel; ++ky) {
        for (std::size_t kx = 0; kx < kernel; ++kx) {
          const auto iy = static_cast<std::ptrdiff_t>(y * stride + ky) - half;
          const auto ix = static_cast<std::ptrdiff_t>(xx * stride + kx) - half;
          const bool outside = iy < 0 || ix < 0 || iy >= static_cast<std::ptrdiff_t>(x.height) ||
                               ix >= static_cast<std::ptrdiff_t>(x.width);
          if (outside && zero_padding) continue;
          const std::size_t row = inside(iy, x.height), column = inside(ix, x.width);
          for (std::size_t o = 0; o < out; ++o) {
            for (std::size_t i = 0; i < x.channels; ++i) {
              result.at(o, y, xx) += x.at(i, row, column) *
                                     weights[((o * x.channels + i) * kernel + ky) * kernel + kx];
            }
          }
        }
      }
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

PlainNorm norm(const weights::TensorFile& tensors, const std::string& name) {
  PlainNorm result;
  const auto weight = tensors.read(name + ".weight"), bias = tensors.read(name + ".bias");
  const auto mean = tensors.read(name + ".running_mean");
  const auto variance = tensors.read(name + ".running_var");
  for (std::size_t i = 0; i < weight.size(); ++i) {
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

void add(Planes& x, const Planes& y) {
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] += y.values[i];
}

struct Pair {
  Planes local, global;
};

/// FFC and its batch norms, with the ReLU unless it is to come later.
Pair ffc(const weights::TensorFile& tensors, const model::FfcLayer& layer, const Pair& x, bool relu,
         const Mistakes& mistakes) {
  const std::string prefix = layer.name + ".ffc.";
  const auto kernel = static_cast<std::size_t>(layer.kernel);
  const auto stride = static_cast<std::size_t>(layer.stride);
  const std::size_t height = (std::max(x.local.height, x.global.height) + stride - 1) / stride;
  const std::size_t width = (std::max(x.local.width, x.global.width) + stride - 1) / stride;
  Pair out{{static_cast<std::size_t>(layer.out_local), height, width},
           {static_cast<std::size_t>(layer.out_global), height, width}};
  const auto branch = [&](const char* name, const Planes& from, Planes& to) {
    if (from.channels == 0 || to.channels == 0) return;
    add(to, convolve(from, tensors.read(prefix + name + ".weight"), to.channels, kernel, stride,
                     mistakes.zero_padding));
  };
  branch("convl2l", x.local, out.local);
  branch("convg2l", x.global, out.local);
  branch("convl2g", x.local, out.global);
  if (const auto h = static_cast<std::size_t>(layer.spectral()); h > 0) {
    const std::string g2g = prefix + "convg2g.";
    Planes t = convolve(x.global, tensors.read(g2g + "conv1.0.weight"), h, 1, 1, true);
    apply(t, norm(tensors, g2g + "conv1.1"), true);
    if (layer.name != mistakes.skipped_fourier_unit) {
      add(t, plain_fourier_unit(t, tensors.read(g2g + "fu.conv_layer.weight"),
                                norm(tensors, g2g + "fu.bn"), mistakes));
    }
    add(out.global,
        convolve(t, tensors.read(g2g + "conv2.weight"), out.global.channels, 1, 1, true));
  }
  const double shifts = mistakes.shift_added_twice && layer.in_global > 0 ? 2 : 1;
  if (layer.out_local > 0) apply(out.local, norm(tensors, layer.name + ".bn_l"), relu, shifts);
  if (layer.out_global > 0) apply(out.global, norm(tensors, layer.name + ".bn_g"), relu, shifts);
  return out;
}

}  // namespace

Planes plain_fourier_unit(const Planes& x, const std::vector<float>& weights, const PlainNorm& norm,
                          const Mistakes& mistakes) {
  const std::size_t channels = x.channels, bins = x.width / 2 + 1;
  const auto position = [&](std::size_t c, bool imaginary) {
    return mistakes.halves_instead_of_interleaved ? c + (imaginary ? channels : 0)
                                                  : 2 * c + (imaginary ? 1 : 0);
  };
  Planes before(2 * channels, x.height, bins);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto spectrum = rfft2(x, c);
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
      (&before.at(position(c, false), 0, 0))[i] = spectrum[i].real();
      (&before.at(position(c, true), 0, 0))[i] = spectrum[i].imag();
    }
  }
  Planes after = convolve(before, weights, 2 * channels, 1, 1, true);
  apply(after, norm, true);
  Planes result(channels, x.height, x.width);
  for (std::size_t c = 0; c < channels; ++c) {
    std::vector<Complex> spectrum(x.height * bins);
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
      spectrum[i] = {(&after.at(position(c, false), 0, 0))[i],
                     (&after.at(position(c, true), 0, 0))[i]};
    }
    irfft2(std::move(spectrum), result, c, mistakes);
  }
  return result;
}

std::vector<double> plain_logits(const model::FfcResnet& network,
                                 const weights::TensorFile& tensors, const engine::Tensor& input,
                                 const Mistakes& mistakes) {
  Pair x{{input.channels(), input.height(), input.width()}, {0, 0, 0}};
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::size_t pixel = i / input.channels();
    x.local.at(i % input.channels(), pixel / input.width(), pixel % input.width()) =
        input.data()[i];
  }
  x = ffc(tensors, network.stem, x, true, mistakes);
  for (const auto& layer : network.downsamples) x = ffc(tensors, layer, x, true, mistakes);
  for (const auto& [conv1, conv2] : network.blocks) {
    Pair y = ffc(tensors, conv1, x, true, mistakes);
    y = ffc(tensors, conv2, y, !mistakes.relu_after_the_sum, mistakes);
    add(x.local, y.local);
    add(x.global, y.global);
    if (mistakes.relu_after_the_sum) {
      for (Planes* part : {&x.local, &x.global}) {
        for (double& value : part->values) value = std::max(0.0, value);
      }
    }
  }
  Planes all(x.local.channels + x.global.channels, std::max(x.local.height, x.global.height),
             std::max(x.local.width, x.global.width));
  std::copy(x.global.values.begin(), x.global.values.end(),
            std::copy(x.local.values.begin(), x.local.values.end(), all.values.begin()));
  for (const auto& layer : network.upsamples) {
    all = upsample(all, tensors.read(layer.name + ".weight"), tensors.read(layer.name + ".bias"));
    apply(all, norm(tensors, layer.batch_norm), true);
  }
  const auto bias = tensors.read(network.head + ".bias");
  const Planes out = convolve(all, tensors.read(network.head + ".weight"), bias.size(), 7, 1,
                              mistakes.zero_padding);
  std::vector<double> logits;
  for (std::size_t i = 0; i < out.height * out.width; ++i) {
    for (std::size_t c = 0; c < out.channels; ++c) {
      logits.push_back(out.at(c, i / out.width, i % out.width) + bias[c]);
    }
  }
  return logits;
}

RandomTensors::RandomTensors(const model::FfcResnet& network, std::string changed, float value)
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

}  // namespace lama::testing
