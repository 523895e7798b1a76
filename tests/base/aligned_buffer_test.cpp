#include "base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <set>
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

TEST(AlignedBuffer, TakesTheMemoryOfTheHostAndGivesItBack) {
  std::set<void*> held;
  const auto host = std::make_shared<const HostFunctions>(
      HostFunctions{nullptr,
                    [&](std::size_t bytes) {
                      // As badly aligned as can be.
                      void* block = static_cast<char*>(std::malloc(bytes + 1)) + 1;
                      held.insert(block);
                      return block;
                    },
                    [&](void* block) {
                      EXPECT_EQ(held.erase(block), 1U);
                      std::free(static_cast<char*>(block) - 1);
                    }});
  AlignedBuffer outside(3);
  {
    AlignedBuffer kept;
    {
      const HostScope scope(host);
      kept = AlignedBuffer(1000);
      outside = AlignedBuffer(17);
      EXPECT_EQ(held.size(), 2U);
      AlignedBuffer large(kLarge);
      EXPECT_EQ(held.size(), 3U);
      for (AlignedBuffer* buffer : {&kept, &outside, &large}) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % 64, 0U);
        for (std::size_t i = 0; i < 16; ++i) buffer->data()[buffer->size() + i] = 1;
      }
    }
    EXPECT_EQ(held.size(), 2U);
    const AlignedBuffer of_the_system(5);
    EXPECT_EQ(held.size(), 2U);
  }
  EXPECT_EQ(held.size(), 1U);
  outside = {};
  EXPECT_TRUE(held.empty());
}

TEST(AlignedBuffer, ThrowsIfTheHostHasNoMemory) {
  const HostScope scope(std::make_shared<const HostFunctions>(HostFunctions{
      nullptr, [](std::size_t) -> void* { return nullptr; }, [](void*) { ADD_FAILURE(); }}));
  EXPECT_THROW(AlignedBuffer(10), std::bad_alloc);
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
