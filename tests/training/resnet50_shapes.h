#pragma once

#include <map>
#include <string>

#include "model/generator.h"

namespace lama::testing {

/// What the published encoder files hold.
inline std::map<std::string, model::Shape> resnet50_shapes() {
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
  stage("conv1", "bn1", 3, 64, 3);
  stage("conv2", "bn2", 64, 64, 3);
  stage("conv3", "bn3", 64, 128, 3);
  std::int64_t in = 128, planes = 64;
  int layer = 1;
  for (const int blocks : {3, 4, 6, 3}) {
    for (int i = 0; i < blocks; ++i) {
      const std::string block = "layer" + std::to_string(layer) + "." + std::to_string(i) + ".";
      stage(block + "conv1", block + "bn1", in, planes, 1);
      stage(block + "conv2", block + "bn2", planes, planes, 3);
      stage(block + "conv3", block + "bn3", planes, 4 * planes, 1);
      if (i == 0) stage(block + "downsample.0", block + "downsample.1", in, 4 * planes, 1);
      in = 4 * planes;
    }
    planes *= 2;
    ++layer;
  }
  return shapes;
}

}  // namespace lama::testing
