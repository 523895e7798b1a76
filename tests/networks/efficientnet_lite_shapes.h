#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/architecture.h"

namespace lama::internal::testing {

/// The tensors of the published file of `size`, without its classifier.
inline std::map<std::string, model::Shape> efficientnet_lite_shapes(int size) {
  std::map<std::string, model::Shape> shapes;
  const auto layer = [&](const std::string& convolution, const std::string& norm,
                         model::Shape shape) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      shapes[norm + part] = {shape[0]};
    }
    shapes[convolution + ".weight"] = std::move(shape);
  };
  // Blocks and channels of each stage as the published files have them.
  const std::vector<std::pair<int, std::int64_t>> stages =
      size == 0   ? std::vector<std::pair<int, std::int64_t>>{{1, 16},  {2, 24},  {2, 40}, {3, 80},
                                                              {3, 112}, {4, 192}, {1, 320}}
      : size == 1 ? std::vector<std::pair<int, std::int64_t>>{{1, 16},  {3, 24},  {3, 40}, {4, 80},
                                                              {4, 112}, {5, 192}, {1, 320}}
                  : std::vector<std::pair<int, std::int64_t>>{{1, 16},  {3, 24},  {3, 48}, {4, 88},
                                                              {4, 120}, {5, 208}, {1, 352}};
  const std::int64_t kernels[] = {3, 3, 5, 3, 5, 5, 3};
  layer("_conv_stem", "_bn0", {32, 3, 3, 3});
  std::int64_t in = 32;
  int block = 0;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    for (int i = 0; i < stages[stage].first; ++i) {
      const std::string name = fmt::format("_blocks.{}.", block++);
      const std::int64_t out = stages[stage].second, inside = stage == 0 ? in : 6 * in;
      if (stage > 0) layer(name + "_expand_conv", name + "_bn0", {inside, in, 1, 1});
      layer(name + "_depthwise_conv", name + "_bn1", {inside, 1, kernels[stage], kernels[stage]});
      layer(name + "_project_conv", name + "_bn2", {out, inside, 1, 1});
      in = out;
    }
  }
  return shapes;
}

}  // namespace lama::internal::testing
