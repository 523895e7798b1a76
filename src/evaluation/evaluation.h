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

namespace lama::evaluation {

struct PairValues : PairMetrics {
  double lpips = std::numeric_limits<double>::quiet_NaN();
};

/// The values. A pair of pictures takes about 16 kB with an Inception network and almost nothing
/// without; the pictures themselves are not kept.
struct Evaluation {
  std::vector<std::string> names;  ///< of the folders of predictions
  std::vector<Item> items;
  std::vector<double> areas;                    ///< of the items' holes, 0..1
  std::vector<std::vector<PairValues>> values;  ///< [folder][item]
  /// Inception's, one row per item; no rows without an Inception network
  Features truth;
  std::vector<Features> results;      ///< [folder]
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

}  // namespace lama::evaluation
