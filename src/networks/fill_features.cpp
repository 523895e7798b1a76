#include "networks/fill_features.h"

#include <ATen/ops/adaptive_avg_pool2d.h>

#include "networks/efficientnet_lite.h"
#include "networks/feature_layers.h"

namespace lama::internal::networks {
namespace {

/// Every place's features at length 1.
at::Tensor of_unit_length(const at::Tensor& map) {
  return map / (map.square().sum(1, true).sqrt() + 1e-6);
}

/// 1 where the pixel is missing.
at::Tensor hole_tensor(const Mask& hole) {
  const at::Tensor bytes = at::from_blob(const_cast<std::uint8_t*>(hole.missing.data()),
                                         {1, 1, hole.height, hole.width}, at::kByte);
  return bytes.to(at::kFloat);
}

class FillFeaturesOnAten : public plugin::FillFeatures {
 public:
  explicit FillFeaturesOnAten(const weights::TensorFile& weights) : network_(1, false, weights) {}

  std::vector<std::array<double, kStages>> distances(const Planes& truth,
                                                     std::span<const Planes> results,
                                                     const Mask& hole) const override {
    return compute("feature distance", [&] {
      const at::Tensor missing = hole_tensor(hole);
      std::vector<at::Tensor> expected = maps(truth), shares;
      for (at::Tensor& map : expected) {
        map = of_unit_length(map);
        shares.push_back(at::adaptive_avg_pool2d(missing, map.sizes().slice(2)));
        shares.back() /= shares.back().sum();
      }
      std::vector<std::array<double, kStages>> list(results.size());
      for (std::size_t k = 0; k < results.size(); ++k) {
        const std::vector<at::Tensor> found = maps(results[k]);
        for (std::size_t s = 0; s < kStages; ++s) {
          const at::Tensor square = (of_unit_length(found[s]) - expected[s]).square().sum(1, true);
          list[k][s] = (square * shares[s]).sum().item<double>();
        }
      }
      return list;
    });
  }

  std::vector<float> features(const Planes& picture) const override {
    return compute("features", [&] {
      const at::Tensor means =
          network_->forward(tensor_of(picture)).back().mean({2, 3}).contiguous();
      const float* values = means.data_ptr<float>();
      return std::vector<float>(values, values + kFeatures);
    });
  }

 private:
  std::vector<at::Tensor> maps(const Planes& picture) const {
    std::vector<at::Tensor> stages = network_->forward(tensor_of(picture));
    stages.resize(kStages);
    return stages;
  }

  mutable EfficientNetLite network_;  // its forward() changes nothing
};

}  // namespace

std::unique_ptr<plugin::FillFeatures> make_fill_features(const weights::TensorFile& weights) {
  return compute("EfficientNet-Lite1", [&]() -> std::unique_ptr<plugin::FillFeatures> {
    return std::make_unique<FillFeaturesOnAten>(weights);
  });
}

}  // namespace lama::internal::networks
