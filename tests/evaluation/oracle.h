// Reads the results of tests/oracle/make_evaluation.py and make_fills.py.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "evaluation/features.h"
#include "image/mask.h"
#include "image/planes.h"
#include "tests/testing.h"
#include "weights/safetensors.h"

namespace lama::internal::testing {

class EvaluationOracle {
 public:
  explicit EvaluationOracle(const std::string& file = "evaluation.safetensors")
      : file_(data(file)) {}

  Planes picture(const std::string& name) const {
    const auto& shape = file_.tensors().at(name).shape;  // H, W, 3
    Image image(static_cast<int>(shape[1]), static_cast<int>(shape[0]), 3, Depth::u8);
    const auto raw = file_.raw(name);
    std::memcpy(image.bytes().data(), raw.data(), raw.size());
    return rgb_planes(image);
  }
  Mask mask() const {
    const auto& shape = file_.tensors().at("mask").shape;
    const auto raw = file_.raw("mask");
    Mask mask{static_cast<int>(shape[1]), static_cast<int>(shape[0]), {}};
    for (const auto value : raw) mask.missing.push_back(value > 0);
    return mask;
  }
  /// float64 values, unconverted.
  std::vector<double> doubles(const std::string& name) const {
    const auto raw = file_.raw(name);
    std::vector<double> values(raw.size() / sizeof(double));
    std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
  std::vector<float> floats(const std::string& name) const { return file_.read(name); }
  evaluation::Features features(const std::string& name) const {
    return {static_cast<std::size_t>(file_.tensors().at(name).shape[1]), file_.read(name)};
  }

 private:
  weights::SafetensorsFile file_;
};

}  // namespace lama::internal::testing
