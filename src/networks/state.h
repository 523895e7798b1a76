// Parameters and statistics of a network, to and from files of tensors.
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "networks/generator.h"
#include "weights/tensor_file.h"

namespace lama::internal::networks {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Parameters and buffers in the order of Python's state_dict(): of each module its parameters,
/// then its buffers (counters of batch norms among them), then its children's. The tensors are the
/// network's own.
NamedTensors state_dict(const torch::nn::Module& network);

/// The same with the names of shared parameters, which the published state dict has too.
NamedTensors state_dict(const GeneratorImpl& generator);

/// Copies values from `file`, which names them as state_dict does, but for batch norms' counters,
/// which stay. Tensors of the file that the network does not have are left alone. Throws Error,
/// naming all that are missing or of another shape, before anything is changed.
void load(torch::nn::Module& network, const weights::TensorFile& file);

/// The tensors by the result of load_matching; names without prefix, sorted.
struct Matched {
  std::vector<std::string> matched;
  std::vector<std::string> missing;      ///< the file has none: left as initialised
  std::vector<std::string> unexpected;   ///< the network has none
  std::vector<std::string> other_shape;  ///< "NAME [file's shape], expected [network's shape]"
};

/// Copies the tensors of `file` under `prefix` ("generator.") with the right name and shape into
/// `network`. Counters of batch norms are not counted.
Matched load_matching(torch::nn::Module& network, const weights::TensorFile& file,
                      const std::string& prefix);

}  // namespace lama::internal::networks
