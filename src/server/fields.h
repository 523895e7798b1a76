// The fields of a JSON object that somebody sent. What is misspelt must not be passed over: fields
// that nobody asked for are errors. Read in one pass; a long text, such as a picture in base64, is
// not copied.
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

namespace lama::server {

/// All functions throw HttpError (400), which names the field.
class Fields {
 public:
  /// Refers to `json`. At most 64 KiB besides long texts, 256 fields, and arrays and objects 16
  /// deep (in fields that mean nothing here).
  explicit Fields(std::span<const std::uint8_t> json);

  /// Each is empty if the field is absent or null.
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
  /// What a required text encodes in base64, alone or as a data URL.
  std::vector<std::uint8_t> decoded(const std::string& name);

  /// Lets a field pass that means nothing here.
  void ignore(const std::string& name) { taken_.insert(name); }
  /// Throws if there are fields that none of the above has named.
  void end() const;

 private:
  class Reader;

  const nlohmann::json* find(const std::string& name);

  std::map<std::string, nlohmann::json> values_;  ///< arrays and objects without what is in them
  std::map<std::string, std::string_view> long_texts_;  ///< as they stand in the JSON
  std::set<std::string> taken_;
};

}  // namespace lama::server
