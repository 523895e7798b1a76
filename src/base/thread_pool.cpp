#include "base/thread_pool.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <system_error>

#include "base/control_group.h"
#include "base/error.h"
#include "base/memory.h"

namespace lama::internal {

ThreadPool::ThreadPool(int threads) : threads_(threads), host_(current_host()) {
  if (host_ && host_->run) return;
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    end_workers();  // no destructor runs for an object whose constructor throws
    // A lack of memory and too many threads of this user have the same code.
    throw OutOfMemory(fmt::format("{} for {} threads, or the system allows no more: use fewer",
                                  kOutOfMemory, threads));
  } catch (...) {
    end_workers();
    throw;
  }
}

ThreadPool::~ThreadPool() { end_workers(); }

void ThreadPool::end_workers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::run(std::size_t count, const std::function<void(std::size_t, int)>& task) {
  if (count <= 1 || threads_ == 1) {
    for (std::size_t i = 0; i < count; ++i) task(i, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    count_ = count;
    next_ = 0;
    busy_ = workers_.size();
    error_ = nullptr;
    ++generation_;
  }
  if (host_ && host_->run) {
    run_in_host();
  } else {
    begin_.notify_all();
    take_tasks(0);
    std::unique_lock lock(mutex_);
    end_.wait(lock, [this] { return busy_ == 0; });
    task_ = nullptr;  // under the lock: a worker that wakes for no reason reads it
  }
  if (error_) std::rethrow_exception(error_);
}

/// Each job takes tasks as a worker does, so the host need not share them out.
void ThreadPool::run_in_host() {
  const int jobs =
      static_cast<int>(std::min<std::size_t>(count_, static_cast<std::size_t>(threads_)));
  std::vector<std::atomic<bool>> begun(static_cast<std::size_t>(jobs));
  std::atomic<int> ended = 0;
  host_->run(jobs, [&](int job) {
    if (job < 0 || job >= jobs || begun[static_cast<std::size_t>(job)].exchange(true)) return;
    const HostScope scope(host_);
    take_tasks(job);
    ++ended;
  });
  if (ended != jobs) {
    task_ = nullptr;
    throw Error(
        fmt::format("the program's function for threads ran {} of {} jobs", ended.load(), jobs));
  }
}

void ThreadPool::work(int worker) {
  const HostScope scope(host_);
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    begin_.wait(lock, [&] { return stop_ || (task_ != nullptr && generation_ != seen); });
    if (stop_) return;
    seen = generation_;
    lock.unlock();
    take_tasks(worker);
    lock.lock();
    if (--busy_ == 0) end_.notify_one();
  }
}

void ThreadPool::take_tasks(int worker) {
  while (true) {
    const std::size_t i = next_.fetch_add(1);
    if (i >= count_) return;
    try {
      (*task_)(i, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      next_ = count_;
    }
  }
}

int ThreadPool::available_processors() {
  cpu_set_t set;
  const int processors = sched_getaffinity(0, sizeof set, &set) == 0
                             ? CPU_COUNT(&set)
                             : static_cast<int>(std::thread::hardware_concurrency());
  return std::max(1, std::min(processors, ControlGroup().processors().value_or(processors)));
}

}  // namespace lama::internal
