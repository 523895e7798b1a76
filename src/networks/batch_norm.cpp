#include "networks/batch_norm.h"

#include "networks/layers.h"

namespace lama::internal::networks {
namespace {

constexpr double kMomentum = 0.1, kEps = 1e-5;

class SumOverProcesses : public torch::autograd::Function<SumOverProcesses> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& value,
                               const c10::intrusive_ptr<AllReduce>& all_reduce) {
    context->saved_data["all_reduce"] = c10::IValue::make_capsule(all_reduce);
    return all_reduce->sum(value);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto all_reduce = c10::static_intrusive_pointer_cast<AllReduce>(
        context->saved_data["all_reduce"].toCapsule());
    return {sum_over_processes(gradients[0], all_reduce), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor sum_over_processes(const torch::Tensor& value,
                                 const c10::intrusive_ptr<AllReduce>& all_reduce) {
  return SumOverProcesses::apply(value, all_reduce);
}

BatchNormImpl::BatchNormImpl(std::int64_t channels, bool affine) {
  if (affine) {
    weight = register_parameter("weight", torch::ones(channels));
    bias = register_parameter("bias", torch::zeros(channels));
  }
  running_mean = register_buffer("running_mean", torch::zeros(channels));
  running_var = register_buffer("running_var", torch::ones(channels));
  num_batches_tracked = register_buffer("num_batches_tracked", torch::tensor(0, torch::kLong));
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (is_training()) num_batches_tracked += 1;
  if (is_training() && all_reduce_) return synchronised(x);
  return torch::batch_norm(x, weight, bias, running_mean, running_var, is_training(), kMomentum,
                           kEps, at::globalContext().userEnabledCuDNN());
}

torch::Tensor BatchNormImpl::synchronised(const torch::Tensor& given) {
  const torch::Tensor x = at_least_float(given);
  const std::int64_t channels = x.size(1);
  const auto per_channel = [&](const torch::Tensor& values) {
    return values.view({1, channels, 1, 1});
  };
  const std::int64_t own = x.numel() / channels;
  const torch::Tensor own_count = torch::full({1}, static_cast<double>(own), x.options());
  const torch::Tensor totals =
      sum_over_processes(torch::cat({x.sum({0, 2, 3}), own_count}), all_reduce_);
  const torch::Tensor count = totals.narrow(0, channels, 1).detach();
  const torch::Tensor mean = totals.narrow(0, 0, channels) / count;
  // The variance in a second round, from the mean: E[x^2] - E[x]^2 would lose digits.
  const torch::Tensor centred = x - per_channel(mean);
  const torch::Tensor variance =
      sum_over_processes(centred.square().sum({0, 2, 3}), all_reduce_) / count;
  {
    const torch::NoGradGuard no_gradients;
    running_mean.lerp_(mean, kMomentum);
    running_var.lerp_(variance * count / (count - 1), kMomentum);
  }
  const torch::Tensor normalised = centred * per_channel((variance + kEps).rsqrt());
  const torch::Tensor result =
      weight.defined() ? normalised * per_channel(weight) + per_channel(bias) : normalised;
  return result.to(given.scalar_type());
}

void synchronise_batch_norms(torch::nn::Module& network,
                             const c10::intrusive_ptr<AllReduce>& all_reduce) {
  for (const auto& module : network.modules()) {
    if (auto* norm = module->as<BatchNormImpl>()) norm->synchronise(all_reduce);
  }
}

}  // namespace lama::internal::networks
