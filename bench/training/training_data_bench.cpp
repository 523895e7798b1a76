// Samples (pictures with masks, ready for the network) per second: how fast a training can be fed.
// The folder of photographs is an argument; examples/ is taken without one.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "base/thread_pool.h"
#include "codecs/picture.h"
#include "masks/mask_config.h"
#include "training/config/transform_variant.h"
#include "training/data/training_data.h"

namespace {

using namespace lama::internal;
using namespace lama::internal::training;

std::shared_ptr<const masks::MaskGenerator> published_masks() {
  return masks::read_mask_config(LAMA_MASK_CONFIGS "/abl-04-256-mh-dist.yaml").generator;
}

/// Everything, by so many threads, in batches of 10 crops of 256 x 256.
void make_batches(benchmark::State& state, const std::string& folder, TransformVariant variant) {
  constexpr int kBatch = 10;
  TrainingData data({.indir = {folder},
                     .transform_variant = variant,
                     .masks = published_masks(),
                     .batch_size = kBatch,
                     .threads = static_cast<int>(state.range(0))},
                    0, 1);
  for (int i = 0; i < 2; ++i) data.next();  // what was made before it was asked for
  for (auto _ : state) benchmark::DoNotOptimize(data.next());
  state.SetItemsProcessed(kBatch * state.iterations());
}

/// Decoding alone, by one thread.
void read_pictures(benchmark::State& state, const std::string& folder) {
  const auto pictures = open_pictures(PictureSource::folder, {folder});
  std::size_t i = 0, pixels = 0;
  for (auto _ : state) pixels += pictures->read(i++ % pictures->size()).pixels();
  state.SetItemsProcessed(state.iterations());
  state.counters["pixels"] =
      benchmark::Counter(static_cast<double>(pixels), benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const std::string folder = argc > 1 ? argv[1] : LAMA_EXAMPLES;
  benchmark::RegisterBenchmark("read",
                               [&](benchmark::State& state) { read_pictures(state, folder); })
      ->MeasureProcessCPUTime()
      ->Unit(benchmark::kMillisecond);
  for (const auto& named : kTransformVariants) {
    benchmark::RegisterBenchmark(std::string(named.first).c_str(),
                                 [&folder, variant = named.second](benchmark::State& state) {
                                   make_batches(state, folder, variant);
                                 })
        ->Arg(1)
        ->Arg(ThreadPool::available_processors())
        ->MeasureProcessCPUTime()
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}
