#pragma once

#include <cstddef>

#include "base/error.h"

namespace lama::internal {

/// The memory does not suffice.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};
/// The text of all messages about missing memory.
inline constexpr const char* kOutOfMemory = "the memory does not suffice";

/// Bytes that this process may still use: the least of the kernel's available memory, the rest of
/// the control group's limit (containers) and the rest of this process's own limits (ulimit). Huge
/// if unknown.
std::size_t available_memory();

/// From now on this process can allocate only `bytes` more, with all its threads and libraries;
/// further allocations fail. Memory that is mapped from files without change does not count. Later
/// threads get stacks of 2 MB, which count.
void limit_memory(std::size_t bytes);

/// The peak resident set of this process in bytes.
std::size_t peak_memory();

}  // namespace lama::internal
