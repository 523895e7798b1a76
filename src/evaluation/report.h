#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "evaluation/dataset.h"
#include "evaluation/summary.h"

namespace lama::internal::evaluation {

/// Makes one self-contained HTML page: the totals as a sortable table, a plot of each metric over
/// the size of the hole, and the best and worst results with their pictures, which it reads again.
/// The page loads nothing. It shows `notes` at its top. Throws Error if a picture cannot be read
/// any more.
std::string html_report(const Dataset& dataset, const Evaluation& evaluation,
                        const std::vector<Summary>& summaries,
                        const std::map<std::string, std::size_t>& winners,
                        const std::vector<std::string>& notes);

}  // namespace lama::internal::evaluation
