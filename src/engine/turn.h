// One user at a time.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace lama::internal::engine {

/// Waits, when made, until no other thread has a turn, and ends its own with its life.
class Turn {
 public:
  class Queue {
    friend Turn;
    std::mutex mutex_;
    std::atomic<std::thread::id> user_;
  };

  /// Throws Error if this thread has the turn already: it would wait for itself.
  explicit Turn(Queue& queue) : queue_(queue) {
    if (queue.user_ == std::this_thread::get_id()) {
      throw Error("the model is filling: an observer of its progress cannot run it again");
    }
    queue.mutex_.lock();
    queue.user_ = std::this_thread::get_id();
  }
  ~Turn() {
    queue_.user_ = std::thread::id();
    queue_.mutex_.unlock();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Queue& queue_;
};

}  // namespace lama::internal::engine
