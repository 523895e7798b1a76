#include "networks/device.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include <algorithm>

#include "base/error.h"

namespace lama::internal::networks {

c10::Device find_device(const std::string& name) {
  if (name == "torch-cpu" || name == "cpu") return c10::kCPU;
  const auto count = static_cast<int>(torch::cuda::device_count());
  const int wanted = name == "cuda" ? 0 : std::stoi(name.substr(std::string("cuda:").size()));
  if (wanted < count) return {c10::kCUDA, static_cast<c10::DeviceIndex>(wanted)};
  std::string there = "cpu";
  for (int i = 0; i < count; ++i) there += fmt::format(", cuda:{}", i);
  throw Error(fmt::format("--device {}: no such CUDA device here; available: {}", name, there));
}

c10::Device find_device_for(const std::string& name, int local_rank, int local_size) {
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (name == "auto" && count < std::max({1, local_size, local_rank + 1})) return c10::kCPU;
  if (name == "auto" || name == "cuda") return find_device(fmt::format("cuda:{}", local_rank));
  return find_device(name);
}

}  // namespace lama::internal::networks
