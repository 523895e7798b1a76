#pragma once

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace lama::internal::training {

/// Within its scope convolutions and products on `device` compute in bfloat16, or, where `wanted`
/// is false, all is as it was. (C++ has no torch.autocast.) Thread-safety: for the calling thread.
class Autocast {
 public:
  Autocast(bool wanted, const torch::Device& device) : device_(device), before_(enabled()) {
    if (!wanted) return;
    set_bfloat16();
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
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  bool enabled() const { return at::autocast::is_autocast_enabled(device_.type()); }
  void enable(bool on) const { at::autocast::set_autocast_enabled(device_.type(), on); }
  void set_bfloat16() const { at::autocast::set_autocast_dtype(device_.type(), at::kBFloat16); }
#else
  bool enabled() const {
    return device_.is_cpu() ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
  }
  void enable(bool on) const {
    device_.is_cpu() ? at::autocast::set_cpu_enabled(on) : at::autocast::set_enabled(on);
  }
  void set_bfloat16() const {
    device_.is_cpu() ? at::autocast::set_autocast_cpu_dtype(at::kBFloat16)
                     : at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  }
#endif

  torch::Device device_;
  bool before_, nested_ = false;
};

}  // namespace lama::internal::training
