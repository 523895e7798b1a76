#include "base/memory.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

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

/// The address space that this process uses, and its private writable part with the first thread's
/// stack, in bytes; 0 if unknown.
struct Used {
  std::size_t all = 0, data = 0;
};
Used used_memory() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0, shared = 0, text = 0, libraries = 0, data = 0;
  if (!(file >> all >> resident >> shared >> text >> libraries >> data)) return {};
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return {all * page, data * page};
}

/// Seven eighths of what a limit leaves: plans do not count small allocations and threads' stacks.
std::size_t left_of(int resource, std::size_t used) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<std::size_t>::max();
  }
  const std::size_t left = limit.rlim_cur - std::min<std::size_t>(used, limit.rlim_cur);
  return left - left / 8;
}

}  // namespace

std::size_t available_memory() {
  const std::size_t machine = machine_memory();
  const Used used = used_memory();
  return std::min({machine, ControlGroup().memory_left().value_or(machine),
                   left_of(RLIMIT_AS, used.all), left_of(RLIMIT_DATA, used.data)});
}

void limit_memory(std::size_t bytes) {
  constexpr std::size_t kStack = 2 << 20;
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) == 0) {
    ::pthread_attr_setstacksize(&attributes, kStack);
    ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_DATA, &limit);
  const rlim_t wanted = used_memory().data + bytes;
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  ::setrlimit(RLIMIT_DATA, &limit);
}

std::size_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace lama::internal
