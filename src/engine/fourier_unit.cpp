#include "engine/fourier_unit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "engine/resampling.h"

namespace lama::internal::engine {
namespace {

/// A spectrum pixel holds all real parts, then all imaginary parts (see kernels/fft.h); this is the
/// published position of its channel i, where the two parts of each channel are neighbours.
std::size_t published_channel(std::size_t i, std::size_t channels) {
  return i < channels ? 2 * i : 2 * (i - channels) + 1;
}

/// The discrete Fourier transform over complex channels, unscaled, as a 1x1 convolution.
PointwiseConvolution channel_transform(std::size_t channels, int sign) {
  const std::size_t n = 2 * channels;
  std::vector<float> weights(n * n);
  for (std::size_t i = 0; i < channels; ++i) {
    for (std::size_t o = 0; o < channels; ++o) {
      const double angle = sign * 2 * std::numbers::pi * static_cast<double>(i * o % channels) /
                           static_cast<double>(channels);
      const auto cosine = static_cast<float>(std::cos(angle));
      const auto sine = static_cast<float>(std::sin(angle));
      weights[i * n + o] = cosine;
      weights[(channels + i) * n + o] = -sine;
      weights[i * n + channels + o] = sine;
      weights[(channels + i) * n + channels + o] = cosine;
    }
  }
  return {{&weights, 1}, std::vector<float>(n), /*relu=*/false};
}

/// 0 to 1 down each column, then along each row.
Tensor coordinate_planes(std::size_t batch, std::size_t height, std::size_t width) {
  Tensor planes(batch, height, width, 2);
  const auto position = [](std::size_t i, std::size_t n) {
    return n > 1 ? static_cast<float>(static_cast<double>(i) / static_cast<double>(n - 1)) : 0.0F;
  };
  for (std::size_t i = 0; i < batch * height * width; ++i) {
    planes.view().pixel(i)[0] = position(i / width % height, height);
    planes.view().pixel(i)[1] = position(i % width, width);
  }
  return planes;
}

}  // namespace

const FftPlan& FftPlans::operator[](std::size_t length) {
  return plans_.try_emplace(length, length).first->second;
}

FourierUnit::FourierUnit(std::span<const float> weights, std::span<const float> scale,
                         std::span<const float> shift, const model::FourierUnitOptions& options,
                         SqueezeExcitation se, Precision precision)
    : channels_(scale.size() / 2), options_(options), se_(std::move(se)) {
  const std::size_t n = scale.size();
  const std::size_t before = options_.spectral_pos_encoding ? 2 : 0;  // coordinates come first
  const std::size_t in = before + n;
  std::vector<float> spectrum(n * n), coordinates(before * n);
  std::vector<float> bias(n);
  for (std::size_t o = 0; o < n; ++o) {
    const std::size_t from = published_channel(o, channels_);
    bias[o] = shift[from];
    for (std::size_t i = 0; i < n; ++i) {
      spectrum[i * n + o] =
          weights[from * in + before + published_channel(i, channels_)] * scale[from];
    }
    for (std::size_t i = 0; i < before; ++i) {
      coordinates[i * n + o] = weights[from * in + i] * scale[from];
    }
  }
  std::vector<std::vector<float>> inputs;
  inputs.push_back(std::move(spectrum));
  if (before > 0) inputs.push_back(std::move(coordinates));
  convolution_ = PointwiseConvolution(inputs, bias, /*relu=*/true, precision);
  if (options_.ffc3d) {
    across_channels_ = channel_transform(channels_, -1);
    back_across_channels_ = channel_transform(channels_, 1);
  }
}

std::size_t FourierUnit::scaled(std::size_t side) const {
  return options_.spatial_scale_factor > 0
             ? static_cast<std::size_t>(static_cast<double>(side) * options_.spatial_scale_factor)
             : side;
}

double FourierUnit::multiplications(std::size_t batch, std::size_t height,
                                    std::size_t width) const {
  return convolution_.multiplications(batch * scaled(height) * (scaled(width) / 2 + 1));
}

std::size_t FourierUnit::floats(std::size_t batch, std::size_t height, std::size_t width) const {
  const std::size_t h = scaled(height), w = scaled(width);
  const std::size_t coordinates = options_.spectral_pos_encoding ? 2 : 0;
  const std::size_t spectrum = batch * h * (w / 2 + 1) * (2 * channels_ + coordinates);
  return spectrum + (options_.spatial_scale_factor > 0 ? 2 * batch * h * w * channels_ : 0);
}

/// Floats of one column, to whole cache lines.
std::size_t FourierUnit::column_floats(std::size_t height) const {
  constexpr std::size_t kLine = kCacheLine / sizeof(float);
  return (height * 2 * channels_ + kLine - 1) / kLine * kLine;
}

/// Floats for one column, for its result, and for the steps between them.
std::size_t FourierUnit::column_scratch(std::size_t height) const {
  return 2 * column_floats(height) + std::max(FftPlan::scratch(height), convolution_.scratch());
}

Scratch FourierUnit::scratch(std::size_t height, std::size_t width) const {
  return {0, std::max(column_scratch(scaled(height)), FftPlan::scratch(scaled(width)))};
}

void FourierUnit::add(const View<const float>& x, const View<float>& sum, FftPlans& plans,
                      Workers& workers) const {
  if (options_.spatial_scale_factor == 0) {
    add_unscaled(x, sum, plans, workers);
    return;
  }
  Tensor in(x.batch, scaled(x.height), scaled(x.width), x.channels);
  Tensor out(x.batch, in.height(), in.width(), x.channels);
  std::fill_n(out.data(), out.size(), 0.0F);
  // PyTorch steps by the factor that was asked for there, and by the ratio of the sizes back.
  const double step = 1 / options_.spatial_scale_factor;
  resize(x, in.view(), options_.spatial_scale_mode, step, step, Write::replace, workers);
  add_unscaled(in.view(), out.view(), plans, workers);
  const auto ratio = [](std::size_t from, std::size_t to) {
    return static_cast<double>(from) / static_cast<double>(to);
  };
  resize(out.view(), sum, options_.spatial_scale_mode, ratio(in.height(), x.height),
         ratio(in.width(), x.width), Write::add, workers);
}

void FourierUnit::excite(Tensor& spectrum, Tensor& coordinates, Workers& workers) const {
  const std::size_t n = 2 * channels_, before = coordinates.channels(), all = before + n;
  const std::size_t pixels = spectrum.height() * spectrum.width();
  const std::size_t reduced = se_.down.size() / all;
  for (std::size_t b = 0; b < spectrum.batch(); ++b) {
    // Published channel -> where it is here.
    const auto channel = [&](std::size_t i, std::size_t pixel) -> float& {
      const std::size_t at = b * pixels + pixel;
      if (i < before) return coordinates.view().pixel(at)[i];
      const std::size_t part = i - before;
      return spectrum.view().pixel(at)[part / 2 + (part % 2) * channels_];
    };
    std::vector<double> mean(all), inner(reduced);
    workers.run("squeeze and excitation", all, [&](std::size_t i, int) {
      double sum = 0;
      for (std::size_t p = 0; p < pixels; ++p) sum += channel(i, p);
      mean[i] = sum / static_cast<double>(pixels);
    });
    for (std::size_t r = 0; r < reduced; ++r) {
      for (std::size_t i = 0; i < all; ++i) inner[r] += se_.down[r * all + i] * mean[i];
      inner[r] = std::max(inner[r], 0.0);
    }
    workers.run("squeeze and excitation", all, [&](std::size_t i, int) {
      double sum = 0;
      for (std::size_t r = 0; r < reduced; ++r) sum += se_.up[i * reduced + r] * inner[r];
      const auto factor = static_cast<float>(1 / (1 + std::exp(-sum)));
      for (std::size_t p = 0; p < pixels; ++p) channel(i, p) *= factor;
    });
  }
}

/// A spectrum, the coordinates of its pixels, and the transform of its columns.
struct FourierUnit::Columns {
  const FftPlan& plan;
  Tensor& spectrum;
  const Tensor& coordinates;
};

// Between the transforms of the rows everything happens column by column:
//
//   spectrum           a column, in a core's cache
//   +-+-+-+-+    copy  +-+ transform  +-+ convolve  +-+ transform back  +-+  copy
//   | | | | |  ------> | | ---------> | | --------> | | --------------> | | ------> same place
//   +-+-+-+-+          +-+            +-+           +-+                 +-+
//
// so that the spectrum is read once and written once, however large it is. Either half, the first
// transform or the rest, can run alone.
void FourierUnit::run_columns(const Columns& columns, Half half, Workers& workers) const {
  const bool forward = half != Half::back, back = half != Half::forward;
  const Tensor& all = columns.spectrum;
  const std::size_t height = all.height(), bins = all.width(), stride = 2 * channels_;
  constexpr const char* kStage = "Fourier unit, columns";
  if (back) workers.count(kStage, convolution_.multiplications(all.batch() * height * bins));
  const std::size_t own = column_scratch(height);
  workers.run(kStage, all.batch() * bins, [&](std::size_t task, int worker) {
    const std::size_t top = task / bins * height * bins + task % bins;
    const View<float> pixels = columns.spectrum.view();
    float* from = workers.own(worker, own);
    float* to = from + column_floats(height);
    float* scratch = to + column_floats(height);
    const auto line = [&](float* data) { return View<float>{data, 1, height, 1, stride, stride}; };
    const auto convolve = [&](const PointwiseConvolution& convolution) {
      View<const float> places = columns.coordinates.view();
      if (places.channels > 0) places.data = places.pixel(top);
      places.stride *= bins;
      const View<const float> inputs[] = {line(from), places};
      convolution.run(inputs, line(to), scratch);
      std::swap(from, to);
    };
    for (std::size_t y = 0; y < height; ++y) {
      std::copy_n(pixels.pixel(top + y * bins), stride, from + y * stride);
    }
    if (forward) {
      fft_column(columns.plan, channels_, false, {from, stride}, scratch);
      if (options_.ffc3d) convolve(across_channels_);
    }
    if (back) {
      convolve(convolution_);
      if (options_.ffc3d) convolve(back_across_channels_);
      fft_column(columns.plan, channels_, true, {from, stride}, scratch);
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::copy_n(from + y * stride, stride, pixels.pixel(top + y * bins));
    }
  });
}

void FourierUnit::add_unscaled(const View<const float>& x, const View<float>& sum, FftPlans& plans,
                               Workers& workers) const {
  const std::size_t height = x.height, bins = x.width / 2 + 1;
  const FftPlan& row_plan = plans[x.width];
  const auto size =
      static_cast<float>(height * x.width * (options_.ffc3d ? channels_ : std::size_t{1}));
  float scale = 1.0F / std::sqrt(size), inverse_scale = scale;
  if (options_.fft_norm != model::FftNorm::ortho) {
    scale = options_.fft_norm == model::FftNorm::forward ? 1.0F / size : 1.0F;
    inverse_scale = options_.fft_norm == model::FftNorm::forward ? 1.0F : 1.0F / size;
  }
  Tensor spectrum(x.batch, height, bins, 2 * channels_);
  const std::size_t row_scratch = FftPlan::scratch(x.width);
  const auto own = [&](int worker) { return workers.own(worker, row_scratch); };
  const std::size_t pairs = (height + 1) / 2;
  const std::size_t stride = 2 * channels_;
  workers.run("FFT of rows", x.batch * pairs, [&](std::size_t task, int worker) {
    const std::size_t y = task % pairs * 2, row = task / pairs * height + y;
    const bool two = y + 1 < height;
    real_fft_rows(row_plan, channels_, scale, {x.pixel(row * x.width), x.stride},
                  two ? x.pixel((row + 1) * x.width) : nullptr,
                  {spectrum.view().pixel(row * bins), stride},
                  two ? spectrum.view().pixel((row + 1) * bins) : nullptr, own(worker));
  });
  Tensor coordinates = options_.spectral_pos_encoding ? coordinate_planes(x.batch, height, bins)
                                                      : Tensor(x.batch, height, bins, 0);
  const Columns columns{plans[height], spectrum, coordinates};
  if (options_.use_se) {  // which needs the mean of the whole spectrum
    run_columns(columns, Half::forward, workers);
    excite(spectrum, coordinates, workers);
    run_columns(columns, Half::back, workers);
  } else {
    run_columns(columns, Half::both, workers);
  }
  workers.run("FFT of rows", x.batch * pairs, [&](std::size_t task, int worker) {
    const std::size_t y = task % pairs * 2, row = task / pairs * height + y;
    const bool two = y + 1 < height;
    real_inverse_fft_rows(row_plan, channels_, inverse_scale,
                          {spectrum.view().pixel(row * bins), stride},
                          two ? spectrum.view().pixel((row + 1) * bins) : nullptr,
                          {sum.pixel(row * x.width), sum.stride},
                          two ? sum.pixel((row + 1) * x.width) : nullptr, own(worker));
  });
}

}  // namespace lama::internal::engine
