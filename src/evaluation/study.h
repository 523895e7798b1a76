// Which of two programs' results people prefer: the paper's user study as a page that works from a
// file, and the count of its answers.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/dataset.h"

namespace lama::evaluation {

/// A self-contained page that shows each of at most `questions` items (spread evenly over the
/// dataset) with the results of both folders beside each other, in an order and on sides that are
/// drawn anew for each visit, without names, and asks which looks more natural. The answers are
/// saved as a file. Names are in the page's source: it is blind for who looks, not for who digs.
/// Throws Error unless there are exactly two folders, or if a picture cannot be read.
std::string study_page(const Dataset& dataset, std::size_t questions);

struct Preference {
  std::array<std::string, 2> names;
  std::array<std::size_t, 2> chosen = {0, 0};
  std::size_t undecided = 0;
  std::size_t answers = 0;  ///< files

  std::size_t decided() const { return chosen[0] + chosen[1]; }
  double share() const;  ///< of the first among decided answers; NaN if there are none
  /// The 95 % confidence interval of share(), by Wilson's score method. It takes answers as
  /// independent; many answers of few people are less certain than it says. NaN like share().
  std::array<double, 2> interval() const;
};

/// Counts the answers in the files, for every two names that were compared.
/// Throws Error if a file is none that a study page saved, or is named twice.
std::vector<Preference> count_answers(const std::vector<std::filesystem::path>& files);

}  // namespace lama::evaluation
