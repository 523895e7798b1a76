// `lama train --procs N`: the same program N times on this machine, without Python. Needs no
// LibTorch.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lama::internal::training {

/// Runs this program `processes` times with `arguments` (without argv[0]), each of which gets its
/// place in the environment (see place.h), and waits for them. SIGINT, SIGTERM and SIGHUP are
/// passed on; processes that have not ended `patience` after the first are killed. Returns the exit
/// code when all agree or were asked to stop. When one fails, the others are ended and Error names
/// it and its end; if this program dies, they get SIGTERM.
///
/// Call it from the only thread, with SIGINT, SIGTERM and SIGHUP not blocked.
int launch(int processes, const std::vector<std::string>& arguments,
           std::chrono::seconds patience = std::chrono::minutes(10));

}  // namespace lama::internal::training
