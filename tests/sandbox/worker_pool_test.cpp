#include "sandbox/worker_pool.h"

#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <thread>

#include "tests/testing.h"

namespace lama::internal::sandbox {
namespace {

using lama::internal::testing::TemporaryFolder;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Pool : public ::testing::Test {
 protected:
  /// What a worker says to a task.
  nlohmann::json ask(const std::string& task, const std::string& path = {}) {
    return pool_.run({.message = {{{"task", task}, {"path", path}}, {}}}).head;
  }
  int result(const std::string& task, const std::string& path = {}) {
    return ask(task, path).at("result");
  }
  WorkerPool pool_{{LAMA_WORKER}, seconds(60), 4'000'000};
};

TEST_F(Pool, BringsFilesThereAndBack) {
  std::vector<std::uint8_t> file(3'000'000);
  std::iota(file.begin(), file.end(), std::uint8_t{0});
  const Message answer = pool_.run({.message = {{{"task", "echo"}}, {}}, .parts = {file, {}}});
  ASSERT_EQ(answer.parts.size(), 2U);
  EXPECT_EQ(answer.parts[0], file);
  EXPECT_TRUE(answer.parts[1].empty());
}

TEST_F(Pool, RefusesFilesThatAreTooLargeTogether) {
  const std::vector<std::uint8_t> file(2'000'001);
  EXPECT_THROW(pool_.run({.message = {{{"task", "echo"}}, {}}, .parts = {file, file}}), Error);
  EXPECT_EQ(result("echo"), 0);
}

TEST_F(Pool, KeepsAWorkerForTheNextTask) {
  const int first = ask("echo").at("process");
  EXPECT_EQ(ask("echo").at("process"), first);
}

// Ctrl-C in a terminal reaches a worker too, before it can ignore it.
TEST_F(Pool, StartsWorkersThatNoUserEnds) {
  EXPECT_EQ(result("held_signals"), 3);
  sigset_t held;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &held), 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) EXPECT_EQ(::sigismember(&held, signal), 0);
}

TEST_F(Pool, StartsAnotherWorkerAfterOneThatDied) {
  const auto died = [this](const char* task) {
    try {
      ask(task);
    } catch (const WorkerDied& death) {
      return std::string(death.what()) + (death.out_of_memory ? " (memory)" : "");
    }
    return std::string("lives");
  };
  EXPECT_NE(died("bus").find("signal 7"), std::string::npos);
  EXPECT_NE(died("killed").find("(memory)"), std::string::npos);
  EXPECT_NE(died("exit").find("code 3"), std::string::npos);
  EXPECT_EQ(result("echo"), 0);
}

TEST_F(Pool, EndsAWorkerThatSendsNonsense) {
  EXPECT_THROW(ask("nonsense"), WorkerDied);
  EXPECT_EQ(result("echo"), 0);
}

TEST_F(Pool, EndsAWorkerWhoseResultIsNotWanted) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(
      pool_.run(
          {.message = {{{"task", "hang"}}, {}},
           .wanted = [&] { return std::chrono::steady_clock::now() - start < milliseconds(300); }}),
      Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
}

TEST_F(Pool, AsksAWorkerToStopWhereItMayTakeTime) {
  bool wanted = true;
  const Message answer = pool_.run({.message = {{{"task", "until_cancelled"}}, {}},
                                    .wanted = [&] { return wanted; },
                                    .news = [&](const Message&) { wanted = false; },
                                    .grace = seconds(60)});
  EXPECT_EQ(answer.head.at("stopped_by"), "cancel");
  EXPECT_EQ(result("echo"), 0) << "and it goes on";
}

TEST_F(Pool, CancelsTheTaskOfAWorkerThatHasDied) {
  pid_t worker = 0;
  bool wanted = true;
  const auto died_unwanted = [&] {
    if (!wanted) return false;
    ::kill(worker, SIGKILL);
    siginfo_t ended = {};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(worker), &ended, WEXITED | WNOWAIT), 0);
    return wanted = false;
  };
  EXPECT_THROW(pool_.run({.message = {{{"task", "until_cancelled"}}, {}},
                          .wanted = [&] { return worker == 0 || died_unwanted(); },
                          .news = [&](const Message& news) { worker = news.head.at("news"); },
                          .grace = seconds(60)}),
               Cancelled);
}

TEST_F(Pool, EndsAWorkerThatDoesNotStop) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(pool_.run({.message = {{{"task", "hang"}}, {}},
                          .wanted = [] { return false; },
                          .grace = milliseconds(300)}),
               Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
}

TEST(WorkerPool, EndsAWorkerThatSaysNothingForTooLong) {
  WorkerPool pool({LAMA_WORKER}, seconds(1), 1);
  EXPECT_THROW(pool.run({.message = {{{"task", "hang"}}, {}}}), TookTooLong);
}

TEST(WorkerPool, SaysThatNoWorkerStarts) {
  WorkerPool pool({"/nowhere/worker"}, seconds(60), 1);
  // Not the task's mistake.
  EXPECT_THROW(pool.run({.message = {{{"task", "echo"}}, {}}}), WorkerDied);
}

// OpenBLAS starts its threads before the worker can confine them.
TEST_F(Pool, StartsWorkersWithOneThreadAndWithoutTheToken) {
  ::setenv("OPENBLAS_NUM_THREADS", "4", 1);
  ::setenv("LAMA_TOKEN", "secret", 1);
  EXPECT_EQ(result("environment"), 1);
  ::unsetenv("OPENBLAS_NUM_THREADS");
  ::unsetenv("LAMA_TOKEN");
}

TEST_F(Pool, StopsWhatRuns) {
  std::thread stopper([this] {
    std::this_thread::sleep_for(milliseconds(200));
    pool_.stop();
  });
  EXPECT_THROW(ask("hang"), Cancelled);
  stopper.join();
  EXPECT_THROW(ask("echo"), Cancelled);
}

#ifndef LAMA_SANITIZED

TEST_F(Pool, ConfinesItsWorkers) {
  const TemporaryFolder folder;
  const std::string secret = (folder / "secret").string();
  std::ofstream(secret) << "secret";
  ASSERT_EQ(result("echo"), 0);
  for (const std::string& lost : pool_.lost()) GTEST_SKIP() << lost;
  EXPECT_EQ(result("read", "/proc/meminfo"), 0);
  EXPECT_EQ(result("thread"), 0);
  EXPECT_EQ(result("read", secret), EACCES);
  EXPECT_NE(result("write", secret), 0);
  EXPECT_NE(result("write", (folder / "new").string()), 0);
  EXPECT_NE(result("connect"), 0);
  EXPECT_NE(result("start"), 0);
  EXPECT_NE(result("become"), 0);
  EXPECT_NE(result("signal"), 0);
}

TEST(WorkerPool, LetsWorkersWriteWhereTheyMay) {
  const TemporaryFolder folder, other;
  WorkerPool pool({LAMA_WORKER, folder.path().string()}, seconds(60), 1);
  const auto result = [&](const char* task, const std::filesystem::path& path) {
    return pool.run({.message = {{{"task", task}, {"path", path.string()}}, {}}})
        .head.at("result")
        .get<int>();
  };
  EXPECT_EQ(result("write", folder / "new"), 0);
  for (const std::string& lost : pool.lost()) GTEST_SKIP() << lost;
  EXPECT_EQ(result("write", other / "new"), EACCES);
  // What Landlock does not keep from files that may be read, or from any.
  std::ofstream(other / "old") << "old";
  EXPECT_EQ(result("hide", other / "old"), EPERM);
  EXPECT_EQ(result("empty", folder / "new"), EPERM);
}

#endif

}  // namespace
}  // namespace lama::internal::sandbox
