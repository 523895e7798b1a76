// What `lama inpaint` says at its end: in words on stderr, or as JSON on stdout (docs/cli.md).
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/inpaint_folder.h"
#include "repair/repair.h"

namespace lama::internal::cli {

/// Names and durations of a run's stages, in order.
class Stages {
 public:
  void add(const std::string& name, double seconds) { list_.emplace_back(name, seconds); }
  template <typename Step>
  void time(const std::string& name, Step&& step) {
    const auto start = Clock::now();
    step();
    add(name, seconds_since(start));
  }
  const std::vector<std::pair<std::string, double>>& list() const { return list_; }
  /// Since this object was made.
  double total() const { return seconds_since(begin_); }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  Clock::time_point begin_ = Clock::now();
  std::vector<std::pair<std::string, double>> list_;
};

/// What report() needs to know of the command line.
struct Reporting {
  std::string output;  ///< as the user names it
  int threads = 1;
  bool json = false;
  bool quality_hint = false;  ///< for one picture
};

/// `model`: the name of the one that filled the picture; empty if none did.
void report(const repair::Repair& repaired, const std::string& model, const Stages& stages,
            const Reporting& how, const Common& common);
void report(const FolderSummary& summary, const Stages& stages, const Reporting& how,
            const Common& common);

}  // namespace lama::internal::cli
