#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/error.h"
#include "config/value.h"

namespace lama::internal::config::testing {

namespace fs = std::filesystem;

/// A folder of files that is gone at the end.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "lama_config_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }

 private:
  fs::path path_;
};

template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

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
