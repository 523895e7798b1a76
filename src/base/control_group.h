// A container's or service's limits for its processes: Linux control groups, version 2 or 1.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lama::internal {

/// This process's group and the groups around it: the tightest limit counts. Reads the files at
/// every call. Thread-safe.
class ControlGroup {
 public:
  /// Tests give another `root` of the groups' files, and another list of this process's groups.
  explicit ControlGroup(std::filesystem::path root = "/sys/fs/cgroup",
                        std::filesystem::path own = "/proc/self/cgroup")
      : root_(std::move(root)), own_(std::move(own)) {}

  /// Bytes left of the memory limit; nothing without a limit. Files in the kernel's cache count as
  /// used there, but the kernel can free them.
  std::optional<std::size_t> memory_left() const;

  /// Number of processors in the CPU quota, rounded up, at least 1; nothing without a quota.
  std::optional<int> processors() const;

 private:
  std::vector<std::filesystem::path> folders(const std::string& controller) const;

  std::filesystem::path root_, own_;
};

}  // namespace lama::internal
