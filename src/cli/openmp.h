#pragma once

namespace lama::cli {

/// Starts this program anew with an environment in which the threads of OpenMP and OpenBLAS sleep
/// while they wait for work, unless it says already how they wait (OMP_WAIT_POLICY). LibTorch
/// shares its work out with them; as they come they spin, which on a busy machine was measured to
/// make a training seven times slower. They look at this once, when the program starts, so that
/// nothing must have been done before.
void start_anew_with_threads_that_sleep();

}  // namespace lama::cli
