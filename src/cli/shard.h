// A share of a batch, so that a cluster's scheduler can spread it without the runs knowing of each
// other.
#pragma once

#include <string>
#include <string_view>

namespace lama::cli {

struct Shard {
  unsigned index = 1, count = 1;  ///< 1 <= index <= count

  /// Whether the item called `name` is in this share. Depends on the name and on `count` alone:
  /// runs that see different sets of files (some came later) never both take one, and never both
  /// leave it.
  bool takes(std::string_view name) const;
};

/// From "K/N"; or "auto": a Slurm array's variables; or "auto/N": the index of a Slurm array task
/// or of a Kubernetes indexed job, which does not say how many there are. Throws Error if the text
/// is none of these or the variables are missing.
Shard parse_shard(const std::string& text);

/// What parse_shard would say against the text; empty if nothing. A check for the option.
std::string refuse_shard(const std::string& text);

inline constexpr const char* kShardHelp =
    "only do share K of N, 1/N to N/N; auto in a Slurm array, auto/N in a Kubernetes indexed job";

}  // namespace lama::cli
