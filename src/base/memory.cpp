#include "base/memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "base/control_group.h"

namespace lama::internal {
namespace {

/// MemAvailable of /proc/meminfo in bytes; huge if it is missing.
std::size_t machine_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string word, rest; file >> word; std::getline(file, rest)) {
    std::size_t kilobytes = 0;
    if (word == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  }
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace

std::size_t available_memory() {
  const std::size_t machine = machine_memory();
  return std::min(machine, ControlGroup().memory_left().value_or(machine));
}

std::size_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace lama::internal
