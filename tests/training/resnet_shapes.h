#pragma once

#include <array>
#include <map>
#include <string>

#include "model/architecture.h"

namespace lama::internal::testing {

/// The tensors of the published encoder files, or of narrower ones.
inline std::map<std::string, model::Shape> resnet_shapes(int depth, std::int64_t width = 64) {
  std::map<std::string, model::Shape> shapes;
  const auto norm = [&](const std::string& name, std::int64_t channels) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      shapes[name + part] = {channels};
    }
  };
  const auto stage = [&](const std::string& conv, const std::string& bn, std::int64_t in,
                         std::int64_t out, std::int64_t kernel) {
    shapes[conv + ".weight"] = {out, in, kernel, kernel};
    norm(bn, out);
  };
  stage("conv1", "bn1", 3, width, 3);
  stage("conv2", "bn2", width, width, 3);
  stage("conv3", "bn3", width, 2 * width, 3);
  const bool basic = depth == 18;
  std::int64_t in = 2 * width, planes = width;
  int layer = 1;
  for (const int blocks : basic ? std::array{2, 2, 2, 2} : std::array{3, 4, 6, 3}) {
    for (int i = 0; i < blocks; ++i) {
      const std::string block = "layer" + std::to_string(layer) + "." + std::to_string(i) + ".";
      const std::int64_t out = basic ? planes : 4 * planes;
      stage(block + "conv1", block + "bn1", in, planes, basic ? 3 : 1);
      stage(block + "conv2", block + "bn2", planes, planes, 3);
      if (!basic) stage(block + "conv3", block + "bn3", planes, out, 1);
      if (i == 0) stage(block + "downsample.0", block + "downsample.1", in, out, 1);
      in = out;
    }
    planes *= 2;
    ++layer;
  }
  return shapes;
}

}  // namespace lama::internal::testing
