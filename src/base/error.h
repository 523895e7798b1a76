// Errors are written for the person who meets them: one line that names the file or option, the
// value found, and what to do. Everything this project throws on purpose derives from lama::Error.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace lama {

class Error : public std::runtime_error {
 public:
  /// Messages quote names and values from files that anybody may have made: what would break the
  /// line or control a terminal becomes '?', and what nobody would read to its end is cut.
  explicit Error(std::string text) : std::runtime_error(one_line(std::move(text))) {}

 private:
  static std::string one_line(std::string text) {
    constexpr std::size_t kMaxLength = 4000;
    if (text.size() > kMaxLength) text = text.substr(0, kMaxLength) + " ...";
    for (char& c : text) {
      const auto code = static_cast<unsigned char>(c);
      if (code < 0x20 || code == 0x7f) c = '?';
    }
    return text;
  }
};

/// The work was stopped on request (ctrl-C, a cancel button). Not a failure.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace lama
