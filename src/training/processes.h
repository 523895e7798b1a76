// The processes of a training run, which share the work on each step's batch: one, or as many as
// torchrun, mpirun, Slurm or `lama train --procs` started.
//
// When a process ends, the others' next call here throws Error at once, because its connections
// close; when a machine is gone without a word, after kTimeout. So does a call with tensors whose
// type cannot be sent.
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <memory>
#include <vector>

#include "networks/batch_norm.h"
#include "training/place.h"

namespace lama::internal::training {

/// Thread-safety: none, but all_reduce() may be used beside the rest.
class Processes {
 public:
  /// The longest that one process may work while others wait for it.
  static constexpr std::chrono::minutes kTimeout{30};
  static constexpr std::chrono::minutes kStartTimeout{5};

  /// Waits until all processes of the run are there. They talk through Gloo or, about tensors on
  /// GPUs, NCCL, over the network that leads to process 0, or GLOO_SOCKET_IFNAME. Throws Error if
  /// not all come within kStartTimeout. Until then SIGINT, SIGTERM and SIGHUP end the process.
  explicit Processes(const Place& place = {}, torch::Device device = torch::kCPU);

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  bool is_first() const { return place_.rank == 0; }

  // Every process calls these equally often, in the same order and with the same shapes. Tensors
  // are changed in place.
  void barrier();
  void broadcast(const std::vector<torch::Tensor>& tensors);  ///< process 0's to all
  void sum(const torch::Tensor& tensor);

  /// The sum of contiguous `tensor` in the background: wait() of the result ends it.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };
  std::unique_ptr<Pending> start_sum(const torch::Tensor& tensor);

  /// A sum for synchronised batch norms, on connections of its own. Null in a run of one process.
  c10::intrusive_ptr<networks::AllReduce> all_reduce() const { return all_reduce_; }

 private:
  class Group;
  class Sum;

  Place place_;
  // Null in a run of one process.
  std::shared_ptr<Group> group_;
  c10::intrusive_ptr<networks::AllReduce> all_reduce_;
};

}  // namespace lama::internal::training
