// The values as text.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluation/summary.h"

namespace lama::internal::evaluation {

/// The published table: one row for each group, two header lines (metric; mean or std), values with
/// four digits, empty cells for missing values. With several summaries two columns name the rows:
/// the folder and the group.
std::string summary_table(const std::vector<Summary>& summaries, char separator);

/// One row for each item and folder of predictions.
std::string item_table(const Evaluation& evaluation, char separator);

/// The totals for people: one row for each metric, one column for each folder, and who wins.
std::string readable_table(const std::vector<Summary>& summaries,
                           const std::map<std::string, std::size_t>& winners);

nlohmann::ordered_json to_json(const std::vector<Summary>& summaries);

}  // namespace lama::internal::evaluation
