#include "base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace lama {
namespace {

TEST(AlignedBuffer, IsAlignedAndHasASpareCacheLine) {
  for (const std::size_t floats : {0U, 1U, 15U, 16U, 17U, 1000U}) {
    AlignedBuffer buffer(floats);
    EXPECT_EQ(buffer.size(), floats);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U) << floats;
    // The address sanitizer objects if the spare line is not there.
    for (std::size_t i = 0; i < floats + 16; ++i) buffer.data()[i] = 1;
  }
}

TEST(AlignedBuffer, MovesItsMemory) {
  AlignedBuffer buffer(3);
  const float* data = buffer.data();
  const AlignedBuffer moved = std::move(buffer);
  EXPECT_EQ(moved.data(), data);
  EXPECT_EQ(moved.size(), 3U);
  EXPECT_EQ(AlignedBuffer().data(), nullptr);
  EXPECT_EQ(AlignedBuffer().size(), 0U);
}

}  // namespace
}  // namespace lama
