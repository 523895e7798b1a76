#include "engine/fourier_unit.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lama::engine {
namespace {

/// A spectrum pixel holds all real parts, then all imaginary parts (see kernels/fft.h); this is the
/// published position of its channel i, where the two parts of each channel are neighbours.
std::size_t published_channel(std::size_t i, std::size_t channels) {
  return i < channels ? 2 * i : 2 * (i - channels) + 1;
}

}  // namespace

const FftPlan& FftPlans::operator[](std::size_t length) {
  return plans_.try_emplace(length, length).first->second;
}

FourierUnit::FourierUnit(std::span<const float> weights, std::span<const float> scale,
                         std::span<const float> shift)
    : channels_(scale.size() / 2) {
  const std::size_t n = scale.size();
  Tap tap{0, 0, 0, std::vector<float>(n * n)};
  std::vector<float> bias(n);
  for (std::size_t o = 0; o < n; ++o) {
    const std::size_t from = published_channel(o, channels_);
    bias[o] = shift[from];
    for (std::size_t i = 0; i < n; ++i) {
      tap.weights[i * n + o] = weights[from * n + published_channel(i, channels_)] * scale[from];
    }
  }
  convolution_ = Convolution({tap}, bias, 1, Border::zero, /*relu=*/true);
}

void FourierUnit::add_to(View<float> x, FftPlans& plans, ThreadPool& pool) const {
  const std::size_t height = x.height, bins = x.width / 2 + 1;
  const FftPlan& row_plan = plans[x.width];
  const FftPlan& column_plan = plans[height];
  const float scale = 1.0F / std::sqrt(static_cast<float>(height * x.width));
  Tensor before(x.batch, height, bins, 2 * channels_), after(x.batch, height, bins, 2 * channels_);

  std::vector<AlignedBuffer> scratch(static_cast<std::size_t>(pool.threads()));
  for (auto& buffer : scratch) {
    buffer = AlignedBuffer(std::max(row_plan.scratch(), column_plan.scratch()));
  }
  const auto own = [&](int worker) { return scratch[static_cast<std::size_t>(worker)].data(); };

  const std::size_t pairs = (height + 1) / 2;
  const std::size_t spectrum_stride = 2 * channels_;
  pool.run(x.batch * pairs, [&](std::size_t task, int worker) {
    const std::size_t y = task % pairs * 2, row = task / pairs * height + y;
    const bool two = y + 1 < height;
    real_fft_rows(row_plan, channels_, scale, {x.pixel(row * x.width), x.stride},
                  two ? x.pixel((row + 1) * x.width) : nullptr,
                  {before.view().pixel(row * bins), spectrum_stride},
                  two ? before.view().pixel((row + 1) * bins) : nullptr, own(worker));
  });
  const auto columns = [&](Tensor& spectrum, bool inverse) {
    pool.run(x.batch * bins, [&](std::size_t task, int worker) {
      float* top = spectrum.view().pixel(task / bins * height * bins + task % bins);
      fft_column(column_plan, channels_, inverse, {top, bins * spectrum_stride}, own(worker));
    });
  };
  columns(before, false);
  const View<const float> inputs[] = {before.view()};
  convolution_.run(inputs, {.view = after.view()}, {}, pool);
  columns(after, true);
  pool.run(x.batch * pairs, [&](std::size_t task, int worker) {
    const std::size_t y = task % pairs * 2, row = task / pairs * height + y;
    const bool two = y + 1 < height;
    real_inverse_fft_rows(
        row_plan, channels_, scale, {after.view().pixel(row * bins), spectrum_stride},
        two ? after.view().pixel((row + 1) * bins) : nullptr, {x.pixel(row * x.width), x.stride},
        two ? x.pixel((row + 1) * x.width) : nullptr, own(worker));
  });
}

}  // namespace lama::engine
