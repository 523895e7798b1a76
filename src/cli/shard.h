// A share of a batch. A cluster's scheduler can distribute the shares, and the runs need not know
// of each other.
#pragma once

#include <string>
#include <string_view>

namespace lama::internal::cli {

struct Shard {
  unsigned index = 1, count = 1;  ///< 1 <= index <= count

  /// Whether this share contains the item `name`. It depends on `name` and `count` alone: runs that
  /// see different sets of files (because some came later) never both take an item, and never both
  /// leave it.
  bool takes(std::string_view name) const;
};

/// Parses "K/N"; "auto": a Slurm array's variables; "auto/N": the index of a Slurm array task or of
/// a Kubernetes indexed job, which does not give the number of shares. Throws Error for another
/// text, or if the variables are missing.
Shard parse_shard(const std::string& text);

/// The error of parse_shard() for `text`, or an empty string. A check for the option.
std::string refuse_shard(const std::string& text);

inline constexpr const char* kShardHelp =
    "do only share K of N, 1/N to N/N; auto in a Slurm array, auto/N in a Kubernetes indexed job";

}  // namespace lama::internal::cli
