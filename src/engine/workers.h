#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/thread_pool.h"
#include "engine/profile.h"

namespace lama::internal::engine {

/// Floats of the workers' memory that something takes.
struct Scratch {
  std::size_t shared = 0, own = 0;

  /// Enough for either.
  friend Scratch max(const Scratch& a, const Scratch& b) {
    return {std::max(a.shared, b.shared), std::max(a.own, b.own)};
  }
};

/// The threads of a network, and memory for intermediate results that is kept from layer to layer:
/// fresh memory of the system's costs a page fault for each 4 kB.
///
/// Thread-safety: as ThreadPool's; own() and pointers() may be called from tasks.
class Workers {
 public:
  explicit Workers(int threads)
      : pool_(threads),
        own_(static_cast<std::size_t>(threads)),
        pointers_(static_cast<std::size_t>(threads)) {}

  int threads() const { return pool_.threads(); }
  /// See ThreadPool::run. `stage` names the work in the profile.
  void run(const char* stage, std::size_t count,
           const std::function<void(std::size_t, int)>& task) {
    if (profile_ == nullptr) {
      pool_.run(count, task);
      return;
    }
    const StageWatch watch((*profile_)[stage]);
    pool_.run(count, task);
  }

  /// Adds times to `profile` from now on; null to stop.
  void set_profile(Profile* profile) { profile_ = profile; }
  void count(const char* stage, double multiplications) {
    if (profile_ != nullptr) (*profile_)[stage].multiplications += multiplications;
  }

  /// Uninitialised memory of one worker, valid until its next call.
  float* own(int worker, std::size_t floats) {
    return at_least(own_[static_cast<std::size_t>(worker)], floats);
  }
  /// Pointers of one worker, valid until its next call.
  const float** pointers(int worker, std::size_t count) {
    std::vector<const float*>& pointers = pointers_[static_cast<std::size_t>(worker)];
    if (pointers.size() < count) pointers.resize(count);
    return pointers.data();
  }
  /// Memory of all workers, valid until the next call.
  float* shared(std::size_t floats) { return at_least(shared_, floats); }

 private:
  static float* at_least(AlignedBuffer& buffer, std::size_t floats) {
    if (buffer.size() < floats) {
      buffer = {};
      buffer = AlignedBuffer(floats);
    }
    return buffer.data();
  }

  ThreadPool pool_;
  std::vector<AlignedBuffer> own_;
  std::vector<std::vector<const float*>> pointers_;
  AlignedBuffer shared_;
  Profile* profile_ = nullptr;
};

}  // namespace lama::internal::engine
