// Does what its tasks say, for better or worse: worker [FOLDER-TO-WRITE].
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/environment.h"
#include "sandbox/confine.h"
#include "sandbox/message.h"

namespace lama::internal::sandbox {
namespace {

/// What tries give: 0, or why not.
int try_to(const nlohmann::json& task) {
  const auto name = task.at("task").get<std::string>();
  const auto path = task.value("path", "");
  const auto result = [](int number) { return number < 0 ? errno : 0; };
  if (name == "read") return result(::open(path.c_str(), O_RDONLY));
  if (name == "write") return result(::open(path.c_str(), O_WRONLY | O_CREAT, 0600));
  if (name == "empty") return result(::open(path.c_str(), O_RDONLY | O_TRUNC));
  if (name == "hide") return result(::chmod(path.c_str(), 0));
  if (name == "connect") return result(::socket(AF_INET, SOCK_STREAM, 0));
  if (name == "start") {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return result(child);
  }
  if (name == "become") return result(::execl("/bin/true", "true", nullptr));
  if (name == "signal") return result(::kill(::getppid(), 0));
  if (name == "environment") {
    return environment("LAMA_TOKEN").empty() ? std::stoi(environment("OPENBLAS_NUM_THREADS")) : -1;
  }
  if (name == "thread") {
    int sum = 0;
    std::thread([&sum] { sum = 1; }).join();
    return sum == 1 ? 0 : -1;
  }
  if (name == "held_signals") {
    sigset_t held;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &held);
    return ::sigismember(&held, SIGINT) + ::sigismember(&held, SIGTERM) +
           ::sigismember(&held, SIGHUP);
  }
  if (name == "bus") {
    std::signal(SIGBUS, SIG_DFL);  // the address sanitizer would handle it
    std::raise(SIGBUS);
  }
  if (name == "killed") ::raise(SIGKILL);
  if (name == "exit") ::_exit(3);
  if (name == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  return 0;
}

int answer_all(const std::vector<std::string>& lost) {
  send(0, {{{"ready", lost}}, {}});
  while (auto task = receive(0)) {
    if (task->head.at("task") == "cancel") continue;
    if (task->head.at("task") == "until_cancelled") {
      send(0, {{{"news", ::getpid()}}, {}});
      const auto cancel = receive(0);
      if (!cancel) return 0;
      send(0, {{{"stopped_by", cancel->head.at("task")}}, {}});
      continue;
    }
    if (task->head.at("task") == "nonsense") {
      send(0, {{{"last", "perhaps"}}, {}});
      continue;
    }
    Message answer{{{"result", try_to(task->head)}, {"process", ::getpid()}}, {}};
    answer.parts = std::move(task->parts);
    send(0, answer);
  }
  return 0;
}

}  // namespace
}  // namespace lama::internal::sandbox

int main(int argc, char** argv) {
  lama::internal::sandbox::Reach reach;
  if (argc > 1) reach.write.emplace_back(argv[1]);
  return lama::internal::sandbox::answer_all(lama::internal::sandbox::confine(reach));
}
