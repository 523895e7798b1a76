// Masks per second of processor time for the shipped configs, on one thread.
// bench/peers/compare_masks.py compares them with the published code.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

#include "masks/mask_config.h"

namespace {

using namespace lama::internal;

void make_masks(benchmark::State& state, const std::filesystem::path& file) {
  const masks::MaskConfig config = masks::read_mask_config(file);
  masks::Random random(0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        config.generator->make({.width = config.size, .height = config.size}, random));
  }
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const auto& entry : std::filesystem::directory_iterator(LAMA_MASK_CONFIGS)) {
    benchmark::RegisterBenchmark(
        entry.path().stem().c_str(),
        [file = entry.path()](benchmark::State& state) { make_masks(state, file); });
  }
  benchmark::RunSpecifiedBenchmarks();
}
