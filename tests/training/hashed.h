// Weights and inputs that the oracle made too: see tests/oracle/hashed.py.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "networks/state.h"
#include "tests/testing.h"
#include "weights/safetensors.h"

namespace lama::internal::testing {

inline std::vector<float> hashed_values(const std::string& name, std::size_t count, double low,
                                        double high) {
  std::uint32_t seed = 2166136261U;
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619U;
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t h = seed + static_cast<std::uint32_t>(i) * 0x9E3779B9U;
    h = (h ^ (h >> 16)) * 0x85EBCA6BU;
    h = (h ^ (h >> 13)) * 0xC2B2AE35U;
    h ^= h >> 16;
    values[i] = static_cast<float>(low + (high - low) * ((h >> 8) / 16777216.0));
  }
  return values;
}

inline std::vector<float> hashed_parameter(const std::string& name, const model::Shape& shape) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
  const std::string last = name.substr(name.rfind('.') + 1);
  if (last == "weight" && shape.size() >= 2) {
    const double bound =
        std::sqrt(6.0 / (static_cast<double>(count) / static_cast<double>(shape[0])));
    return hashed_values(name, count, -bound, bound);
  }
  if (last == "weight") return hashed_values(name, count, 0.8, 1.2);
  if (last == "running_var") return hashed_values(name, count, 0.5, 1.5);
  if (last == "angle") return hashed_values(name, count, -40, 60);
  return hashed_values(name, count, -0.1, 0.1);
}

/// Hashed weights of the given shapes as if they came from a file.
class HashedFile : public weights::TensorFile {
 public:
  explicit HashedFile(const std::map<std::string, model::Shape>& shapes) : TensorFile("hashed") {
    for (const auto& [name, shape] : shapes) tensors_[name] = {weights::DType::f32, shape};
  }
  HashedFile(const networks::NamedTensors& tensors) : TensorFile("hashed") {  // NOLINT
    for (const auto& [name, tensor] : tensors) {
      tensors_[name] = {weights::DType::f32, tensor.sizes().vec()};
    }
  }

 private:
  std::vector<float> load(const std::string& name) const override {
    return hashed_parameter(name, tensors_.at(name).shape);
  }
};

inline void fill_hashed(torch::nn::Module& network) {
  networks::load(network, HashedFile(networks::state_dict(network)));
}

/// Numbers as the oracle's `batch`.
inline torch::Tensor hashed(const std::string& name, const model::Shape& shape,
                            torch::ScalarType type = torch::kDouble, double low = 0,
                            double high = 1) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
  std::vector<float> values = hashed_values(name, count, low, high);
  return torch::from_blob(values.data(), shape).to(type, /*non_blocking=*/false, /*copy=*/true);
}

/// The oracle's `mask`: rectangles of ones, one a picture.
inline torch::Tensor rectangles(std::int64_t batch, std::int64_t height, std::int64_t width,
                                torch::ScalarType type = torch::kDouble) {
  torch::Tensor mask = torch::zeros({batch, 1, height, width}, type);
  for (std::int64_t i = 0; i < batch; ++i) {
    mask[i].slice(1, height / 4 + i, 3 * height / 4).slice(2, width / 5, width / 2 + 2 * i) = 1;
  }
  return mask;
}

/// A picture or map whose gradient will be asked for.
inline torch::Tensor leaf(const torch::Tensor& x) { return x.detach().clone().requires_grad_(); }

/// The answers of the published code.
class Oracle {
 public:
  explicit Oracle(const std::string& name) : file_(data("training/" + name + ".safetensors")) {}

  bool has(const std::string& name) const { return file_.tensors().contains(name); }
  const std::map<std::string, weights::TensorInfo>& tensors() const { return file_.tensors(); }
  std::string meta(const std::string& key) const { return file_.metadata().at(key); }

  torch::Tensor operator[](const std::string& name) const {
    std::vector<float> values = file_.read(name);
    return torch::from_blob(values.data(), file_.tensors().at(name).shape)
        .to(torch::kDouble, false, true);
  }

 private:
  weights::SafetensorsFile file_;
};

/// The largest difference between `expected`, which holds every `step`-th element, and those of
/// `actual`, over the root mean square of `expected`. Infinite if there is something not finite.
inline double difference(const torch::Tensor& expected, const torch::Tensor& actual,
                         std::int64_t step = 1) {
  const torch::Tensor picked =
      actual.detach().reshape({-1}).slice(0, 0, c10::nullopt, step).to(torch::kDouble);
  if (picked.numel() != expected.numel() || !picked.isfinite().all().item<bool>()) return INFINITY;
  const torch::Tensor wanted = expected.reshape({-1});
  return ((picked - wanted).abs().max() / wanted.square().mean().sqrt()).item<double>();
}

/// The oracle's `products`, compared: the largest difference in any tensor's length or product with
/// its direction, over its length, or over `floor` of the largest length. (A bias before a batch
/// norm has no gradient but rounding.)
inline double products_difference(const torch::Tensor& expected,
                                  const networks::NamedTensors& tensors, double floor) {
  if (expected.size(0) != static_cast<std::int64_t>(tensors.size())) return INFINITY;
  double worst = 0;
  const double largest = expected.select(1, 0).max().item<double>();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    const torch::Tensor values = tensor.detach().to(torch::kDouble);
    const torch::Tensor direction =
        hashed("direction." + name, values.sizes().vec(), torch::kDouble, -1, 1);
    const torch::Tensor row = expected[static_cast<std::int64_t>(i)];
    const double length = row[0].item<double>(), product = row[1].item<double>();
    const double off = std::max(std::abs(values.norm().item<double>() - length),
                                std::abs((values * direction).sum().item<double>() - product));
    const double relative = off / std::max(length, floor * largest);
    if (!(relative <= worst)) worst = relative;
  }
  return worst;
}

}  // namespace lama::internal::testing
