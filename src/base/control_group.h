// A container's limits for its processes: Linux control groups, version 2 or 1.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace lama::internal {

/// The group's files inside the container. Reads them at every call. Thread-safe.
class ControlGroup {
 public:
  /// Tests give another `root`.
  explicit ControlGroup(std::filesystem::path root = "/sys/fs/cgroup") : root_(std::move(root)) {}

  /// Bytes left of the memory limit; nothing without a limit. Files in the kernel's cache count as
  /// used there, but the kernel can free them.
  std::optional<std::size_t> memory_left() const;

  /// Number of processors in the CPU quota, rounded up, at least 1; nothing without a quota.
  std::optional<int> processors() const;

 private:
  std::filesystem::path root_;
};

}  // namespace lama::internal
