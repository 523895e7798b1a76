#include "cli/openmp.h"

#include <cstdlib>

#include "cli/restart.h"

namespace lama::internal::cli {

void restart_with_sleeping_threads() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no other threads yet
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  ::setenv("OMP_WAIT_POLICY", "passive", 0);    // NOLINT(concurrency-mt-unsafe)
  ::setenv("OPENBLAS_THREAD_TIMEOUT", "4", 0);  // NOLINT(concurrency-mt-unsafe)
  restart();
  // It failed: the threads spin.
}

}  // namespace lama::internal::cli
