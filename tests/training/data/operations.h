// The results of imgaug and albumentations for two pictures: see
// tests/oracle/make_training_data.py.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "image/image.h"
#include "tests/testing.h"
#include "weights/safetensors.h"

namespace lama::internal::testing {

class Operations {
 public:
  Image picture(const std::string& name) const {
    const auto& shape = file_.tensors().at(name).shape;  // H, W, 3
    Image image(static_cast<int>(shape[1]), static_cast<int>(shape[0]), 3, Depth::u8);
    const auto raw = file_.raw(name);
    std::memcpy(image.bytes().data(), raw.data(), raw.size());
    return image;
  }

  using Operation = std::function<Image(const Image&, const std::vector<double>&)>;

  /// Applies `operation` to both pictures with all parameters that the oracle used, and expects
  /// what it answered, but for 0.5 % of the samples, which may be `tolerance` off: vector code may
  /// round differently from one processor to the next.
  void expect_same(const std::string& name, const Operation& operation, int tolerance = 1) const {
    int cases = 0;
    for (const auto& [key, parameters] : file_.metadata()) {
      if (!key.starts_with(name + ".")) continue;
      ++cases;
      const std::string from = key.substr(name.size() + 1, 5);
      std::istringstream text(parameters);
      const std::vector<double> values{std::istream_iterator<double>(text), {}};
      const Image expected = picture(key), actual = operation(picture(from), values);
      ASSERT_EQ(actual.width(), expected.width()) << key;
      ASSERT_EQ(actual.height(), expected.height()) << key;
      int most = 0;
      std::size_t different = 0;
      for (std::size_t i = 0; i < expected.bytes().size(); ++i) {
        const int difference = std::abs(expected.bytes()[i] - actual.bytes()[i]);
        most = std::max(most, difference);
        if (difference > 0) ++different;
      }
      EXPECT_LE(most, tolerance) << key << " " << parameters;
      EXPECT_LE(static_cast<double>(different),
                0.005 * static_cast<double>(expected.bytes().size()))
          << key << " " << parameters;
    }
    EXPECT_GE(cases, 2) << name;
  }

 private:
  weights::SafetensorsFile file_{data("training_data/operations.safetensors")};
};

}  // namespace lama::internal::testing
