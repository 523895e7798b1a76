#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/host.h"

namespace lama::internal {

/// A fixed set of threads that share the iterations of one loop at a time: its own, or the current
/// host's (base/host.h).
///
/// Idle workers sleep on a condition variable and do not spin: on a busy machine, spinning threads
/// (OpenMP's default) were 15 times slower.
///
/// Thread-safety: one loop runs at a time; `run` must not be called from inside a task, nor from
/// two threads at once.
class ThreadPool {
 public:
  /// `threads` >= 1 counts the calling thread, which works too. Throws Error if the system provides
  /// fewer threads. The tasks' current host is that of the thread that makes the pool.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  /// Calls task(i, worker) once for every i in [0, count), in any order, and returns after the
  /// last. `worker` is in [0, threads()): simultaneous tasks have different workers. If a task
  /// throws, run() skips the tasks that have not begun and rethrows the first exception. Throws
  /// Error if a host runs other jobs than asked for.
  void run(std::size_t count, const std::function<void(std::size_t, int)>& task);

  /// The number of processors that this process may use.
  static int available_processors();

 private:
  void work(int worker);
  void end_workers();
  void take_tasks(int worker);
  void run_in_host();

  int threads_;
  SharedHost host_;
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  const std::function<void(std::size_t, int)>* task_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_{0};
  std::size_t generation_ = 0;
  std::size_t busy_ = 0;  // workers that have not finished the current loop
  bool stop_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> workers_;
};

}  // namespace lama::internal
