#include "base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace lama::internal {
namespace {

constexpr std::size_t kLarge = (40 << 20) / sizeof(float) + 5;

/// The kernel's flags for the pages at an address (proc(5), VmFlags of smaps).
std::string flags_of(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream file("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> begin >> dash >> end && dash == '-') {
      inside = begin <= at && at < end;
    }
    if (inside && line.rfind("VmFlags:", 0) == 0) return line + " ";
  }
  return "";
}

TEST(AlignedBuffer, IsAlignedAndHasASpareCacheLine) {
  for (const std::size_t floats : {0U, 1U, 15U, 16U, 17U, 1000U}) {
    AlignedBuffer buffer(floats);
    EXPECT_EQ(buffer.size(), floats);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U) << floats;
    // The address sanitizer fails without the spare line.
    for (std::size_t i = 0; i < floats + 16; ++i) buffer.data()[i] = 1;
  }
}

TEST(AlignedBuffer, HasASpareCacheLineIfItIsLarge) {
  AlignedBuffer buffer(kLarge);
  EXPECT_EQ(buffer.size(), kLarge);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
  for (std::size_t i = 0; i < 16; ++i) buffer.data()[kLarge + i] = 1;
}

TEST(AlignedBuffer, AsksForHugePagesIfItIsLarge) {
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) {
    GTEST_SKIP() << "this kernel has no huge pages to ask for";
  }
  const AlignedBuffer large(kLarge), small(1000);
  EXPECT_NE(flags_of(large.data()).find(" hg "), std::string::npos) << flags_of(large.data());
  EXPECT_NE(flags_of(small.data()), "");
  EXPECT_EQ(flags_of(small.data()).find(" hg "), std::string::npos) << flags_of(small.data());
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
}  // namespace lama::internal
