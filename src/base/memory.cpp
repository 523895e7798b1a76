#include "base/memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace lama {
namespace {

constexpr std::size_t kUnknown = std::numeric_limits<std::size_t>::max();

/// The number in a one-line file such as /sys/fs/cgroup/memory.max; unknown if it says "max".
std::size_t number_in(const char* path) {
  std::size_t value = 0;
  return std::ifstream(path) >> value ? value : kUnknown;
}

/// The number after `key` in a file of "key value …" lines; unknown if there is none.
std::size_t entry_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string word, rest; file >> word; std::getline(file, rest)) {
    std::size_t value = 0;
    if (word == key && file >> value) return value;
  }
  return kUnknown;
}

}  // namespace

std::size_t available_memory() {
  const std::size_t kilobytes = entry_in("/proc/meminfo", "MemAvailable:");
  std::size_t available = kilobytes == kUnknown ? kUnknown : kilobytes * 1024;
  const std::size_t limit = number_in("/sys/fs/cgroup/memory.max");
  const std::size_t used = number_in("/sys/fs/cgroup/memory.current");
  if (limit != kUnknown && used != kUnknown) {
    // Files kept in memory count as used, but give way.
    const std::size_t cached = entry_in("/sys/fs/cgroup/memory.stat", "inactive_file");
    const std::size_t needed = used - (cached == kUnknown ? 0 : std::min(cached, used));
    available = std::min(available, limit - std::min(limit, needed));
  }
  return available;
}

std::size_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace lama
