// Means and distances over an evaluation set and over its parts with holes of similar size.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/evaluation.h"

namespace lama::evaluation {

/// NaN is what does not exist: a metric of a set as a whole has no deviation.
struct Statistic {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< of the population (ddof 0)
};

/// Part of the items, or all of them ("total").
struct Group {
  std::string name;  ///< "10-20%": the share of the picture that is missing; upper end excluded
  std::size_t items = 0;
  std::map<std::string, Statistic> metrics;  ///< by name
};

struct Summary {
  std::string name;           ///< of the folder of predictions
  std::vector<Group> groups;  ///< those that have items, by size of the hole, then the total
  const Group& total() const { return groups.back(); }
};

/// In which direction a metric is better.
enum class Better { higher, lower, nearer_zero };

struct Metric {
  std::string_view name;     ///< in tables: "ring_delta_e"
  std::string_view title;    ///< for people: "Ring ΔE"
  std::string_view meaning;  ///< in a sentence
  Better better;
  /// Of a pair of pictures, or null: of a set.
  double PairValues::*value;
};

/// All there are, by name.
const std::vector<Metric>& metrics();

/// The group of a hole that takes `area` of the picture, 0 to 9, as the published offline
/// evaluation counts (spec 7.2).
int area_group(double area);

/// Per folder of predictions: the statistics of every metric of pairs; with Inception's features
/// FID of each group with at least two items, and of all items P-IDS, U-IDS and the published
/// integral scores ssim_fid100_f1 and lpips_fid100_f1.
std::vector<Summary> summarize(const Evaluation& evaluation);

}  // namespace lama::evaluation
