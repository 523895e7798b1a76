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

/// What was measured. Per pair of pictures that is some 16 kB if there is an Inception network and
/// next to nothing otherwise; pictures are not kept.
struct Evaluation {
  std::vector<std::string> names;  ///< of the folders of predictions
  std::vector<Item> items;
  std::vector<double> areas;                    ///< of the items' holes, 0..1
  std::vector<std::vector<PairValues>> values;  ///< [folder][item]
  /// Inception's, one row an item; no rows without an Inception network.
  Features truth;
  std::vector<Features> results;      ///< [folder]
  std::vector<std::string> failures;  ///< what could not be measured, and why
};

/// Reads and measures items on `threads` threads at once; each holds one item's pictures, and with
/// LPIPS about 0.5 GB at 512 x 512. `done` is told the share that is done, 0 to 1, by one thread at
/// a time; what it throws ends the work. Values do not depend on the number of threads.
/// Throws Error if not one item could be measured.
Evaluation evaluate(const Dataset& dataset, const FeatureNetworks& networks, int threads,
                    const std::function<void(double)>& done);

/// An item's picture and mask as they are measured. Throws Error if they cannot be read or have
/// different sizes.
struct TruthAndHole {
  Planes truth;
  Mask hole;
};
TruthAndHole read_truth(const Item& item);
Planes read_result(const std::filesystem::path& path);

}  // namespace lama::evaluation
