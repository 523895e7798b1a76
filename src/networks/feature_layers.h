// Layers that the feature networks share, on ATen tensors of shape N, C, H, W. Only the headers of
// single operators are included: all of ATen would take three times as long to compile.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/max_pool2d.h>
#include <c10/core/InferenceMode.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "image/planes.h"
#include "networks/torch_error.h"
#include "plugin/module.h"

namespace lama::internal::networks {

/// A tensor that shares the picture's memory.
inline at::Tensor tensor_of(const Planes& picture) {
  // from_blob takes no const pointer; networks do not write to their input.
  return at::from_blob(const_cast<float*>(picture.values.data()),
                       {1, 3, picture.height, picture.width}, at::kFloat);
}

inline at::Tensor tensor_of(std::vector<float> values, const std::vector<std::int64_t>& shape) {
  return at::from_blob(values.data(), shape, at::kFloat).clone();
}

/// A convolution, its bias and a ReLU.
struct ConvolutionRelu {
  at::Tensor weight, bias;
  std::vector<std::int64_t> stride = {1, 1}, padding = {0, 0};

  at::Tensor operator()(const at::Tensor& input) const {
    return at::conv2d(input, weight, bias, stride, padding).relu_();
  }
};

/// Runs `function` without recording gradients, and turns LibTorch's exceptions into
/// lama::internal::Error. On the calling thread alone: the caller shares out pictures, and OpenMP's
/// threads, which spin while they wait, would take the processors from its other threads. Leaves
/// the thread at one, because LibTorch makes a new pool of threads at every change of the number:
/// OneThread restores it.
template <typename Function>
auto compute(const std::string& what, Function&& function) try {
  thread_local const bool alone = (at::set_num_threads(1), true);  // OpenMP counts per thread
  static_cast<void>(alone);
  const c10::InferenceMode inference;
  return function();
} catch (const c10::Error& error) {
  throw error_of(error, what);
}

}  // namespace lama::internal::networks
