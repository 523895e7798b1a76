// Without a common seed the masks here and the published ones still follow one distribution.
//
// Two-sample Kolmogorov-Smirnov tests of 5000 masks against the published code's 5000, whose
// histograms make_masks.py stored. At level 0.001 the test refuses distances between the
// distribution functions above 1.949 * sqrt(2 / 5000) = 0.0390. The distance measured at a point
// has a standard deviation of at most sqrt(0.25 * 2 / 5000) = 0.01: the test finds a true
// difference of 0.052 anywhere with a probability of at least 0.9, one of 0.07 with 0.999. (Binning
// only makes distances smaller, and less likely to be refused by chance.)
#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>
#include <string>

#include "base/seed.h"
#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

using testing::config_of;
using testing::masks_data;
using Histogram = std::map<int, int>;

constexpr int kMasks = 5000;
constexpr double kRefused = 0.0390;

double distance(const Histogram& a, const Histogram& b) {
  const auto total = [](const Histogram& histogram) {
    int sum = 0;
    for (const auto& [bin, count] : histogram) sum += count;
    return static_cast<double>(sum);
  };
  std::map<int, double> steps;
  for (const auto& [bin, count] : a) steps[bin] += count / total(a);
  for (const auto& [bin, count] : b) steps[bin] -= count / total(b);
  double difference = 0, most = 0;
  for (const auto& [bin, step] : steps) {
    difference += step;
    most = std::max(most, std::abs(difference));
  }
  return most;
}

/// The same integers as in make_masks.py.
std::map<std::string, Histogram> measure(const MaskConfig& config, std::uint32_t seed) {
  std::map<std::string, Histogram> histograms;
  for (int i = 0; i < kMasks; ++i) {
    Random random(derived_seed(seed, std::to_string(i)));
    Mask mask = config.generator->make({.width = 256, .height = 256}, random);
    const cv::Mat hole(mask.height, mask.width, CV_8U, mask.missing.data());
    const int area = static_cast<int>(mask.count());
    cv::Mat radius, components;
    cv::distanceTransform(hole, radius, cv::DIST_L2, cv::DIST_MASK_PRECISE);
    double largest = 0;
    cv::minMaxLoc(radius, nullptr, &largest);
    ++histograms["area_permille"][area * 1000 / static_cast<int>(mask.missing.size())];
    ++histograms["components"][cv::connectedComponents(hole, components, 8) - 1];
    ++histograms["largest_radius"][static_cast<int>(largest)];
    ++histograms["mean_width"][static_cast<int>(4 * cv::sum(radius)[0] / std::max(1, area))];
  }
  return histograms;
}

std::map<std::string, Histogram> published(const nlohmann::json& json) {
  std::map<std::string, Histogram> histograms;
  for (const auto& [name, bins] : json["histograms"].items()) {
    for (const auto& bin : bins) histograms[name][bin[0]] = bin[1];
  }
  return histograms;
}

TEST(SlowMaskDistribution, IsThePublishedOne) {
  const auto statistics = masks_data("statistics");
  for (const auto& [name, json] : statistics.items()) {
    ASSERT_EQ(json["count"], kMasks);
    const auto ours = measure(config_of(json["config"]), 1);
    for (const auto& [statistic, histogram] : published(json)) {
      const double found = distance(ours.at(statistic), histogram);
      EXPECT_LT(found, kRefused) << name << " " << statistic;
      ::testing::Test::RecordProperty(name + "_" + statistic, std::to_string(found));
    }
  }
}

TEST(SlowMaskDistribution, SmallMistakesWouldShow) {
  const auto statistics = masks_data("statistics");
  const auto& right = statistics["abl-04-256-mh-dist"];
  const auto expected = published(right);
  const auto change = [&](const char* kwargs, const char* key, int value) {
    auto config = right["config"];
    config["train"]["mask_gen_kwargs"][kwargs][key] = value;
    const auto found = measure(config_of(config), 1);
    double most = 0;
    for (const auto& [statistic, histogram] : expected) {
      most = std::max(most, distance(found.at(statistic), histogram));
    }
    return most;
  };
  // A port that takes max_times literally draws one stroke less.
  EXPECT_GT(change("irregular_kwargs", "max_times", 4), kRefused);
  EXPECT_GT(change("irregular_kwargs", "max_width", 80), kRefused);
  EXPECT_GT(change("box_kwargs", "bbox_max_size", 130), kRefused);
}

}  // namespace
}  // namespace lama::internal::masks
