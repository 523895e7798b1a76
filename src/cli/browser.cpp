#include "cli/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "cli/output.h"

namespace lama::internal::cli {
namespace {

#ifdef __APPLE__
constexpr const char* kOpener = "open";
#else
constexpr const char* kOpener = "xdg-open";
#endif

void say_failed() { say("no browser could be opened ({}): open the address yourself\n", kOpener); }

}  // namespace

void open_in_browser(const std::string& address) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  std::string opener = kOpener, argument = address;
  char* arguments[] = {opener.data(), argument.data(), nullptr};
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, kOpener, &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return say_failed();
  std::thread([process] {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) say_failed();
  }).detach();
}

}  // namespace lama::internal::cli
