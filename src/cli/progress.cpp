#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "cli/output.h"

namespace lama::internal::cli {

Progress::Progress(std::string label, bool shown)
    : label_(std::move(label)),
      shown_(shown),
      terminal_(::isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_ && terminal_) say("\r\033[K");
}

void Progress::label(std::string label) {
  const std::lock_guard lock(mutex_);
  label_ = std::move(label);
}

void Progress::say_between(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (shown_ && terminal_) say("\r\033[K");
  say("{}\n", line);
}

void Progress::begin_at(double done) {
  const std::lock_guard lock(mutex_);
  begin_ = done;
}

void Progress::update(double done) {
  using std::chrono::duration;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const double pause = terminal_ ? 0.1 : 10;
  if (!shown_ || done <= begin_ || duration<double>(now - last_).count() < pause) return;
  last_ = now;
  const double left = duration<double>(now - start_).count() * (1 - done) / (done - begin_);
  if (!terminal_) {
    say("{}: {:.0f} %, {:.0f} s left\n", label_, 100 * done, left);
    return;
  }
  constexpr int kWidth = 30;
  const int filled = static_cast<int>(kWidth * done);
  // The bar cannot erase a line that wraps: shorten the label.
  constexpr std::size_t kRest = kWidth + 25;
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const std::size_t columns = known ? size.ws_col : 80;
  const std::size_t room = columns > kRest ? columns - kRest : 0;
  // fmt counts the room in characters of UTF-8.
  say("\r\033[K{:.{}} [{:=<{}}{:{}}] {:3.0f} %  {:.0f} s left", label_, room, "", filled, "",
      kWidth - filled, 100 * done, left);
  std::fflush(stderr);
}

}  // namespace lama::internal::cli
