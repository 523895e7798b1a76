#include "training/data/colour_transforms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "training/data/mat.h"

namespace lama::internal::training {
namespace {

using Table = std::array<std::uint8_t, 256>;

/// `change` of every sample value, in single precision as NumPy has it, cut to whole numbers.
template <typename Change>
Table table(Change change) {
  Table values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::uint8_t>(std::clamp(change(static_cast<float>(i)), 0.F, 255.F));
  }
  return values;
}

}  // namespace

Image equalized(const Image& picture, double clip_limit) {
  // OpenCV makes its tables for Lab when they are needed first. Where two threads do that at once
  // one set of them is lost.
  [[maybe_unused]] static const bool tables_are_made = [] {
    const cv::Mat pixel(1, 1, CV_8UC3, cv::Scalar::all(0));
    cv::Mat lab, back;
    cv::cvtColor(pixel, lab, cv::COLOR_RGB2Lab);
    cv::cvtColor(lab, back, cv::COLOR_Lab2RGB);
    return true;
  }();
  cv::Mat lab, lightness;
  cv::cvtColor(mat_of(picture), lab, cv::COLOR_RGB2Lab);
  cv::extractChannel(lab, lightness, 0);
  cv::createCLAHE(clip_limit, {8, 8})->apply(lightness, lightness);
  cv::insertChannel(lightness, lab, 0);
  Image result(picture.width(), picture.height(), 3, Depth::u8);
  cv::Mat out = mat_of(result);
  cv::cvtColor(lab, out, cv::COLOR_Lab2RGB);
  return result;
}

Image brightness_contrast(const Image& picture, double contrast, double brightness) {
  const auto factor = static_cast<float>(contrast), more = static_cast<float>(brightness * 255);
  const Table changed = table([&](float sample) { return sample * factor + more; });
  Image result = picture;
  for (std::uint8_t& sample : result.bytes()) sample = changed[sample];
  return result;
}

Image hue_saturation_value(const Image& picture, double hue, double saturation, double value) {
  const auto shifted = [](double shift) {
    return table([by = static_cast<float>(shift)](float sample) { return sample + by; });
  };
  const Table hues = table([by = static_cast<float>(hue)](float sample) {
    const float angle = std::fmod(sample + by, 180.F);
    return angle < 0 ? angle + 180.F : angle;
  });
  const Table saturations = shifted(saturation), values = shifted(value);
  Image result(picture.width(), picture.height(), 3, Depth::u8);
  cv::Mat pixels = mat_of(result);
  cv::cvtColor(mat_of(picture), pixels, cv::COLOR_RGB2HSV);
  auto* samples = result.samples<std::uint8_t>();
  for (std::size_t i = 0; i < result.bytes().size(); i += 3) {
    samples[i] = hues[samples[i]];
    samples[i + 1] = saturations[samples[i + 1]];
    samples[i + 2] = values[samples[i + 2]];
  }
  cv::cvtColor(pixels, pixels, cv::COLOR_HSV2RGB);
  return result;
}

}  // namespace lama::internal::training
