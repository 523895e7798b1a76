// References in configs: ${a.b}, ${.sibling}, ${env:NAME}, ${oc.env:NAME,default}, ${now:%Y-%m-%d},
// ${hydra:job.name}; alone they stand for any value, within a text for a piece of it.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "config/value.h"

namespace lama::internal::config {

class Interpolation {
 public:
  /// `root`: the config in which references are looked up, ${hydra:...} in its section `hydra`.
  /// References to the environment and the time are refused: for configs that strangers wrote.
  explicit Interpolation(const Value& root) : root_(root) {}

  /// The same with the environment, and `now` as the time of ${now:...}, in local time. To be used
  /// before there are threads.
  Interpolation(const Value& root, std::time_t now) : root_(root), now_(now) {}

  /// The value at `dotted` ("": everything) with its references replaced. A reference to a variable
  /// of the environment that is not set stays as it is. Throws Error if a reference leads nowhere
  /// or in a circle, or cannot be evaluated.
  Value resolved(const std::string& dotted);

  /// A reference to an unset variable, which stayed.
  struct Unset {
    std::string key, variable;
    Origin origin;

    /// "x.yaml: line 3: a.b: the environment variable X is not set"
    std::string text() const;
  };
  const std::vector<Unset>& unset() const { return unset_; }

 private:
  class Walk;

  const Value& root_;
  std::optional<std::time_t> now_;  ///< nothing: neither the environment nor the time is read
  std::vector<Unset> unset_;
};

}  // namespace lama::internal::config
