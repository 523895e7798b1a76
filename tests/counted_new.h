// Counts all that a program's operator new gives. One file of a program includes this.
#pragma once

#include "tests/memory_counter.h"

namespace lama::internal::testing {

inline MemoryCounter all_memory;
inline std::atomic<std::size_t> aligned_calls{0};  // only the engine's buffers are aligned so

}  // namespace lama::internal::testing

void* operator new(std::size_t size) {
  return lama::internal::testing::all_memory.add(std::malloc(size));
}
// The standard library's own would call that one, the address sanitizer's would not.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  void* memory = std::malloc(size);
  return memory == nullptr ? nullptr : lama::internal::testing::all_memory.add(memory);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++lama::internal::testing::aligned_calls;
  return lama::internal::testing::all_memory.add(
      lama::internal::testing::aligned_memory(size, alignment));
}
void operator delete(void* memory) noexcept { lama::internal::testing::all_memory.free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  lama::internal::testing::all_memory.free(memory);
}
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  lama::internal::testing::all_memory.free(memory);
}
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  lama::internal::testing::all_memory.free(memory);
}
