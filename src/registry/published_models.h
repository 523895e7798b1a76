// A table of the published models and their URLs. Nothing here contacts a server.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::registry {

struct PublishedModel {
  std::string name;
  std::string description;
  /// An installed general model is a default. The others are made for one kind of picture.
  bool general = false;
  std::vector<std::string> urls;  ///< all have the same file; tried in this order
  std::uint64_t bytes = 0;        ///< of that file; 0: not known
  std::string sha256;             ///< of that file, 64 small hexadecimal digits; empty: not known

  /// The last part of the first URL, which is the file's name in other tools.
  std::string file_name() const;
};

/// Best first. docs/models.md gives the source of each line.
std::span<const PublishedModel> published_models();

/// nullptr if no model has that name.
const PublishedModel* find_published(std::string_view name);

/// The closest name to `misspelt`, if one is close.
std::optional<std::string> nearest_name(std::string_view misspelt);

/// A note on all published models.
inline constexpr const char* kLicenceNote =
    "the licence of these weights is unclear: their authors put the code under Apache-2.0 and "
    "named no licence for the weights";

}  // namespace lama::internal::registry
