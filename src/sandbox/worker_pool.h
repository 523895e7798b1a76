// Processes that work on what strangers sent, so that one can be ended at any time, or end itself,
// and nothing else does.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "sandbox/message.h"

namespace lama::sandbox {

/// A worker ended in the middle of a task.
class WorkerDied : public Error {
 public:
  WorkerDied(std::string message, bool for_memory)
      : Error(std::move(message)), out_of_memory(for_memory) {}
  const bool out_of_memory;  ///< whether the system ended it because memory was exhausted
};

/// A task took longer than it may.
class TookTooLong : public Error {
 public:
  using Error::Error;
};

struct Task {
  Message message;
  /// Sent beside the message's own parts, without a copy. Must live as long as the task runs.
  std::vector<std::span<const std::uint8_t>> parts;
  /// Whether somebody still wants the result; asked ten times a second. May be empty.
  std::function<bool()> wanted;
  /// Told whatever the worker says before its answer. May be empty.
  std::function<void(const Message&)> news;
  /// How long a worker that is asked to stop may take to come to where it can. With none it is
  /// ended at once.
  std::chrono::milliseconds grace{0};
};

/// Thread-safety: all functions may be called from any thread.
class WorkerPool {
 public:
  /// `command`: the program of a worker and its arguments. Its stdin is the socket: it says
  /// {"ready": …} first, then answers task after task; a task with "cancel" asks it to stop the one
  /// that runs. `silence`: a worker that says nothing for so long during a task is ended.
  WorkerPool(std::vector<std::string> command, std::chrono::seconds silence);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// The answer of a worker, one that is idle or a new one. Throws Cancelled, TookTooLong,
  /// WorkerDied, and Error if none starts. After all of these the worker is gone.
  Message run(const Task& task);
  /// Ends all workers; what they do is cancelled. None is started any more.
  void stop();
  /// What the workers could not be kept from (see confine()), once one has started.
  std::vector<std::string> lost() const;

 private:
  class Worker;
  std::unique_ptr<Worker> take();

  const std::vector<std::string> command_;
  const std::chrono::seconds silence_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
  std::vector<std::string> lost_;
};

}  // namespace lama::sandbox
