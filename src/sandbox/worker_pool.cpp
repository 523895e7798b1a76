#include "sandbox/worker_pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/c_strings.h"
#include "base/descriptor.h"
#include "base/environment.h"
#include "base/memory.h"

namespace lama::internal::sandbox {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// While one lives, the processes that this thread starts are born with SIGINT, SIGTERM and SIGHUP
/// blocked: a terminal sends these to all its processes, and a worker needs a moment until it
/// ignores them.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t before_ = {};
};

std::string reason(int error) { return std::generic_category().message(error); }

/// What a worker's message has under this name, or `otherwise`. A worker is not trusted: another
/// type is as good as its death.
template <typename T>
T value_of(const Message& message, const char* name, T otherwise) {
  try {
    return message.head.value(name, std::move(otherwise));
  } catch (const nlohmann::json::exception&) {
    throw WorkerDied(
        fmt::format("the process that did the work sent a message with a wrong \"{}\"", name),
        false);
  }
}

}  // namespace

class WorkerPool::Worker {
 public:
  explicit Worker(const std::vector<std::string>& command) {
    int pair[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
      throw WorkerDied("no worker starts: " + reason(errno), false);
    }
    socket_ = Descriptor(pair[0]);
    const Descriptor theirs(pair[1]);
    const int error = spawn(command, theirs.get());
    if (error != 0) {
      throw WorkerDied(fmt::format("no worker starts: {}: {}", command.at(0), reason(error)),
                       error == ENOMEM);
    }
  }
  ~Worker() { end(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  int socket() const { return socket_.get(); }
  /// Whether the process has ended.
  bool gone() {
    if (process_ < 0) return true;
    if (::waitpid(process_, &status_, WNOHANG) == 0) return false;
    process_ = -1;
    return true;
  }
  /// How the process ended, after its socket has closed.
  WorkerDied describe_end() {
    // Its socket may close a moment before waitpid() works.
    for (int tries = 0; tries < 100 && !gone(); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (process_ >= 0) return {"the process that did the work closed its socket", false};
    if (!WIFSIGNALED(status_)) {
      return {fmt::format("the process that did the work ended with code {}", WEXITSTATUS(status_)),
              false};
    }
    const int signal = WTERMSIG(status_);
    // The system's out-of-memory killer sends SIGKILL; GLib without memory ends with SIGTRAP.
    if (signal == SIGKILL || signal == SIGTRAP) {
      return {kOutOfMemory, true};
    }
    return {fmt::format("the process that did the work was ended by signal {} ({})", signal,
                        ::strsignal(signal)),  // NOLINT(concurrency-mt-unsafe)
            false};
  }

  bool started = false;  ///< whether it has reported that it is ready

 private:
  int spawn(const std::vector<std::string>& command, int socket) {
    std::vector<std::string> words = command;
    // Threads that a library starts with the program could not be confined. The token is secret.
    std::vector<std::string> variables =
        environment_with({"OPENBLAS_NUM_THREADS=1", "LAMA_TOKEN="});
    const std::vector<char*> arguments = c_strings(words), environment = c_strings(variables);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, socket, 0);
    ::posix_spawn_file_actions_adddup2(&actions, 2, 1);
    // It must not inherit connections and stored pictures.
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    const int error = ::posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(),
                                    environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  void end() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, &status_, 0);
  }

  Descriptor socket_;
  int status_ = 0;
  pid_t process_ = -1;
};

WorkerPool::WorkerPool(std::vector<std::string> command, std::chrono::seconds silence,
                       std::uint64_t most)
    : command_(std::move(command)), silence_(silence), most_(most) {}

WorkerPool::~WorkerPool() = default;

std::unique_ptr<WorkerPool::Worker> WorkerPool::take() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto worker = std::move(idle_.back());
      idle_.pop_back();
      if (!worker->gone()) return worker;
    }
  }
  const HeldSignals held;
  return std::make_unique<Worker>(command_);
}

Message WorkerPool::run(const Task& task) {
  if (stop_) throw Cancelled();
  auto worker = take();
  auto heard = SteadyClock::now();
  std::optional<SteadyClock::time_point> asked;  // time of the request to stop
  bool sent = false;
  const Wait wait = [&] {
    const auto now = SteadyClock::now();
    const bool wanted = !stop_ && (!task.wanted || task.wanted());
    if (stop_ || (!wanted && (!sent || task.grace.count() == 0))) throw Cancelled();
    if (!wanted && !asked) {
      asked = now;
      try {
        send(worker->socket(), {{{"task", "cancel"}}, {}}, {}, wait);
      } catch (const Error&) {
        throw Cancelled();  // the worker has died, and its result is not wanted
      }
    }
    if (asked && now - *asked > task.grace) throw Cancelled();
    if (now - heard > silence_) {
      throw TookTooLong(fmt::format("the work was ended after {} s", silence_.count()));
    }
  };
  const auto next = [&] {
    auto message = receive(worker->socket(), wait, most_);
    if (!message && asked) throw Cancelled();
    if (!message) throw worker->describe_end();
    heard = SteadyClock::now();
    return std::move(*message);
  };
  if (!worker->started) {
    const Message hello = next();
    worker->started = true;
    auto lost = value_of(hello, "ready", std::vector<std::string>());
    const std::lock_guard lock(mutex_);
    lost_ = std::move(lost);
  }
  try {
    send(worker->socket(), task.message, task.parts, wait);
  } catch (const Cancelled&) {
    throw;
  } catch (const TookTooLong&) {
    throw;
  } catch (const Error&) {
    throw worker->describe_end();
  }
  sent = true;
  for (;;) {
    Message message = next();
    if (message.head.contains("news")) {
      if (task.news) task.news(message);
      continue;
    }
    const bool last = value_of(message, "last", false);
    const std::lock_guard lock(mutex_);
    if (!stop_ && !last) idle_.push_back(std::move(worker));
    return message;
  }
}

void WorkerPool::stop() {
  stop_ = true;
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

std::vector<std::string> WorkerPool::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

}  // namespace lama::internal::sandbox
