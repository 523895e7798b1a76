#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "evaluation/evaluation.h"

namespace lama::internal::evaluation {

/// By metric of pairs: the folder of predictions, by its number, that is better than every other
/// one by a difference whose paired_interval() over pictures excludes zero. Metrics that no folder
/// wins so, and those of sets as a whole, are not in it.
std::map<std::string, std::size_t> winners(const Evaluation& evaluation);

}  // namespace lama::internal::evaluation
