#include "base/control_group.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

namespace lama::internal {
namespace {

namespace fs = std::filesystem;

/// The first number of a file such as memory.max; nothing if the file has "max" or -1.
std::optional<std::size_t> number_in(const fs::path& path) {
  long long value = 0;
  if (!(std::ifstream(path) >> value) || value < 0) return std::nullopt;
  return static_cast<std::size_t>(value);
}

/// The number after `key` in a file of "key value …" lines.
std::optional<std::size_t> entry_in(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string word, rest; file >> word; std::getline(file, rest)) {
    std::size_t value = 0;
    if (word == key && file >> value) return value;
  }
  return std::nullopt;
}

/// The rest of `limit` after `used` bytes, of which the kernel can free `cached`.
std::optional<std::size_t> left(std::optional<std::size_t> limit, std::optional<std::size_t> used,
                                std::optional<std::size_t> cached) {
  if (!limit || !used) return std::nullopt;
  const std::size_t needed = *used - std::min(cached.value_or(0), *used);
  return *limit - std::min(*limit, needed);
}

}  // namespace

std::optional<std::size_t> ControlGroup::memory_left() const {
  const auto version2 = left(number_in(root_ / "memory.max"), number_in(root_ / "memory.current"),
                             entry_in(root_ / "memory.stat", "inactive_file"));
  if (version2) return version2;
  // Version 1 without a limit writes one near 2^63, which exceeds any machine's memory.
  const fs::path memory = root_ / "memory";
  return left(number_in(memory / "memory.limit_in_bytes"),
              number_in(memory / "memory.usage_in_bytes"),
              entry_in(memory / "memory.stat", "total_inactive_file"));
}

std::optional<int> ControlGroup::processors() const {
  double quota = 0, period = 0;
  const bool version2 = static_cast<bool>(std::ifstream(root_ / "cpu.max") >> quota >> period);
  if (!version2) {
    const auto version1 = [&](const char* folder) {
      return static_cast<bool>(std::ifstream(root_ / folder / "cpu.cfs_quota_us") >> quota) &&
             static_cast<bool>(std::ifstream(root_ / folder / "cpu.cfs_period_us") >> period);
    };
    if (!version1("cpu") && !version1("cpu,cpuacct")) return std::nullopt;
  }
  // Version 1 without a quota writes -1.
  if (!(quota > 0) || !(period > 0)) return std::nullopt;
  constexpr double kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, kMost));
}

}  // namespace lama::internal
