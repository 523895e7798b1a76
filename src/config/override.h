// The changes of a command line: KEY=VALUE, +KEY=VALUE, ~KEY.
#pragma once

#include <string>

#include "config/value.h"

namespace lama::internal::config {

struct Override {
  enum class Action { set, add, remove };

  std::string text;  ///< as written
  Action action = Action::set;
  std::string key;  ///< a.b.c, or the name of a group
  Value value;      ///< null for a removal without a value
};

/// A value that begins with [, {, ' or " is YAML; every other one is taken as it stands, so that no
/// path needs quotes; nothing is an empty text, and null is null. `++KEY` is `+KEY`. Throws Error.
Override parse_override(const std::string& text);

/// Changes `into`. Throws Error that begins with the override if it removes what is not there.
void apply(const Override& change, Value& into);

}  // namespace lama::internal::config
