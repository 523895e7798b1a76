// Which of two programs' results people prefer: the paper's user study as a page that works from a
// file, and the count of its answers.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/dataset.h"

namespace lama::internal::evaluation {

/// Makes a self-contained page that shows at most `questions` items (spread evenly over the
/// dataset) with the results of both folders side by side. Order and sides are random for each
/// visit, without names. The page asks which result looks more natural. The browser keeps every
/// answer at once, so that a closed page goes on where it was; at the end the page saves all of
/// them as a file. Its source contains the names. Throws Error unless there are exactly two
/// folders, or if a picture cannot be read.
std::string study_page(const Dataset& dataset, std::size_t questions);

struct Preference {
  std::array<std::string, 2> names;
  std::array<std::size_t, 2> chosen = {0, 0};
  std::size_t undecided = 0;
  std::size_t answers = 0;  ///< files

  std::size_t decided() const { return chosen[0] + chosen[1]; }
  double share() const;  ///< share of the first among decided answers; NaN without any
  /// The 95 % confidence interval of share(), by Wilson's score method. It assumes independent
  /// answers: many answers of few people are less certain. NaN like share().
  std::array<double, 2> interval() const;
};

/// Counts the answers in the files, for each pair of names. Files with the same bytes count once.
/// Throws Error if a file does not come from a study page.
std::vector<Preference> count_answers(const std::vector<std::filesystem::path>& files);

}  // namespace lama::internal::evaluation
