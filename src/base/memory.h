#pragma once

#include <cstddef>

namespace lama::internal {

/// Bytes that this process may still use: the kernel's available memory, or the rest of the control
/// group's limit (containers). Huge if unknown.
std::size_t available_memory();

/// The peak resident set of this process in bytes.
std::size_t peak_memory();

}  // namespace lama::internal
