#pragma once

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace lama::training {

/// Within its scope convolutions and products on `device` compute in bfloat16, or, where `wanted`
/// is false, all is as it was. (C++ has no torch.autocast.) Thread-safety: for the calling thread.
class Autocast {
 public:
  Autocast(bool wanted, const torch::Device& device) : device_(device), before_(enabled()) {
    if (!wanted) return;
    if (device_.is_cpu()) {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    } else {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    }
    at::autocast::increment_nesting();
    nested_ = true;
    enable(true);
  }
  ~Autocast() {
    enable(before_);
    // Copies of weights in bfloat16 are kept until the weights change.
    if (nested_ && at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool enabled() const {
    return device_.is_cpu() ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
  }
  void enable(bool on) const {
    if (device_.is_cpu()) {
      at::autocast::set_cpu_enabled(on);
    } else {
      at::autocast::set_enabled(on);
    }
  }

  torch::Device device_;
  bool before_, nested_ = false;
};

}  // namespace lama::training
