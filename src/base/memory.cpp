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

}  // namespace

std::size_t available_memory() {
  std::size_t available = kUnknown;
  std::ifstream info("/proc/meminfo");
  for (std::string key, unit; info >> key;) {
    std::size_t kilobytes = 0;
    if (key == "MemAvailable:" && info >> kilobytes) {
      available = kilobytes * 1024;
      break;
    }
    std::getline(info, unit);
  }
  const std::size_t limit = number_in("/sys/fs/cgroup/memory.max");
  const std::size_t used = number_in("/sys/fs/cgroup/memory.current");
  if (limit != kUnknown && used != kUnknown) {
    available = std::min(available, limit - std::min(limit, used));
  }
  return available;
}

std::size_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace lama
