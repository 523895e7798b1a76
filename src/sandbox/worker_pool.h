// Processes that work on strangers' data. Each can be ended at any time, or fail, without harm to
// the others.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "sandbox/message.h"

namespace lama::internal::sandbox {

/// A worker ended during a task or sent nonsense, or none starts.
class WorkerDied : public Error {
 public:
  WorkerDied(std::string message, bool for_memory)
      : Error(std::move(message)), out_of_memory(for_memory) {}
  const bool out_of_memory;  ///< whether memory was exhausted
};

/// A task exceeded its time.
class TookTooLong : public Error {
 public:
  using Error::Error;
};

struct Task {
  Message message;
  /// Follow the message's own parts, without a copy. Must live until the task ends.
  std::vector<std::span<const std::uint8_t>> parts;
  /// Whether a client still wants the result; asked ten times a second. May be empty.
  std::function<bool()> wanted;
  /// Receives the worker's messages before its answer. May be empty.
  std::function<void(const Message&)> news;
  /// The time that a worker may take to stop on request. 0 ends it at
  /// once.
  std::chrono::milliseconds grace{0};
};

/// Thread-safety: all functions may be called from any thread.
class WorkerPool {
 public:
  /// `command`: the program of a worker and its arguments. Its stdin is the socket: it first sends
  /// {"ready": …}, then answers task after task. A task with "cancel" asks it to stop the running
  /// one. A worker whose answer has "last" gets no further task. `silence`: a worker without a
  /// message for so long during a task is ended. `most`: the bytes of an answer's files.
  WorkerPool(std::vector<std::string> command, std::chrono::seconds silence, std::uint64_t most);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// The answer of an idle worker or a new one. Throws Cancelled, TookTooLong, WorkerDied, and
  /// Error if none starts. After any of these the worker is gone.
  Message run(const Task& task);
  /// Ends all workers, cancels their tasks, and starts no more.
  void stop();
  /// The rights that the workers could not drop (see confine()), after one has started.
  std::vector<std::string> lost() const;

 private:
  class Worker;
  std::unique_ptr<Worker> take();

  const std::vector<std::string> command_;
  const std::chrono::seconds silence_;
  const std::uint64_t most_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
  std::vector<std::string> lost_;
};

}  // namespace lama::internal::sandbox
