// Counts the memory that a test takes.
#pragma once

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace lama::internal::testing {

struct MemoryCounter {
  std::atomic<std::size_t> held{0}, most{0};  // most: of `held`; set it to start again

  /// `memory`, which malloc gave. Throws std::bad_alloc if it gave none.
  void* add(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    const std::size_t now = held += malloc_usable_size(memory);
    std::size_t before = most;
    while (now > before && !most.compare_exchange_weak(before, now)) {
    }
    return memory;
  }
  void free(void* memory) {
    held -= malloc_usable_size(memory);
    std::free(memory);
  }
};

inline void* aligned_memory(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
}

}  // namespace lama::internal::testing
