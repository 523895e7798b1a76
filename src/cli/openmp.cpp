#include "cli/openmp.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lama::internal::cli {

void restart_with_sleeping_threads() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no other threads yet
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  ::setenv("OMP_WAIT_POLICY", "passive", 0);    // NOLINT(concurrency-mt-unsafe)
  ::setenv("OPENBLAS_THREAD_TIMEOUT", "4", 0);  // NOLINT(concurrency-mt-unsafe)
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string line{std::istreambuf_iterator<char>(file), {}};
  std::vector<char*> arguments;
  for (std::size_t i = 0; i < line.size(); i = line.find('\0', i) + 1) {
    arguments.push_back(line.data() + i);
  }
  arguments.push_back(nullptr);
  ::execv("/proc/self/exe", arguments.data());
  // exec failed: the threads spin.
}

}  // namespace lama::internal::cli
