// The options of commands that run a network: model, device, threads, precision, memory.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

#include "base/thread_pool.h"
#include "engine/precision.h"
#include "inpaint/backend.h"

namespace lama::internal::cli {

struct ComputeOptions {
  std::string model, device = "auto";
  int threads = ThreadPool::available_processors();
  engine::Precision precision = engine::Precision::f32;
};

/// --model, --threads, --precision and --device.
void add_compute_options(CLI::App& command, ComputeOptions& options);

/// Each option alone. `more` follows the help of --threads.
void add_model(CLI::App& command, std::string& model);
void add_threads(CLI::App& command, int& threads, const std::string& more = {});
void add_memory_limit(CLI::App& command, std::size_t& bytes, const std::string& help);

/// "1 thread", "2 threads".
std::string in_words(int threads);

/// A named model, ready to run.
struct OpenedModel {
  std::string name;
  Backend network;
};
/// Throws Error if the model cannot be opened or its device is unavailable.
OpenedModel open_model(const ComputeOptions& options);

}  // namespace lama::internal::cli
