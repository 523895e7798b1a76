#pragma once

#include <c10/util/Exception.h>

#include <string>

#include "base/error.h"

namespace lama::internal::networks {

/// The first line of LibTorch's message; the others name places in its source. `what` names what
/// failed, if the message alone does not tell.
inline Error error_of(const c10::Error& error, const std::string& what = "") {
  const std::string text = error.what_without_backtrace();
  return Error((what.empty() ? "" : what + ": ") + text.substr(0, text.find('\n')));
}

}  // namespace lama::internal::networks
