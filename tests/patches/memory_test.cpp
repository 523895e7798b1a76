// Compares the counted memory of a completion with its prediction.
#ifndef LAMA_SANITIZED  // the sanitizers count themselves

#include <algorithm>
#include <vector>

#include "patches/complete.h"
#include "patches/field.h"
#include "tests/counted_new.h"
#include "tests/patches/noise.h"
#include "tests/testing.h"

namespace lama::internal::patches {
namespace {

using testing::all_memory;
using testing::noise;

template <typename Work>
std::size_t taken(const Work& work) {
  const std::size_t before = all_memory.held;
  all_memory.most = before;
  work();
  return all_memory.most - before;
}

TEST(Memory, OfACompletionIsAtMostThePrediction) {
  constexpr std::size_t kHeight = 560, kWidth = 700;
  const std::vector<float> samples = noise(kHeight * kWidth * 3);
  // A small hole, a large one, and one that leaves only a frame: noise makes many seams.
  for (const std::size_t margin : {240U, 130U, 60U}) {
    std::vector<std::uint8_t> missing(kHeight * kWidth);
    for (std::size_t y = margin; y < kHeight - margin; ++y) {
      std::fill_n(&missing[y * kWidth + margin], kWidth - 2 * margin, std::uint8_t{1});
    }
    ThreadPool pool(2);
    const std::size_t bytes = taken([&] {
      complete({samples.data(), kHeight, kWidth, 3}, missing.data(), {}, pool);
    });
    EXPECT_LE(bytes, complete_bytes(kHeight * kWidth)) << margin;
    EXPECT_GE(bytes, complete_bytes(kHeight * kWidth) / 4) << margin;
  }
}

TEST(Memory, OfAFieldIsAtMostThePrediction) {
  constexpr std::size_t kHeight = 300, kWidth = 400;
  for (const std::size_t channels : {1U, 3U}) {
    const std::vector<float> samples = noise(kHeight * kWidth * channels);
    const std::vector<std::uint8_t> missing(kHeight * kWidth);
    const std::vector<std::uint8_t> all(kHeight * kWidth, 1);
    const std::vector<std::uint8_t> sources = patch_middles(missing.data(), kHeight, kWidth, 3);
    ThreadPool pool(2);
    const std::size_t bytes = taken([&] {
      nearest_neighbours({samples.data(), kHeight, kWidth, channels}, all.data(), sources.data(),
                         {.radius = 3, .iterations = 1}, pool);
    });
    // Small pieces: lists and spare cache lines.
    EXPECT_LE(bytes, field_bytes(kHeight, kWidth, channels) + 64 * 1024);
    EXPECT_GE(bytes, field_bytes(kHeight, kWidth, channels) / 2);
  }
}

}  // namespace
}  // namespace lama::internal::patches

#endif  // LAMA_SANITIZED
