// The memory of a run, counted, against Network::peak_bytes.
#include "engine/fourier_unit.h"
#include "engine/kernels/gemm.h"
#include "engine/network.h"
#include "tests/engine/fixtures.h"
#include "tests/engine/plain_network.h"
#include "tests/memory_counter.h"

// Feature maps and scratch memory are the only things in this program that are aligned so.
static lama::internal::testing::MemoryCounter counted_aligned;

void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted_aligned.add(lama::internal::testing::aligned_memory(size, alignment));
}
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  counted_aligned.free(memory);
}

namespace lama::internal::engine {
namespace {

void expect_planned(const model::Architecture& generator, const weights::TensorFile& tensors,
                    std::size_t height, std::size_t width, int threads,
                    Precision precision = Precision::f32) {
  const Network network(generator, tensors, threads, precision);
  const std::size_t planned = network.peak_bytes(2, height, width);
  Tensor input(2, height, width, 4);
  std::fill_n(input.data(), input.size(), 0.5F);
  const std::size_t before = counted_aligned.held - input.size() * sizeof(float);
  counted_aligned.most = before;
  network.logits(std::move(input));
  const std::size_t taken = counted_aligned.most - before;
  // Each buffer has a spare cache line.
  EXPECT_LE(taken, planned + 64 * 1024) << height << " x " << width;
  // Not all of several threads find work in a small picture and take memory of their own.
  if (threads > 1) return;
  EXPECT_GE(static_cast<double>(taken), 0.9 * static_cast<double>(planned))
      << height << " x " << width;
}

TEST(Memory, IsWhatWasPlanned) {
  const auto model = weights::open_model(testing::data("networks/shallow.safetensors"));
  for (const auto& [height, width] :
       {std::pair<std::size_t, std::size_t>{64, 64}, {200, 136}, {400, 320}, {72, 88}}) {
    for (const int threads : {1, 3}) {
      expect_planned(model.network, *model.tensors, height, width, threads);
      if (!available(Precision::bf16)) continue;
      expect_planned(model.network, *model.tensors, height, width, threads, Precision::bf16);
    }
  }
  for (const double ratio : {0.0, 0.5}) {
    for (const bool bilinear : {false, true}) {
      model::GeneratorConfig config;
      config.ngf = 12;
      config.n_downsampling = 2;
      config.n_blocks = 2;
      config.resnet.ratio_gin = config.resnet.ratio_gout = ratio;
      config.bilinear_deconv = bilinear;
      const auto description = model::architecture(config);
      const testing::RandomTensors tensors(description);
      expect_planned(description, tensors, 320, 256, 1);
    }
  }
}

TEST(Memory, OfAFourierUnitCountsTheCoordinates) {
  constexpr std::size_t kSide = 256;
  model::FourierUnitOptions options;
  options.spectral_pos_encoding = true;
  // One channel: its spectrum is as large as the coordinates.
  const FourierUnit unit(std::vector<float>(8, 0.5F), std::vector<float>(2, 1.0F),
                         std::vector<float>(2), options);
  Tensor x(1, kSide, kSide, 1);
  std::fill_n(x.data(), x.size(), 0.5F);
  FftPlans plans;
  Workers workers(1);
  unit.add_to(x.view(), plans, workers);  // makes the plans and the scratch memory
  const std::size_t before = counted_aligned.held;
  counted_aligned.most = before;
  unit.add_to(x.view(), plans, workers);
  const std::size_t taken = counted_aligned.most - before;
  const std::size_t planned = unit.floats(1, kSide, kSide) * sizeof(float);
  EXPECT_LE(taken, planned + 16 * 1024);
  EXPECT_GE(taken, planned);
}

}  // namespace
}  // namespace lama::internal::engine
