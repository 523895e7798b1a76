#pragma once

namespace lama::internal::cli {

/// Restarts this program with an environment in which waiting threads of OpenMP and OpenBLAS
/// sleep, unless the environment already sets OMP_WAIT_POLICY. LibTorch runs on these
/// threads. By default they spin, which made a training on a busy machine seven times slower.
/// Both libraries read the environment when the program starts, so call this before anything
/// else.
void restart_with_sleeping_threads();

}  // namespace lama::internal::cli
