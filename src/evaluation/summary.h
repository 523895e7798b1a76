// Means and distances over an evaluation set and over groups of similar hole size.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/evaluation.h"

namespace lama::internal::evaluation {

/// NaN for missing values: a metric of a whole set has no deviation.
struct Statistic {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< of the population (ddof 0)
};

/// Part of the items, or all of them ("total").
struct Group {
  std::string name;  ///< "10-20%": missing share of the picture; upper end excluded
  std::size_t items = 0;
  std::map<std::string, Statistic> metrics;  ///< by name
};

struct Summary {
  std::string name;           ///< of the folder of predictions
  std::vector<Group> groups;  ///< groups with items, by size of the hole, then the total
  const Group& total() const { return groups.back(); }
};

/// The direction in which a metric is better.
enum class Better { higher, lower, nearer_zero, nearer_one };

struct Metric {
  std::string_view name;     ///< in tables: "ring_delta_e"
  std::string_view title;    ///< for people: "Ring ΔE"
  std::string_view meaning;  ///< for people, a sentence
  Better better;
  /// the value of a pair of pictures, or null for a metric of a set
  double PairValues::*value;
};

/// Larger for a worse value.
double badness(const Metric& metric, double value);

/// All metrics, by name.
const std::vector<Metric>& metrics();

/// The group, 0 to 9, of a hole that covers `area` of the picture, as in the published offline
/// evaluation (saicinpainting/evaluation/evaluator.py).
int area_group(double area);

/// Per folder of predictions: the statistics of every metric of pairs; with features of crops
/// features_frechet and kid of each group with at least two crops; with Inception's features the
/// FID of each group with at least two items, and for all items P-IDS, U-IDS and the published
/// integral scores ssim_fid100_f1 and lpips_fid100_f1.
std::vector<Summary> summarize(const Evaluation& evaluation);

}  // namespace lama::internal::evaluation
