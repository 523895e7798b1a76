// Tests that play their part in several processes: the test program itself, which runs one of its
// disabled tests.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::testing {

/// The arguments that make the test program play `part`, "Suite.DISABLED_Name".
inline std::vector<std::string> arguments_of(const std::string& part) {
  return {"--gtest_filter=" + part, "--gtest_also_run_disabled_tests", "--gtest_brief=1"};
}

/// Such a process; it is killed if it has not ended by the end of the test.
class Part {
 public:
  Part(const std::string& part, const std::map<std::string, std::string>& environment) {
    std::vector<std::string> argv = arguments_of(part);
    argv.insert(argv.begin(), "test");
    std::vector<char*> pointers;
    for (std::string& text : argv) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::execv("/proc/self/exe", pointers.data());
    ::_exit(127);
  }
  ~Part() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  pid_t pid() const { return pid_; }

  /// Its exit code, or minus the signal that ended it; -1000 if it does not end in time.
  int wait(std::chrono::seconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (std::chrono::steady_clock::now() < until) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return -1000;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace lama::internal::testing
