#include "networks/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/first_few.h"

namespace lama::internal::networks {
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

void copy(const weights::TensorFile& file, const std::string& name, torch::Tensor tensor) {
  const torch::NoGradGuard no_gradients;
  std::vector<float> values = file.read(name);
  // Writes through to the network's tensor, whatever its device and precision.
  tensor.copy_(torch::from_blob(values.data(), tensor.sizes()));
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
  std::vector<std::string> wrong;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    const auto found = file.tensors().find(name);
    if (found == file.tensors().end()) {
      wrong.push_back(name + " is missing");
    } else if (found->second.shape != tensor.sizes().vec() ||
               !weights::is_floating(found->second.dtype)) {
      wrong.push_back(fmt::format(
          "{} is {} {} and not {}", name, weights::name(found->second.dtype),
          weights::to_string(found->second.shape), weights::to_string(tensor.sizes().vec())));
    }
  }
  if (!wrong.empty()) {
    throw Error(
        fmt::format("{}: not the weights of this network: {}", file.name(), first_few(wrong)));
  }
  for (const auto& [name, tensor] : tensors) {
    if (tensor.is_floating_point()) copy(file, name, tensor);
  }
}

Matched load_matching(torch::nn::Module& network, const weights::TensorFile& file,
                      const std::string& prefix) {
  Matched result;
  NamedTensors fitting;
  std::set<std::string> known;
  for (const auto& [name, tensor] : state_dict(network)) {
    if (!tensor.is_floating_point()) continue;
    known.insert(name);
    const auto found = file.tensors().find(prefix + name);
    if (found == file.tensors().end()) {
      result.missing.push_back(name);
    } else if (found->second.shape != tensor.sizes().vec() ||
               !weights::is_floating(found->second.dtype)) {
      result.other_shape.push_back(fmt::format("{} {}, expected {}", name,
                                               weights::to_string(found->second.shape),
                                               weights::to_string(tensor.sizes().vec())));
    } else {
      fitting.emplace_back(name, tensor);
      result.matched.push_back(name);
    }
  }
  for (auto at = file.tensors().lower_bound(prefix);
       at != file.tensors().end() && at->first.starts_with(prefix); ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (weights::is_floating(at->second.dtype) && !known.contains(name)) {
      result.unexpected.push_back(name);
    }
  }
  for (const auto& [name, tensor] : fitting) copy(file, prefix + name, tensor);
  for (auto* names : {&result.matched, &result.missing, &result.other_shape}) {
    std::sort(names->begin(), names->end());
  }
  return result;
}

}  // namespace lama::internal::networks
