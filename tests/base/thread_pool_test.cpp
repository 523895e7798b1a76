#include "base/thread_pool.h"

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing.h"

namespace lama::internal {
namespace {

/// Runs a loop and checks the promises of `run`.
void check_loop(ThreadPool& pool, std::size_t count) {
  std::vector<std::atomic<int>> calls(count);
  std::vector<std::atomic<int>> active(static_cast<std::size_t>(pool.threads()));
  std::atomic<int> mistakes{0};
  pool.run(count, [&](std::size_t i, int worker) {
    if (i >= count || worker < 0 || worker >= pool.threads()) {
      ++mistakes;
      return;
    }
    auto& mine = active[static_cast<std::size_t>(worker)];
    if (mine.fetch_add(1) != 0) ++mistakes;  // another thread has this worker number now
    ++calls[i];
    if (i % 64 == 0) std::this_thread::yield();
    mine.fetch_sub(1);
  });
  EXPECT_EQ(mistakes, 0);
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(calls[i], 1) << i << " of " << count;
}

TEST(ThreadPool, RunsEveryTaskOnceWithAWorkerOfItsOwn) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 8U, 9U, 1000U}) check_loop(pool, count);
  }
}

TEST(ThreadPool, WorksInSeveralThreadsAtOnce) {
  ThreadPool pool(3);
  // Each task waits for the others, so the loop ends only if three threads take one each.
  std::atomic<int> arrived{0};
  pool.run(3, [&](std::size_t, int) {
    ++arrived;
    while (arrived < 3) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 3);
}

TEST(ThreadPool, HasFinishedAllTasksWhenRunReturns) {
  ThreadPool pool(4);
  // The last task is slow and another thread runs it: the caller must wait for it.
  std::atomic<int> finished{0};
  pool.run(4, [&](std::size_t i, int) {
    if (i == 3) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ++finished;
  });
  EXPECT_EQ(finished, 4);
}

TEST(ThreadPool, RunsManyLoopsInARow) {
  ThreadPool pool(4);
  std::size_t sum = 0;
  for (std::size_t loop = 0; loop < 20000; ++loop) {
    std::atomic<std::size_t> tasks{0};
    pool.run(loop % 6, [&](std::size_t, int) { ++tasks; });
    sum += tasks;
  }
  EXPECT_EQ(sum, 20000U / 6 * 15 + 1);  // 20000 = 6 * 3333 + 2: loops of 0 and of 1 task remain
}

TEST(ThreadPool, RethrowsAndStaysUsable) {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    for (const std::size_t failing : {0U, 1U, 50U, 99U}) {
      std::string caught;
      try {
        pool.run(100, [&](std::size_t i, int) {
          if (i == failing) throw std::runtime_error("task " + std::to_string(i));
        });
      } catch (const std::runtime_error& error) {
        caught = error.what();
      }
      EXPECT_EQ(caught, "task " + std::to_string(failing)) << threads;
      check_loop(pool, 100);
    }
    EXPECT_THROW(pool.run(1, [](std::size_t, int) { throw 1; }), int);
    EXPECT_THROW(pool.run(100, [](std::size_t, int) { throw 1; }), int) << "all of them throw";
    check_loop(pool, 1);
  }
}

TEST(ThreadPool, SkipsTheTasksThatHaveNotBegunWhenOneThrows) {
  ThreadPool pool(2);
  std::atomic<std::size_t> ran{0};
  EXPECT_THROW(pool.run(1000000,
                        [&](std::size_t, int) {
                          ++ran;
                          throw Cancelled();
                        }),
               Cancelled);
  // Tasks that run during the first exception may still end: one per thread, or a few more before
  // the exception is stored.
  EXPECT_LT(ran, 1000U);
}

TEST(ThreadPool, TwoPoolsWorkAtTheSameTime) {
  const auto many = [] {
    ThreadPool pool(3);
    for (int i = 0; i < 200; ++i) check_loop(pool, 50);
  };
  std::thread other(many);
  many();
  other.join();
}

/// Hosts that run jobs in other ways.
SharedHost host_with(std::function<void(int, const std::function<void(int)>&)> run) {
  return std::make_shared<const HostFunctions>(HostFunctions{std::move(run), nullptr, nullptr});
}

TEST(ThreadPool, RunsItsLoopsOnTheThreadsOfAHost) {
  const auto caller = std::this_thread::get_id();
  const auto in_turn = [](int count, const std::function<void(int)>& job) {
    for (int i = count; i-- > 0;) job(i);
  };
  const auto on_other_threads = [](int count, const std::function<void(int)>& job) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(job, i);
    for (std::thread& thread : threads) thread.join();
  };
  for (const bool alone : {true, false}) {
    const SharedHost host = alone ? host_with(in_turn) : host_with(on_other_threads);
    std::unique_ptr<ThreadPool> pool;
    {
      const HostScope scope(host);
      pool = std::make_unique<ThreadPool>(3);
    }
    EXPECT_EQ(pool->threads(), 3);
    for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 100U}) check_loop(*pool, count);
    std::atomic<int> here = 0;
    pool->run(9, [&](std::size_t, int) {
      here += std::this_thread::get_id() == caller ? 1 : 0;
      EXPECT_EQ(current_host(), host);
    });
    EXPECT_EQ(here, alone ? 9 : 0);
    EXPECT_THROW(pool->run(9, [](std::size_t, int) { throw std::runtime_error("task"); }),
                 std::runtime_error);
    check_loop(*pool, 10);
    EXPECT_EQ(current_host(), nullptr);
  }
}

TEST(ThreadPool, NoticesAHostThatRunsOtherJobs) {
  const auto error_of = [](std::function<void(int, const std::function<void(int)>&)> run) {
    const HostScope scope(host_with(std::move(run)));
    ThreadPool pool(3);
    std::atomic<int> tasks = 0;
    try {
      pool.run(5, [&](std::size_t, int worker) {
        EXPECT_TRUE(worker >= 0 && worker < 3);
        ++tasks;
      });
    } catch (const Error& error) {
      return std::string(error.what());
    }
    EXPECT_EQ(tasks, 5);
    return std::string();
  };
  EXPECT_EQ(error_of([](int, const std::function<void(int)>&) {}),
            "the program's function for threads ran 0 of 3 jobs");
  EXPECT_EQ(error_of([](int, const std::function<void(int)>& job) { job(1); }),
            "the program's function for threads ran 1 of 3 jobs");
  EXPECT_EQ(error_of([](int, const std::function<void(int)>& job) {
              for (const int i : {-1, 0, 0, 3, 1, 2, 2}) job(i);
            }),
            "");
}

TEST(ThreadPool, GivesItsOwnThreadsTheHostThatLendsMemory) {
  const auto host = std::make_shared<const HostFunctions>(
      HostFunctions{nullptr, [](std::size_t bytes) { return std::malloc(bytes); }, std::free});
  const HostScope scope(host);
  ThreadPool pool(2);
  std::atomic<int> arrived = 0;
  pool.run(2, [&](std::size_t, int) {
    EXPECT_EQ(current_host(), host);
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
}

TEST(ThreadPool, EndsWithoutEverHavingRun) {
  for (int i = 0; i < 50; ++i) const ThreadPool pool(4);
}

TEST(ThreadPool, KnowsTheProcessorsOfThisProcess) {
  EXPECT_GE(ThreadPool::available_processors(), 1);
  EXPECT_LE(ThreadPool::available_processors(), static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF)));
}

#ifndef LAMA_SANITIZED
// Sanitizers reserve more address space than any limit allows.
TEST(ThreadPoolDeathTest, ThrowsIfThreadsCannotBeStarted) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        // The stacks of this many threads do not fit into the limit.
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = 1 << 30;
        ::setrlimit(RLIMIT_AS, &limit);
        try {
          const ThreadPool pool(1024);
        } catch (const std::exception&) {
          std::_Exit(0);
        }
        std::_Exit(3);
      },
      ::testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace lama::internal
