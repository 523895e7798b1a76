// The models that others have published and where: a table, nothing is contacted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::registry {

struct PublishedModel {
  std::string name;
  std::string description;
  /// Used when no model is named, if it is there. The others are made for one kind of picture.
  bool general = false;
  std::vector<std::string> urls;  ///< the same file everywhere; tried in this order
  std::uint64_t bytes = 0;        ///< of that file; 0: not known
  std::string sha256;             ///< of that file, 64 small hexadecimal digits; empty: not known

  /// The last part of the first URL: what other tools keep it as.
  std::string file_name() const;
};

/// Best first. docs/models.md says where each line was read.
std::span<const PublishedModel> published_models();

/// nullptr if there is none of that name.
const PublishedModel* find_published(std::string_view name);

/// The name that `misspelt` may have meant.
std::optional<std::string> nearest_name(std::string_view misspelt);

/// What is to be said of all of them.
inline constexpr const char* kLicenceNote =
    "the licence of these weights is unclear: their authors put the code under Apache-2.0 and did "
    "not say what holds for the weights";

}  // namespace lama::registry
