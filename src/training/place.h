// Where a process is among those of its training run, from what its launcher says.
#pragma once

#include <cstdint>
#include <string>

namespace lama::internal::training {

/// A process's place in its run.
struct Place {
  int rank = 0, size = 1;
  int local_rank = 0;  ///< among those on the same machine: which GPU it takes
  int local_size = 1;  ///< how many share the machine's cores; 0: not known
  /// Their meeting point: a file (--procs), or a port at which process 0 listens. With torchrun the
  /// port after MASTER_PORT: its agent has that one, and a protocol that changes with PyTorch's
  /// version.
  std::string file;
  std::string host;
  std::uint16_t port = 29500;
  std::string attempt;  ///< torchrun's count of restarts, which share a port
};

/// From the environment: RANK, WORLD_SIZE, MASTER_ADDR, … (torchrun and --procs);
/// OMPI_COMM_WORLD_RANK … or PMI_RANK … (mpirun); SLURM_PROCID … (srun). MASTER_ADDR and
/// MASTER_PORT overrule the latter. Without any of them: one process. Throws Error if something is
/// missing or no number.
Place place_from_environment();

/// The first host of Slurm's list: "gpu[03-07,9],x1" -> "gpu03".
std::string first_host(const std::string& slurm_nodes);

/// The address of this machine on the way to process 0. Throws Error if no way leads there.
std::string own_address(const Place& place);

}  // namespace lama::internal::training
