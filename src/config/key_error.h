#pragma once

#include <string>

#include "base/error.h"

namespace lama::internal::config {

/// An Error about a key, thrown by code that does not know where the key was written. Whoever read
/// the config puts the place before it: Value::origin_of.
class KeyError : public Error {
 public:
  /// `key`: "a.b.c".
  KeyError(const std::string& key, const std::string& what) : Error(key + ": " + what), key_(key) {}

  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

}  // namespace lama::internal::config
