#pragma once

#include <cstddef>

namespace lama {

/// Bytes this process may still take before the system is in trouble: what the kernel calls
/// available, or what is left of the control group's limit (containers). Huge if unknown.
std::size_t available_memory();

/// The most memory this process has held so far, in bytes (peak resident set).
std::size_t peak_memory();

}  // namespace lama
