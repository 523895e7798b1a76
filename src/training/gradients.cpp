#include "training/gradients.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <utility>

namespace lama::internal::training {

struct GradientBuckets::Impl {
  /// A shared pointer, of the standard library's kind or, in later versions, LibTorch's own.
  using Accumulator =
      decltype(torch::autograd::impl::grad_accumulator(std::declval<const torch::Tensor&>()));

  struct Bucket {
    std::vector<torch::Tensor> parameters;
    torch::Tensor sent;  ///< their gradients, then a 1 for each that has one
    std::size_t waiting = 0;
    std::unique_ptr<Processes::Pending> pending;
  };

  class Hook : public torch::autograd::FunctionPostHook {
   public:
    Hook(std::weak_ptr<Impl> impl, std::size_t bucket) : impl_(std::move(impl)), bucket_(bucket) {}

    torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                              const torch::autograd::variable_list&) override {
      if (const auto impl = impl_.lock()) impl->ready(bucket_);
      return outputs;
    }

   private:
    std::weak_ptr<Impl> impl_;
    std::size_t bucket_;
  };

  explicit Impl(Processes& all) : processes(all) {}

  void begin() {
    for (Bucket& bucket : buckets) bucket.waiting = bucket.parameters.size();
    next = 0;
    averaging = true;
  }

  /// One more gradient of the bucket is there.
  void ready(std::size_t bucket) {
    if (!averaging) return;
    --buckets[bucket].waiting;
    // In the same order everywhere, whatever order the gradients come in.
    while (next < buckets.size() && buckets[next].waiting == 0) send();
  }

  void send() {
    const torch::NoGradGuard no_gradients;
    Bucket& bucket = buckets[next++];
    std::int64_t at = 0,
                 flag = bucket.sent.numel() - static_cast<std::int64_t>(bucket.parameters.size());
    for (const torch::Tensor& parameter : bucket.parameters) {
      const torch::Tensor part = bucket.sent.narrow(0, at, parameter.numel());
      const torch::Tensor& gradient = parameter.grad();
      if (gradient.defined()) {
        part.view(parameter.sizes()).copy_(gradient);
      } else {
        part.zero_();
      }
      bucket.sent[flag++].fill_(gradient.defined() ? 1 : 0);
      at += parameter.numel();
    }
    bucket.pending = processes.start_sum(bucket.sent);
  }

  void finish() {
    averaging = false;
    while (next < buckets.size()) send();
    const torch::NoGradGuard no_gradients;
    for (Bucket& bucket : buckets) {
      std::exchange(bucket.pending, nullptr)->wait();
      const auto count = static_cast<std::int64_t>(bucket.parameters.size());
      const torch::Tensor have = bucket.sent.narrow(0, bucket.sent.numel() - count, count).cpu();
      bucket.sent.div_(processes.size());
      std::int64_t at = 0, flag = 0;
      for (const torch::Tensor& parameter : bucket.parameters) {
        const torch::Tensor mean =
            bucket.sent.narrow(0, at, parameter.numel()).view(parameter.sizes());
        at += parameter.numel();
        if (have[flag++].item<float>() == 0) continue;
        if (parameter.grad().defined()) {
          parameter.mutable_grad().copy_(mean);
        } else {
          parameter.mutable_grad() = mean.clone();
        }
      }
    }
  }

  Processes& processes;
  std::vector<Bucket> buckets;
  /// The nodes that add to the gradients, which the parameters themselves do not keep alive.
  std::vector<Accumulator> accumulators;
  std::size_t next = 0;  ///< the bucket to be sent next
  bool averaging = false;
};

GradientBuckets::GradientBuckets(std::vector<torch::Tensor> parameters, Processes& processes,
                                 std::size_t bucket_bytes)
    : impl_(std::make_shared<Impl>(processes)) {
  if (processes.size() == 1) return;
  std::reverse(parameters.begin(), parameters.end());
  std::size_t bytes = bucket_bytes;
  for (const torch::Tensor& parameter : parameters) {
    if (bytes >= bucket_bytes) {
      impl_->buckets.emplace_back();
      bytes = 0;
    }
    impl_->buckets.back().parameters.push_back(parameter);
    bytes += parameter.nbytes();
    auto accumulator = torch::autograd::impl::grad_accumulator(parameter);
    accumulator->add_post_hook(std::make_unique<Impl::Hook>(impl_, impl_->buckets.size() - 1));
    impl_->accumulators.push_back(std::move(accumulator));
  }
  for (Impl::Bucket& bucket : impl_->buckets) {
    auto elements = static_cast<std::int64_t>(bucket.parameters.size());
    for (const torch::Tensor& parameter : bucket.parameters) elements += parameter.numel();
    bucket.sent = torch::empty({elements}, bucket.parameters[0].options().requires_grad(false));
  }
}

GradientBuckets::~GradientBuckets() = default;

void GradientBuckets::backward(const torch::Tensor& loss) {
  if (impl_->processes.size() == 1) {
    loss.backward();
    return;
  }
  impl_->begin();
  try {
    loss.backward();
  } catch (...) {
    impl_->averaging = false;
    throw;
  }
  impl_->finish();
}

}  // namespace lama::internal::training
