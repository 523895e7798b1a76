// The matrix product at the shapes of big-lama's layers, on one thread. The counter is useful
// floating-point operations per second (2 per multiplication).
#include "engine/kernels/gemm.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using lama::internal::engine::Gemm;
using lama::internal::engine::kGemmPixels;
using lama::internal::engine::PackedWeights;
using lama::internal::engine::Precision;

/// Arguments: channels per tap, taps, output channels, whether in bf16.
void product(benchmark::State& state) {
  const auto channels = static_cast<std::size_t>(state.range(0));
  const auto taps = static_cast<std::size_t>(state.range(1));
  const auto out = static_cast<std::size_t>(state.range(2));
  const std::size_t k = channels * taps, width = 64 + 8;
  const std::vector<float> weights(k * out, 0.01F);
  const auto precision = static_cast<Precision>(state.range(3));
  if (!available(precision)) return state.SkipWithError("this processor has no bf16");
  const PackedWeights packed(weights.data(), k, out, precision);
  lama::internal::AlignedBuffer scratch(gemm_scratch(packed, kGemmPixels));
  const std::vector<float> bias(packed.panels() * packed.panel_width());
  const std::vector<float> input((kGemmPixels + 8 * width) * channels, 0.5F);
  std::vector<float> output(kGemmPixels * out);
  std::vector<const float*> sources;
  const std::size_t kernel = taps == 49 ? 7 : taps == 9 ? 3 : 1;
  for (std::size_t t = 0; t < taps; ++t) {
    for (std::size_t p = 0; p < kGemmPixels; ++p) {
      sources.push_back(input.data() + (t / kernel * width + t % kernel + p) * channels);
    }
  }
  std::vector<float*> outputs;
  for (std::size_t p = 0; p < kGemmPixels; ++p) outputs.push_back(output.data() + p * out);
  const std::vector<std::size_t> tap_channels(taps, channels);
  const Gemm gemm{.pixels = kGemmPixels,
                  .taps = taps,
                  .tap_channels = tap_channels.data(),
                  .sources = sources.data(),
                  .weights = &packed,
                  .bias = bias.data(),
                  .relu = true,
                  .outputs = outputs.data(),
                  .residuals = nullptr,
                  .begin_panel = 0,
                  .end_panel = packed.panels(),
                  .scratch = scratch.data()};
  for (auto _ : state) run(gemm);
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * static_cast<double>(kGemmPixels * k * out),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(product)
    ->ArgNames({"channels", "taps", "out", "bf16"})
    ->ArgsProduct({{512}, {9}, {128}, {0, 1}})  // 3x3 to the local branch
    ->ArgsProduct({{128}, {9}, {384}, {0, 1}})  // 3x3 local to global
    ->ArgsProduct({{384}, {1}, {192}, {0, 1}})  // into the spectral transform
    ->ArgsProduct({{384}, {1}, {384}, {0, 1}})  // Fourier unit
    ->ArgsProduct({{512}, {4}, {256}, {0, 1}})  // up-sampling, the phase with four taps
    ->ArgsProduct({{4}, {49}, {64}, {0, 1}})    // stem
    ->ArgsProduct({{64}, {49}, {3}, {0, 1}});   // head

}  // namespace
