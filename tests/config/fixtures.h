#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "config/value.h"
#include "tests/testing.h"

namespace lama::internal::config::testing {

namespace fs = std::filesystem;
using lama::internal::testing::error_of;

class Folder : public lama::internal::testing::TemporaryFolder {
 public:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }
};

/// All values by dotted name; "~" for null.
inline void flatten(const Value& value, const std::string& name,
                    std::map<std::string, std::string>& into) {
  const auto child = [&](const std::string& key) {
    return name.empty() ? key : fmt::format("{}.{}", name, key);
  };
  for (const auto& [key, entry] : value.entries) flatten(entry, child(key), into);
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    flatten(value.items[i], child(std::to_string(i)), into);
  }
  if (value.kind == Value::Kind::null) into.emplace(name, "~");
  if (value.kind == Value::Kind::scalar) into[name] = value.text;
}

inline std::map<std::string, std::string> flat(const Value& value) {
  std::map<std::string, std::string> result;
  flatten(value, "", result);
  return result;
}

}  // namespace lama::internal::config::testing
