// A block of Winograd's tiles and the transform of a layer's weights at big-lama's shapes, on one
// thread. The counter is floating-point operations done per second (2 per multiplication of the 36
// matrix products), the transforms' time included.
#include "engine/kernels/winograd.h"

#include <benchmark/benchmark.h>

#include <vector>

#include "base/aligned_buffer.h"

namespace {

using namespace lama::engine;
using lama::AlignedBuffer;

/// Arguments: input channels, output channels.
void block(benchmark::State& state) {
  const auto in = static_cast<std::size_t>(state.range(0));
  const auto out = static_cast<std::size_t>(state.range(1));
  const std::vector<float> weights(9 * in * out, 0.01F);
  const PackedWeights taps(weights.data(), 9 * in, out);
  const WinogradWeights transform(taps);
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
                          .scratch = scratch.data()};
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
  const WinogradWeights transform(taps);
  AlignedBuffer transformed(transform.floats());
  for (auto _ : state) {
    for (std::size_t i = 0; i < transform.parts(); ++i) transform.transform(i, transformed.data());
  }
}

BENCHMARK(block)->ArgNames({"in", "out"})->Args({512, 128})->Args({128, 384})->Args({192, 48});
BENCHMARK(weights)->ArgNames({"in", "out"})->Args({512, 128})->Args({128, 384});

}  // namespace
