// The limits that a container gives its processes: Linux control groups, version 2 or 1.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace lama {

/// The group's files as a container sees them. Reads them at every call. Thread-safe.
class ControlGroup {
 public:
  /// `root` is another folder in tests.
  explicit ControlGroup(std::filesystem::path root = "/sys/fs/cgroup") : root_(std::move(root)) {}

  /// Bytes that are left of the memory limit; nothing without a limit. Files that the kernel caches
  /// count as used there, but give way.
  std::optional<std::size_t> memory_left() const;

  /// Processors that the CPU quota pays for, at least 1, rounded up; nothing without a quota.
  std::optional<int> processors() const;

 private:
  std::filesystem::path root_;
};

}  // namespace lama
