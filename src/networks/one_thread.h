#pragma once

#include <ATen/Parallel.h>

namespace lama::internal::networks {

/// While one lives, LibTorch computes on the calling thread alone; then it has as many threads as
/// before. Feature networks leave their thread at one (feature_layers.h), so a thread that also
/// trains calls them under this.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace lama::internal::networks
