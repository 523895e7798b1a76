#include "training/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/c_strings.h"
#include "base/environment.h"
#include "base/error.h"

namespace lama::internal::training {
namespace {

constexpr std::array kPassedOn = {SIGINT, SIGTERM, SIGHUP};
/// The time for the others when one process has failed: their connections to it close, and they end
/// by themselves.
constexpr std::chrono::seconds kPatienceAfterFailure{20};

/// Signals are taken by sigtimedwait as long as this lives.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : kPassedOn) sigaddset(&held_, signal);
    sigaddset(&held_, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// The next one, or 0 when a while has passed.
  int next() const {
    const timespec a_while{.tv_sec = 0, .tv_nsec = 200'000'000};
    const int signal = ::sigtimedwait(&held_, nullptr, &a_while);
    return signal > 0 ? signal : 0;
  }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t held_{}, before_{};
};

/// The folder in which the processes meet; other users cannot read it.
class MeetingFolder {
 public:
  MeetingFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "lama-train-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error(
          fmt::format("{}: cannot create: {}", name, std::generic_category().message(errno)));
    }
    path_ = name;
  }
  ~MeetingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MeetingFolder(const MeetingFolder&) = delete;
  MeetingFolder& operator=(const MeetingFolder&) = delete;
  std::string file() const { return (path_ / "meeting").string(); }

 private:
  std::filesystem::path path_;
};

/// This program's environment with the place of one of the processes.
std::vector<std::string> environment_of(int rank, int processes, const std::string& file) {
  return environment_with({fmt::format("RANK={}", rank), fmt::format("WORLD_SIZE={}", processes),
                           fmt::format("LOCAL_RANK={}", rank),
                           fmt::format("LOCAL_WORLD_SIZE={}", processes),
                           "LAMA_MEETING_FILE=" + file});
}

pid_t start(std::vector<std::string> arguments, std::vector<std::string> environment,
            const sigset_t& signals) {
  const std::vector<char*> argv = c_strings(arguments), envp = c_strings(environment);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  ::pthread_sigmask(SIG_SETMASK, &signals, nullptr);
  ::execve("/proc/self/exe", argv.data(), envp.data());
  ::_exit(127);
}

/// The exit status as a shell has it.
int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string describe_end(int status) {
  if (WIFEXITED(status)) return fmt::format("failed with exit code {}", WEXITSTATUS(status));
  return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                     ::sigdescr_np(WTERMSIG(status)));
}

}  // namespace

int launch(int processes, const std::vector<std::string>& arguments,
           std::chrono::seconds patience) {
  using Clock = std::chrono::steady_clock;
  const MeetingFolder meeting;
  const HeldSignals signals;
  std::vector<std::string> argv = arguments;
  argv.insert(argv.begin(), std::filesystem::read_symlink("/proc/self/exe").string());

  std::vector<pid_t> running(static_cast<std::size_t>(processes), -1);  // -1: not, or no more
  const auto send = [&](int signal) {
    for (const pid_t child : running) {
      if (child > 0) ::kill(child, signal);
    }
  };
  std::string failure;
  int code = 0, left = 0;
  bool stopping = false;
  std::optional<Clock::time_point> kill_at;
  const auto fail = [&](std::string what) {
    failure = std::move(what);
    send(SIGTERM);
    kill_at = Clock::now() + kPatienceAfterFailure;
  };
  for (int rank = 0; rank < processes; ++rank) {
    const pid_t child =
        start(argv, environment_of(rank, processes, meeting.file()), signals.before());
    if (child < 0) {
      fail(
          fmt::format("cannot start process {}: {}", rank, std::generic_category().message(errno)));
      break;
    }
    running[static_cast<std::size_t>(rank)] = child;
    ++left;
  }

  while (left > 0) {
    const int signal = signals.next();
    if (signal != 0 && signal != SIGCHLD) {
      stopping = true;
      send(signal);
      if (!kill_at) kill_at = Clock::now() + patience;
    }
    for (std::size_t rank = 0; rank < running.size(); ++rank) {
      int status = 0;
      if (running[rank] < 0 || ::waitpid(running[rank], &status, WNOHANG) != running[rank])
        continue;
      running[rank] = -1;
      --left;
      if (exit_code(status) == 0) continue;
      if (code == 0) code = exit_code(status);
      // Those that were asked to stop take their time to save.
      if (!stopping && failure.empty()) {
        fail(fmt::format("process {} of {} {}", rank, processes, describe_end(status)));
      }
    }
    if (kill_at && Clock::now() > *kill_at) send(SIGKILL);
  }
  if (!failure.empty()) throw Error(failure + "; the others were ended");
  return code;
}

}  // namespace lama::internal::training
