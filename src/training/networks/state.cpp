#include "training/networks/state.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace lama::training {
namespace {

void collect(const torch::nn::Module& module, const std::string& prefix, NamedTensors& tensors) {
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    tensors.emplace_back(prefix + parameter.key(), parameter.value());
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    tensors.emplace_back(prefix + buffer.key(), buffer.value());
  }
  for (const auto& child : module.named_children()) {
    collect(*child.value(), prefix + child.key() + ".", tensors);
  }
}

}  // namespace

NamedTensors state_dict(const torch::nn::Module& network) {
  NamedTensors tensors;
  collect(network, "", tensors);
  return tensors;
}

NamedTensors state_dict(const GeneratorImpl& generator) {
  NamedTensors tensors = state_dict(static_cast<const torch::nn::Module&>(generator));
  for (const auto& [name, original] : generator.copies()) {
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const auto& entry) { return entry.first == original; });
    const torch::Tensor tensor = found->second;
    tensors.emplace_back(name, tensor);
  }
  return tensors;
}

void load(torch::nn::Module& network, const weights::TensorFile& file) {
  const NamedTensors tensors = state_dict(network);
  std::string wrong;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    const auto found = file.tensors().find(name);
    if (found == file.tensors().end()) {
      wrong += fmt::format("{} {} is missing", wrong.empty() ? "" : ",", name);
    } else if (found->second.shape != tensor.sizes().vec() ||
               !weights::is_floating(found->second.dtype)) {
      wrong +=
          fmt::format("{} {} is {} {} and not {}", wrong.empty() ? "" : ",", name,
                      weights::name(found->second.dtype), weights::to_string(found->second.shape),
                      weights::to_string(tensor.sizes().vec()));
    }
  }
  if (!wrong.empty()) {
    throw Error(fmt::format("{}: not the weights of this network:{}", file.name(), wrong));
  }
  const torch::NoGradGuard no_gradients;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    std::vector<float> values = file.read(name);
    // copy_ writes through to the network's tensor, whatever its device and precision.
    torch::Tensor(tensor).copy_(torch::from_blob(values.data(), tensor.sizes()));
  }
}

}  // namespace lama::training
