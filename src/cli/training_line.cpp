#include "cli/training_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "cli/output.h"

namespace lama::internal::cli {
namespace {

/// The loss of the curve.
constexpr std::string_view kCurve = "gen_l1";
/// The losses in the line, in this order; train.log and TensorBoard have all.
constexpr std::string_view kShown[] = {"gen_l1",        "gen_adv", "gen_fm",
                                       "gen_resnet_pl", "gen_pl",  "discr_adv"};

std::string duration(double seconds) {
  if (!(seconds < 1e9)) return "?";
  const auto minutes = static_cast<long long>(seconds / 60);
  if (minutes < 2) return fmt::format("{:.0f} s", seconds);
  if (minutes < 120) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace

void TrainingLine::Curve::add(double value) {
  constexpr std::size_t kMostParts = 24;
  if (!std::isfinite(value)) return;
  sum_ += value;
  if (++summed_ < steps_per_part_) return;
  parts_.push_back(sum_ / summed_);
  sum_ = summed_ = 0;
  if (parts_.size() < kMostParts) return;
  for (std::size_t i = 0; i < kMostParts / 2; ++i) {
    parts_[i] = (parts_[2 * i] + parts_[2 * i + 1]) / 2;
  }
  parts_.resize(kMostParts / 2);
  steps_per_part_ *= 2;
}

std::string TrainingLine::Curve::text() const {
  constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (parts_.empty()) return {};
  const auto [low, high] = std::minmax_element(parts_.begin(), parts_.end());
  std::string text;
  for (const double part : parts_) {
    const double height = *high > *low ? (part - *low) / (*high - *low) : 0;
    text += kBars[static_cast<std::size_t>(std::lround(height * 7))];
  }
  return text;
}

TrainingLine::TrainingLine(bool shown)
    : shown_(shown), terminal_(::isatty(STDERR_FILENO) != 0), last_(Clock::now()) {}

TrainingLine::~TrainingLine() {
  if (shown_ && terminal_) say("\r\033[K");
}

void TrainingLine::say_between(const std::string& line) const {
  if (shown_ && terminal_) say("\r\033[K");
  say("{}\n", line);
}

void TrainingLine::update(const training::TrainingProgress& now) {
  constexpr double kNewest = 0.1;  // weight of the last step in the shown value
  for (const auto& [name, value] : now.losses) {
    if (name == kCurve) curve_.add(value);
    const auto [known, is_new] = smooth_.emplace(name, value);
    if (!is_new) known->second += kNewest * (value - known->second);
  }
  const auto time = Clock::now();
  const double pause = terminal_ ? 0.2 : 10;
  if (!shown_ || std::chrono::duration<double>(time - last_).count() < pause) return;
  last_ = time;
  std::string text = fmt::format("step {}/{}", now.step, now.steps);
  std::string losses;
  for (const std::string_view name : kShown) {
    const auto found = smooth_.find(std::string(name));
    if (found == smooth_.end()) continue;
    losses += fmt::format(" {} {:.3g}", name, found->second);
    if (terminal_ && name == kCurve) losses += fmt::format(" {}", curve_.text());
  }
  text += fmt::format("  {:.3g} images/s, {} left ", now.images_per_second,
                      duration(now.seconds_left)) +
          losses;
  if (!terminal_) {
    say("{}\n", text);
    return;
  }
  // The program cannot erase a line that wraps.
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const std::size_t columns = known ? size.ws_col : 80;
  // fmt counts columns in characters of UTF-8.
  say("\r\033[K{:.{}}", text, columns - 1);
  std::fflush(stderr);
}

}  // namespace lama::internal::cli
