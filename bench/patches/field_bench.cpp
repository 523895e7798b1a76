// A nearest-neighbour field from a hole of 300 x 300 pixels into the rest of a megapixel, on
// two threads: 7 x 7 patches as in completion, 13 x 13 as in detail; and the time of one
// comparison.
#include "patches/field.h"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "patches/kernels/closest_patch.h"

namespace {

constexpr std::size_t kSide = 1024, kChannels = 3;

std::vector<float> noise() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> samples(kSide * kSide * kChannels + 16);
  for (float& sample : samples) sample = uniform(random);
  return samples;
}

void field(benchmark::State& state) {
  const std::vector<float> samples = noise();
  std::vector<std::uint8_t> missing(kSide * kSide);
  for (std::size_t y = 350; y < 650; ++y) {
    for (std::size_t x = 350; x < 650; ++x) missing[y * kSide + x] = 1;
  }
  const auto radius = static_cast<int>(state.range(0));
  const std::vector<std::uint8_t> sources =
      lama::internal::patches::patch_middles(missing.data(), kSide, kSide, radius);
  lama::internal::ThreadPool pool(2);
  constexpr int kIterations = 5;
  for (auto _ : state) {
    benchmark::DoNotOptimize(lama::internal::patches::nearest_neighbours(
        {samples.data(), kSide, kSide, kChannels}, missing.data(), sources.data(),
        {.radius = radius, .iterations = kIterations}, pool));
  }
  state.counters["targets/s"] =
      benchmark::Counter(300.0 * 300 * kIterations, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(field)->ArgName("radius")->Arg(3)->Arg(6)->UseRealTime()->Unit(benchmark::kMillisecond);

void compare(benchmark::State& state) {
  const std::vector<float> samples = noise();
  const auto side = 2 * static_cast<std::size_t>(state.range(0)) + 1;
  constexpr std::size_t kCandidates = 16;
  const float* candidates[kCandidates];
  for (std::size_t i = 0; i < kCandidates; ++i) {
    candidates[i] = samples.data() + (i + 1) * 20 * kSide * kChannels + i * 90;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        lama::internal::patches::closest_patch(samples.data(), candidates, kCandidates,
                                               {side, side * kChannels, kSide * kChannels}, 1e30F));
  }
  state.counters["patches/s"] =
      benchmark::Counter(kCandidates, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(compare)->ArgName("radius")->Arg(3)->Arg(6);

}  // namespace
