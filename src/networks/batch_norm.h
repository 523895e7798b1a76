// Batch norm, by itself or synchronised over the processes of a training run.
#pragma once

#include <torch/custom_class.h>
#include <torch/torch.h>

#include <utility>

namespace lama::internal::networks {

/// Adds up tensors of all processes.
class AllReduce : public torch::CustomClassHolder {
 public:
  /// The sum of the tensors of all processes, in a new tensor. Every process calls it equally
  /// often, in the same order and with the same shapes, forwards and backwards: give it a process
  /// group of its own, so that its calls and those for gradients do not mix. Autograd does not
  /// record it.
  virtual torch::Tensor sum(const torch::Tensor& value) = 0;
};

/// all_reduce.sum, differentiable any number of times: the derivative of a sum over processes is
/// the sum over processes of the derivatives.
torch::Tensor sum_over_processes(const torch::Tensor& value,
                                 const c10::intrusive_ptr<AllReduce>& all_reduce);

/// BatchNorm2d, with the same parameters and buffers. Once given an AllReduce, in training mode it
/// takes its statistics from the pixels of all processes; batches may differ in size.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(std::int64_t channels, bool affine = true);

  torch::Tensor forward(const torch::Tensor& x);
  void synchronise(c10::intrusive_ptr<AllReduce> all_reduce) {
    all_reduce_ = std::move(all_reduce);
  }

  torch::Tensor weight, bias;  ///< undefined unless affine
  torch::Tensor running_mean, running_var, num_batches_tracked;

 private:
  torch::Tensor synchronised(const torch::Tensor& given);

  c10::intrusive_ptr<AllReduce> all_reduce_;
};
TORCH_MODULE(BatchNorm);

/// Every BatchNorm in `network`. Null ends it.
void synchronise_batch_norms(torch::nn::Module& network,
                             const c10::intrusive_ptr<AllReduce>& all_reduce);

}  // namespace lama::internal::networks
