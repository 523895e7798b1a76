// An error is one line for the user that names the file or option, the bad value, and the remedy.
// All deliberate exceptions of this project derive from lama::internal::Error.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "base/printable.h"

namespace lama::internal {

class Error : public std::runtime_error {
 public:
  /// Messages quote names and values from untrusted files. Characters that would break the line or
  /// control a terminal become '?', and very long texts are cut.
  explicit Error(std::string text) : std::runtime_error(one_line(std::move(text))) {}

 private:
  static std::string one_line(std::string text) {
    constexpr std::size_t kMaxLength = 4000;
    if (text.size() > kMaxLength) text = text.substr(0, kMaxLength) + " ...";
    return printable(std::move(text));
  }
};

/// A request (ctrl-C, a cancel button) stopped the work. Not a failure.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace lama::internal
