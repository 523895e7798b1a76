// The fields of a client's JSON object. Unknown fields are errors, because they may be
// misspelt. Reads the object in one pass and does not copy long texts, such as a picture in
// base64.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::server {

/// All functions throw HttpError (400), which names the field.
class Fields {
 public:
  /// Keeps a view of `json`. The limits are 64 KiB besides long texts, 256 fields, and arrays and
  /// objects 16 deep (in fields without meaning here).
  explicit Fields(std::span<const std::uint8_t> json);

  /// Each returns nothing if the field is absent or null.
  std::optional<std::string> text(const std::string& name);
  std::optional<int> integer(const std::string& name, int least, int most);
  /// Above 0 and at most 1.
  std::optional<double> share(const std::string& name);
  std::optional<bool> boolean(const std::string& name);
  /// The position of the value in `choices`.
  std::optional<std::size_t> choice(const std::string& name,
                                    const std::vector<std::string>& choices);
  /// As text(); an error if absent.
  std::string required(const std::string& name);
  /// Decodes a required text from base64, alone or as a data URL.
  std::vector<std::uint8_t> decoded(const std::string& name);

  /// Allows a field without meaning here.
  void ignore(const std::string& name) { taken_.insert(name); }
  /// Throws if there are fields that no call above has named.
  void end() const;

 private:
  class Reader;

  const nlohmann::json* find(const std::string& name);

  std::map<std::string, nlohmann::json> values_;        ///< arrays and objects are empty
  std::map<std::string, std::string_view> long_texts_;  ///< as spelled in the JSON
  std::set<std::string> taken_;
};

}  // namespace lama::internal::server
