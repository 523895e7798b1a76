// Errors are written for the person who meets them: one line that names the file or option, the
// value found, and what to do. Everything this project throws on purpose derives from lama::Error.
#pragma once

#include <stdexcept>
#include <string>

namespace lama {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The work was stopped on request (ctrl-C, a cancel button). Not a failure.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace lama
