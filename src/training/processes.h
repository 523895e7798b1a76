// The processes of a training run, which share the work on each step's batch: one, or as many as
// torchrun, mpirun, Slurm or `lama train --procs` started.
//
// A process that ends, or a machine that is gone, makes the others' next call here throw Error
// within seconds (Gloo sees the connection close) or within kTimeout (if nothing tells).
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "training/networks/batch_norm.h"

namespace lama::training {

/// A process's place in its run.
struct Place {
  int rank = 0, size = 1;
  int local_rank = 0;  ///< among those on the same machine: which GPU it takes
  int local_size = 1;  ///< how many share the machine's cores; 0: not known
  std::string host;    ///< where process 0 listens, or torchrun's agent
  std::uint16_t port = 29500;
  bool agent_listens = false;  ///< torchrun's agent does, not process 0
  std::string attempt;         ///< torchrun's count of restarts, which share the agent's store
};

/// From the environment: RANK, WORLD_SIZE, MASTER_ADDR, … (torchrun and --procs);
/// OMPI_COMM_WORLD_RANK … or PMI_RANK … (mpirun); SLURM_PROCID … (srun). MASTER_ADDR and
/// MASTER_PORT overrule what the latter say. Without any of them: one process. Throws Error if
/// something is missing or no number.
Place place_from_environment();

/// The first host of Slurm's list: "gpu[03-07,9],x1" -> "gpu03".
std::string first_host(const std::string& slurm_nodes);

/// Thread-safety: none, but all_reduce() may be used beside the rest.
class Processes {
 public:
  static constexpr std::chrono::minutes kTimeout{10};

  /// Waits until all processes of the run are there, at most kTimeout.
  explicit Processes(const Place& place = {}, torch::Device device = torch::kCPU);
  ~Processes();
  Processes(Processes&&) noexcept;
  Processes& operator=(Processes&&) noexcept;

  int rank() const;
  int size() const;
  bool is_first() const { return rank() == 0; }

  // Every process calls these equally often, in the same order and with the same shapes. Tensors
  // are changed in place.
  void barrier();
  void broadcast(const std::vector<torch::Tensor>& tensors);  ///< process 0's to all
  void sum(const torch::Tensor& tensor);
  void mean(const torch::Tensor& tensor);

  /// The sum of contiguous `tensor` in the background: wait() of the result ends it.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };
  std::unique_ptr<Pending> start_sum(const torch::Tensor& tensor);

  /// For synchronised batch norms: on connections of its own. Null in a run of one process.
  c10::intrusive_ptr<AllReduce> all_reduce() const;

 private:
  class Group;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::training
