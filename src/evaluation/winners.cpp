#include "evaluation/winners.h"

#include <vector>

#include "evaluation/paired_bootstrap.h"
#include "evaluation/summary.h"

namespace lama::internal::evaluation {
namespace {

/// How much worse `other` is than `folder`, picture by picture.
std::vector<double> leads(const Evaluation& evaluation, const Metric& metric, std::size_t folder,
                          std::size_t other) {
  std::vector<double> list;
  list.reserve(evaluation.items.size());
  for (std::size_t i = 0; i < evaluation.items.size(); ++i) {
    list.push_back(badness(metric, evaluation.values[other][i].*metric.value) -
                   badness(metric, evaluation.values[folder][i].*metric.value));
  }
  return list;
}

bool wins(const Evaluation& evaluation, const Metric& metric, std::size_t folder) {
  for (std::size_t other = 0; other < evaluation.names.size(); ++other) {
    if (other == folder) continue;
    if (!(paired_interval(leads(evaluation, metric, folder, other)).low > 0)) return false;
  }
  return true;
}

}  // namespace

std::map<std::string, std::size_t> winners(const Evaluation& evaluation) {
  std::map<std::string, std::size_t> found;
  if (evaluation.names.size() < 2) return found;
  for (const Metric& metric : metrics()) {
    if (metric.value == nullptr) continue;
    for (std::size_t folder = 0; folder < evaluation.names.size(); ++folder) {
      if (wins(evaluation, metric, folder)) found[std::string(metric.name)] = folder;
    }
  }
  return found;
}

}  // namespace lama::internal::evaluation
