#pragma once

#include "training/train_request.h"

namespace lama::internal::training {

/// Trains as in `request`, until the config's last step or until it is asked to stop; then the
/// run's folder has a checkpoint to go on from. Under torchrun, mpirun or Slurm it is one process
/// of a run (processes.h). Throws Error.
void train(const TrainRequest& request);

}  // namespace lama::internal::training
