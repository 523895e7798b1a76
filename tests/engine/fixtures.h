// Reads the parity fixtures that tests/oracle/make_networks.py makes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/tensor.h"
#include "tests/testing.h"
#include "weights/model_file.h"
#include "weights/safetensors.h"

namespace lama::internal::testing {

/// One network at one input size, with PyTorch's answers.
class ParityCase {
 public:
  explicit ParityCase(const std::string& name)
      : file_(data("parity/" + name + ".safetensors")),
        model(weights::open_model(data("networks/" + meta("network") + ".safetensors"))),
        height(std::stoul(meta("height"))),
        width(std::stoul(meta("width"))) {
    // The 512x512 picture is stored once.
    const std::string elsewhere =
        file_.metadata().contains("image") ? meta("image") : name + ".safetensors";
    const weights::SafetensorsFile images(data("parity/" + elsewhere));
    const auto image = images.raw("image");
    const auto mask = file_.raw("mask");
    for (std::size_t i = 0; i < height * width; ++i) {
      const bool missing = mask[i] != 0;
      for (std::size_t c = 0; c < 3; ++c) {
        input_.push_back(missing ? 0 : static_cast<float>(image[i * 3 + c]) / 255);
      }
      input_.push_back(missing ? 1 : 0);
    }
  }

  engine::Tensor input() const {
    engine::Tensor tensor(1, height, width, 4);
    std::copy(input_.begin(), input_.end(), tensor.data());
    return tensor;
  }

  std::string meta(const std::string& key) const { return file_.metadata().at(key); }
  bool has(const std::string& tensor) const { return file_.tensors().contains(tensor); }
  std::vector<float> values(const std::string& tensor) const { return file_.read(tensor); }
  const weights::SafetensorsFile& file() const { return file_; }

 private:
  weights::SafetensorsFile file_;
  std::vector<float> input_;

 public:
  weights::ModelFile model;
  std::size_t height, width;
};

inline double rms(const std::vector<float>& values) {
  double sum = 0;
  for (const float v : values) sum += double{v} * v;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// The largest difference between `expected`, which holds every `step`-th pixel, and those pixels
/// of `actual`, over the root mean square of `expected`.
template <typename Pixel>
double relative_difference(const std::vector<float>& expected, std::size_t channels,
                           std::size_t step, const Pixel& actual) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = actual(i / channels * step)[i % channels] - double{expected[i]};
    // Written so that a NaN counts as the worst of all.
    if (!(std::abs(difference) <= worst)) worst = std::abs(difference);
  }
  return worst / rms(expected);
}

}  // namespace lama::internal::testing
