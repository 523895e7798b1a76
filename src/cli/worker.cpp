#include "cli/worker.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <csignal>
#include <exception>
#include <fstream>
#include <memory>
#include <new>
#include <system_error>

#include "base/environment.h"
#include "base/memory.h"
#include "codecs/load_codecs.h"
#include "registry/cache.h"
#include "sandbox/confine.h"
#include "server/worker.h"

namespace lama::internal::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kSocket = 0;  // stdin

struct WorkerOptions {
  ComputeOptions compute;
  std::string name;
  std::size_t memory_limit = 0;
};

bool is_socket(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

bool ended_memory(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
  return false;
}

/// Only the parent ends this process: ctrl-C reaches all processes of a terminal.
void belong_to_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  // If memory ends, this process ends and not the server, which takes these signals for that
  // (sandbox/worker_pool.cpp).
  std::signal(SIGTRAP, SIG_DFL);
  std::set_terminate([] {
    const bool memory = ended_memory(std::current_exception());
    std::raise(memory ? SIGKILL : SIGABRT);
  });
  std::ofstream("/proc/self/oom_score_adj") << 1000;
}

void run(const WorkerOptions& options) {
  if (!is_socket(kSocket)) throw Error("lama worker is started by lama serve");
  belong_to_parent();
  codecs::load_codecs();
  if (options.memory_limit > 0) limit_memory(options.memory_limit);
  const bool on_cpu = options.compute.device == "auto" || options.compute.device == "cpu";
  std::vector<std::string> lost;
  if (on_cpu) {
    lost = sandbox::confine({.read = paths_of_models(options.compute.model), .write = {}});
  } else {
    lost.push_back(
        fmt::format("with --device {} the processes that read pictures and models are not "
                    "confined, because LibTorch and drivers open any files",
                    options.compute.device));
  }
  try {
    server::run_worker(
        kSocket,
        [&options](const std::string& wanted, engine::Precision precision) {
          ComputeOptions asked = options.compute;
          if (wanted != options.name) asked.model = wanted;
          asked.precision = precision;
          return open_model(asked).network;
        },
        lost);
  } catch (const std::bad_alloc&) {
    std::raise(SIGKILL);
  }
}

}  // namespace

std::vector<std::string> worker_command(const ComputeOptions& options, const std::string& name,
                                        std::size_t memory_limit) {
  std::vector<std::string> command = {
      "/proc/self/exe", "worker",      "--name", name, "--threads", std::to_string(options.threads),
      "--device",       options.device};
  if (memory_limit > 0) {
    command.insert(command.end(), {"--memory-limit", std::to_string(memory_limit)});
  }
  if (!options.model.empty()) command.insert(command.end(), {"--model", options.model});
  return command;
}

std::vector<fs::path> paths_of_models(const std::string& model) {
  std::vector<fs::path> paths;
  for (const registry::PublishedModel& known : registry::published_models()) {
    if (const auto found = registry::find(known)) paths.push_back(found->file);
  }
  for (const std::string& name : {model, environment("LAMA_MODEL")}) {
    if (name.empty()) continue;
    std::error_code ignored;
    // Each file by itself, because it may be a link to another place, and because the folder around
    // it is not the model's.
    const fs::path path = fs::absolute(name, ignored);
    if (fs::is_directory(path, ignored)) {
      paths.insert(paths.end(), {path / "config.yaml", path / "models"});
      for (fs::directory_iterator file(path / "models", ignored), end; file != end;
           file.increment(ignored)) {
        paths.push_back(file->path());
      }
    } else if (fs::exists(path, ignored)) {
      // A file's companions are beside it or one folder up (weights/model_file.h).
      const fs::path folder = path.parent_path();
      paths.insert(paths.end(), {path, folder / "config.yaml",
                                 (folder / ".." / "config.yaml").lexically_normal()});
    }
  }
  return paths;
}

void add_worker(CLI::App& app) {
  auto options = std::make_shared<WorkerOptions>();
  CLI::App* command = app.add_subcommand("worker", "a process of lama serve")->group("");
  command->add_option("--name", options->name);
  command->add_option("--memory-limit", options->memory_limit);
  add_compute_options(*command, options->compute);
  command->callback([options] { run(*options); });
}

}  // namespace lama::internal::cli
