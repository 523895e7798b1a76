// Environment variables, and the folders that they name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::internal {

/// The variable's value; an unset variable is as good as an empty one. Thread-safety: no thread may
/// set variables meanwhile.
std::string environment(const char* name);

/// The environment of a new process, NAME=VALUE each: this one's, but with `variables`. The same
/// thread-safety.
std::vector<std::string> environment_with(std::vector<std::string> variables);

/// The folder of programs' caches: XDG_CACHE_HOME, or .cache in HOME. Empty if neither is set.
std::filesystem::path cache_folder();

/// The folder of PyTorch's downloads.
std::filesystem::path torch_checkpoints();

}  // namespace lama::internal
