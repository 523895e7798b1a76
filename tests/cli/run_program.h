// Runs the built program and keeps its output.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::testing {

struct Finished {
  int code = 0;  ///< the exit code, or minus the number of the signal that ended it
  std::string out, err;

  /// The only line on stderr, without its end; the test fails if there are more or fewer.
  std::string only_line() const {
    const auto lines = std::count(err.begin(), err.end(), '\n');
    EXPECT_TRUE(lines == 1 && err.back() == '\n') << "not one line: " << err;
    return err.substr(0, err.find('\n'));
  }
};

struct RunOptions {
  /// NAME=VALUE, beside the variables of this process.
  std::vector<std::string> environment = {};
  /// Files for the streams, instead of Finished.
  std::string out = {}, err = {};
  /// The file for stdin.
  std::string in = "/dev/null";
};

/// A started program. Destroying it unfinished kills it.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments, const RunOptions& options = {}) {
    arguments.insert(arguments.begin(), LAMA_PROGRAM);
    // Files accept any amount of output without a reader, unlike pipes.
    const std::string out = options.out.empty() ? (folder_ / "out").string() : options.out;
    const std::string err = options.err.empty() ? (folder_ / "err").string() : options.err;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, options.in.c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
    ::posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
    std::vector<std::string> environment = options.environment;
    // Tests must not depend on the user's chosen or installed models.
    environment.push_back("XDG_CACHE_HOME=" + (folder_ / "cache").string());
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string text = *variable;
      const auto is = [&text](const char* start) { return text.starts_with(start); };
      if (is("LAMA_") || is("HF_") || is("TORCH_HOME=") || is("XDG_CACHE_HOME=")) continue;
      environment.push_back(text);
    }
    const int error = ::posix_spawn(&process_, LAMA_PROGRAM, &actions, nullptr,
                                    pointers(arguments).data(), pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error(std::strerror(error));
  }
  ~Program() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const { ::kill(process_, signal); }

  bool runs() const {
    siginfo_t ended = {};
    return ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0;
  }

  /// The values that its threads have for a field of /proc/PID/status.
  std::vector<std::string> of_threads(const std::string& field) const {
    std::vector<std::string> values;
    std::error_code ended;
    const fs::path threads = fs::path("/proc") / std::to_string(process_) / "task";
    for (fs::directory_iterator thread(threads, ended), end; thread != end;
         thread.increment(ended)) {
      std::ifstream status(thread->path() / "status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with(field + ":\t")) values.push_back(line.substr(field.size() + 2));
      }
    }
    return values;
  }

  /// Its running child processes.
  std::vector<pid_t> children() const {
    const std::string id = std::to_string(process_);
    std::ifstream list("/proc/" + id + "/task/" + id + "/children");
    return {std::istream_iterator<pid_t>(list), {}};
  }

  /// Waits until the program handles `signal` itself, which takes a busy machine a while.
  void wait_until_it_catches(int signal) const { wait_until(signal, true); }
  /// Waits until it leaves `signal`, which it caught, to the system.
  void wait_until_it_leaves(int signal) const { wait_until(signal, false); }

  Finished wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text("out"), text("err")};
  }

 private:
  void wait_until(int signal, bool catches) const {
    for (int tries = 0; tries < 1000; ++tries) {
      std::ifstream status("/proc/" + std::to_string(process_) + "/status");
      for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("SigCgt:")) continue;
        const auto caught = std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1U;
        if ((caught != 0) == catches) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "the program " << (catches ? "does not catch" : "still catches") << " signal "
                  << signal;
  }
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }
  std::string text(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  pid_t process_ = -1;
};

inline Finished run_program(const std::vector<std::string>& arguments,
                            const RunOptions& options = {}) {
  return Program(arguments, options).wait();
}

}  // namespace lama::internal::testing
