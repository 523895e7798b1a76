// A block of Winograd's tiles and the transform of a layer's weights at big-lama's shapes, on one
// thread. The counter is floating-point operations done per second (2 per multiplication of the 36
// matrix products), the transforms' time included.
#include "engine/kernels/winograd.h"

#include <benchmark/benchmark.h>

#include <vector>

#include "base/aligned_buffer.h"

namespace {

using namespace lama::internal::engine;
using lama::internal::AlignedBuffer;

/// Arguments: input channels, output channels, whether in bf16.
void block(benchmark::State& state) {
  const auto in = static_cast<std::size_t>(state.range(0));
  const auto out = static_cast<std::size_t>(state.range(1));
  const std::vector<float> weights(9 * in * out, 0.01F);
  const PackedWeights taps(weights.data(), 9 * in, out);
  const auto precision = static_cast<Precision>(state.range(2));
  if (!available(precision)) return state.SkipWithError("this processor has no bf16");
  const WinogradWeights transform(taps, precision);
  AlignedBuffer transformed(transform.floats()), scratch(winograd_scratch());
  for (std::size_t i = 0; i < transform.parts(); ++i) transform.transform(i, transformed.data());
  constexpr std::size_t kWidth = kWinogradTiles * kWinogradTile + 2;
  const std::vector<float> input(kWinogradInput * kWidth * in, 0.5F);
  const std::vector<float> bias(taps.panels() * taps.panel_width());
  std::vector<float> result(kWinogradTile * kWidth * out);
  std::vector<const float*> sources;
  std::vector<float*> outputs;
  for (std::size_t t = 0; t < kWinogradTiles; ++t) {
    for (std::size_t p = 0; p < kWinogradPositions; ++p) {
      const std::size_t x = t * kWinogradTile + p % kWinogradInput;
      sources.push_back(input.data() + (p / kWinogradInput * kWidth + x) * in);
    }
    for (std::size_t p = 0; p < kWinogradTile * kWinogradTile; ++p) {
      const std::size_t x = t * kWinogradTile + p % kWinogradTile;
      outputs.push_back(result.data() + (p / kWinogradTile * kWidth + x) * out);
    }
  }
  const Winograd winograd{.tiles = kWinogradTiles,
                          .inputs = 1,
                          .input_channels = &in,
                          .sources = sources.data(),
                          .taps = &taps,
                          .transformed = transformed.data(),
                          .sums = nullptr,
                          .bias = bias.data(),
                          .relu = true,
                          .outputs = outputs.data(),
                          .residuals = nullptr,
                          .scratch = scratch.data(),
                          .begin_panel = 0,
                          .end_panel = taps.panels(),
                          .precision = precision};
  for (auto _ : state) run(winograd);
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * static_cast<double>(kWinogradTiles * kWinogradPositions * in * out),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void weights(benchmark::State& state) {
  const auto in = static_cast<std::size_t>(state.range(0));
  const auto out = static_cast<std::size_t>(state.range(1));
  const std::vector<float> values(9 * in * out, 0.01F);
  const PackedWeights taps(values.data(), 9 * in, out);
  const auto precision = static_cast<Precision>(state.range(2));
  const WinogradWeights transform(taps, precision);
  AlignedBuffer transformed(transform.floats());
  for (auto _ : state) {
    for (std::size_t i = 0; i < transform.parts(); ++i) transform.transform(i, transformed.data());
  }
}

BENCHMARK(block)
    ->ArgNames({"in", "out", "bf16"})
    ->ArgsProduct({{512}, {128}, {0, 1}})
    ->ArgsProduct({{128}, {384}, {0, 1}})
    ->ArgsProduct({{192}, {48}, {0, 1}});
BENCHMARK(weights)->ArgNames({"in", "out", "bf16"})->ArgsProduct({{512}, {128}, {0, 1}});

}  // namespace
