// The fields of a JSON object that somebody sent. What is misspelt must not be passed over: fields
// that nobody asked for are errors.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lama::server {

/// All functions throw HttpError (400), which names the field.
class Fields {
 public:
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

  /// Lets a field pass that means nothing here.
  void ignore(const std::string& name) { taken_.insert(name); }
  /// Throws if there are fields that none of the above has named.
  void end() const;

 private:
  const nlohmann::json* find(const std::string& name);

  nlohmann::json object_;
  std::set<std::string> taken_;
};

}  // namespace lama::server
