// Measures predictions against an evaluation set.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "evaluation/dataset.h"
#include "evaluation/features.h"
#include "evaluation/network_weights.h"
#include "evaluation/pair_metrics.h"

namespace lama::internal::evaluation {

struct PairValues : PairMetrics {
  double lpips = std::numeric_limits<double>::quiet_NaN();
  /// Distances in the hole at each of the feature network's stages, and their mean.
  double features = std::numeric_limits<double>::quiet_NaN();
  double features_1 = features, features_2 = features, features_3 = features, features_4 = features,
         features_5 = features, features_6 = features;
};

/// Features of a picture's hole_crops(), one row a crop.
using CropFeatures = std::vector<float>;

/// The values. Each picture, a truth or a result, takes 8 kB with an Inception network and up to
/// 20 kB with one of fills, and almost nothing without; the pictures themselves are not kept.
struct Evaluation {
  std::vector<std::string> names;  ///< of the folders of predictions
  std::vector<Item> items;
  std::vector<double> areas;                    ///< of the items' holes, 0..1
  std::vector<std::vector<PairValues>> values;  ///< [folder][item]
  /// Inception's, one row per item; no rows without an Inception network
  Features truth;
  std::vector<Features> results;  ///< [folder]
  /// Of crops around holes; empty without a network for them.
  std::vector<CropFeatures> truth_crops;                ///< [item]
  std::vector<std::vector<CropFeatures>> result_crops;  ///< [folder][item]
  std::vector<std::string> failures;  ///< errors of items that could not be measured
};

/// Reads and measures items on `threads` threads at once; each holds one item's pictures, and with
/// LPIPS about 0.5 GB at 512 x 512. `done` receives the finished share, 0 to 1, on one thread at a
/// time; an exception from it ends the work. Values do not depend on the number of threads. Throws
/// Error if no item could be measured.
Evaluation evaluate(const Dataset& dataset, const FeatureNetworks& networks, int threads,
                    const std::function<void(double)>& done);

/// An item's picture and mask for the metrics. Throws Error if they cannot be read or differ in
/// size.
struct TruthAndHole {
  Planes truth;
  Mask hole;
};
TruthAndHole read_truth(const Item& item);
Planes read_result(const std::filesystem::path& path);

}  // namespace lama::internal::evaluation
