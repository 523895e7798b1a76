// The environment variables that name folders of models.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "tests/testing.h"

namespace lama::internal::testing {

/// Sets an environment variable during this object's life.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) {
      had_ = true;
      old_ = old;
    }
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { had_ ? ::setenv(name_.c_str(), old_.c_str(), 1) : ::unsetenv(name_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_, old_;
  bool had_ = false;
};

/// A new empty home folder, and none of the variables that name other places.
class ModelEnvironment {
 public:
  ModelEnvironment() {}  // provided, because a const object needs it

  const TemporaryFolder folder;

  /// Makes a file under the home folder: a copy of `source`, or its own name as text.
  fs::path put(const std::string& name, const fs::path& source = {}) const {
    const fs::path path = folder / name;
    fs::create_directories(path.parent_path());
    if (source.empty()) {
      std::ofstream(path) << name;
    } else {
      fs::copy_file(source, path, fs::copy_options::overwrite_existing);
    }
    return path;
  }

 private:
  const Variable home_{"HOME", folder.path().string()};
  const Variable lama_home_{"LAMA_HOME", ""}, xdg_cache_home_{"XDG_CACHE_HOME", ""},
      torch_home_{"TORCH_HOME", ""}, hf_home_{"HF_HOME", ""}, hf_hub_cache_{"HF_HUB_CACHE", ""},
      lama_model_{"LAMA_MODEL", ""};
};

}  // namespace lama::internal::testing
