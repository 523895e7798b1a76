#include "base/control_group.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <system_error>

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
  if (!limit) return std::nullopt;
  const std::size_t all = used.value_or(0);
  const std::size_t needed = all - std::min(cached.value_or(0), all);
  return *limit - std::min(*limit, needed);
}

/// quota / period, in processors.
std::optional<double> share(double quota, double period) {
  // Version 1 without a quota writes -1.
  if (!(quota > 0) || !(period > 0)) return std::nullopt;
  return quota / period;
}

/// The smaller one of those that exist.
template <typename T>
void lower(std::optional<T>& least, std::optional<T> other) {
  if (other && !(least && *least < *other)) least = other;
}

/// Whether `list`, such as "cpu,cpuacct", names the controller.
bool names(const std::string& list, const std::string& controller) {
  return (',' + list + ',').find(',' + controller + ',') != std::string::npos;
}

/// The group in a list of "ID:CONTROLLERS:PATH" lines; version 2 has no controllers there. "/", the
/// group that a container sees as its root, if the list has none.
fs::path group_in(const fs::path& list, const std::string& controller) {
  std::ifstream file(list);
  for (std::string id, controllers, path;
       std::getline(std::getline(std::getline(file, id, ':'), controllers, ':'), path);) {
    if (controller.empty() ? controllers.empty() : names(controllers, controller)) return path;
  }
  return "/";
}

/// `group` below `mount`, and all groups around it. Outside of its own name space a group has a
/// path that does not exist here, but its files are then the mount's.
void add_groups(std::vector<fs::path>& folders, const fs::path& mount, const fs::path& group) {
  fs::path inner = group.lexically_normal().relative_path();
  for (; !inner.empty(); inner = inner.parent_path()) folders.push_back(mount / inner);
  folders.push_back(mount);
}

}  // namespace

/// The folders with the files of version 2, and of version 1's `controller`. Few of them exist.
std::vector<fs::path> ControlGroup::folders(const std::string& controller) const {
  std::vector<fs::path> result;
  add_groups(result, root_, group_in(own_, ""));
  std::error_code error;
  fs::directory_iterator mounts(root_, error);
  for (; !error && mounts != fs::directory_iterator(); mounts.increment(error)) {
    if (!names(mounts->path().filename(), controller)) continue;
    add_groups(result, mounts->path(), group_in(own_, controller));
  }
  return result;
}

std::optional<std::size_t> ControlGroup::memory_left() const {
  std::optional<std::size_t> least;
  for (const fs::path& folder : folders("memory")) {
    const auto current = number_in(folder / "memory.current");
    const auto inactive = entry_in(folder / "memory.stat", "inactive_file");
    // Beyond "high" the kernel slows a group down until it seems to hang.
    for (const char* limit : {"memory.max", "memory.high"}) {
      lower(least, left(number_in(folder / limit), current, inactive));
    }
    // Version 1 without a limit writes one near 2^63, which exceeds any machine's memory.
    const auto used = number_in(folder / "memory.usage_in_bytes");
    const auto cached = entry_in(folder / "memory.stat", "total_inactive_file");
    lower(least, left(number_in(folder / "memory.limit_in_bytes"), used, cached));
    // The limit of the groups around it, which a container may not see.
    lower(least, left(entry_in(folder / "memory.stat", "hierarchical_memory_limit"), used, cached));
  }
  return least;
}

std::optional<int> ControlGroup::processors() const {
  std::optional<double> least;
  for (const fs::path& folder : folders("cpu")) {
    double quota = 0, period = 0;
    if (std::ifstream(folder / "cpu.max") >> quota >> period) lower(least, share(quota, period));
    if (std::ifstream(folder / "cpu.cfs_quota_us") >> quota &&
        std::ifstream(folder / "cpu.cfs_period_us") >> period) {
      lower(least, share(quota, period));
    }
  }
  if (!least) return std::nullopt;
  constexpr double kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(std::ceil(*least), 1.0, kMost));
}

}  // namespace lama::internal
