// The process in which `lama serve` reads pictures and models: `lama worker`, which no help lists.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/compute_options.h"

namespace lama::internal::cli {

/// The command that starts a worker. `name` is its tasks' name for the model of `options`.
/// `memory_limit`: bytes that it may allocate (base/memory.h); 0: all.
std::vector<std::string> worker_command(const ComputeOptions& options, const std::string& name,
                                        std::size_t memory_limit);

void add_worker(CLI::App& app);

/// The paths that a process must read to open this model.
std::vector<std::filesystem::path> paths_of_models(const std::string& model);

}  // namespace lama::internal::cli
