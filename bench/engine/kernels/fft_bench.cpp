// A column transform of 192 channels (big-lama's spectral width), on one thread, at bottleneck
// lengths: 64 for 512 pixels, 135 and 240 for 1080p, 270 and 480 for 4K, 84 of 7s, 67 prime.
#include "engine/kernels/fft.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

void column(benchmark::State& state) {
  constexpr std::size_t kChannels = 192;
  const auto length = static_cast<std::size_t>(state.range(0));
  const lama::internal::engine::FftPlan plan(length);
  lama::internal::AlignedBuffer scratch(lama::internal::engine::FftPlan::scratch(plan.length()));
  std::vector<float> data(length * 2 * kChannels, 0.0F);
  for (auto _ : state) {
    fft_column(plan, kChannels, false, {data.data(), 2 * kChannels}, scratch.data());
    benchmark::DoNotOptimize(data.data());
  }
  state.counters["values/s"] = benchmark::Counter(static_cast<double>(data.size()),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(column)
    ->ArgName("length")
    ->Arg(64)
    ->Arg(128)
    ->Arg(135)
    ->Arg(240)
    ->Arg(270)
    ->Arg(480)
    ->Arg(84)
    ->Arg(67);

}  // namespace
