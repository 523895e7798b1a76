// Checks of arguments that name files and folders.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.h"
#include "cli/wrong_usage.h"
#include "codecs/format.h"

namespace lama::internal::cli {

/// For CLI::Option::check: calls `require` (require_file and the like) with the argument's name. A
/// missing file is a failure and not wrong usage, so the check throws Error, which CLI11 passes on.
inline auto existing(void (*require)(const std::filesystem::path&, const std::string&),
                     const std::string& argument) {
  return [require, argument](const std::string& path) {
    require(path, argument);
    return std::string();
  };
}

/// For CLI::Option::check: the error in an empty name, which a shell's unset variable leaves, or an
/// empty string.
inline std::string refuse_empty(const std::string& name) {
  return name.empty() ? "its name is empty" : "";
}

/// Throws Error if a result at `output` would replace the file `input`, the `what` of a run.
inline void require_other_file(const std::string& output, const std::string& input,
                               const char* what) {
  std::error_code ignored;
  if (!input.empty() && std::filesystem::equivalent(output, input, ignored)) {
    throw Error(fmt::format("{} is the {}: name another output", output, what));
  }
}

/// Refuses the name of a picture to write that names no format.
inline void refuse_unknown_format(const std::string& output) {
  try {
    codecs::format_for(output);
  } catch (const Error& error) {
    refuse(error.what());
  }
}

}  // namespace lama::internal::cli
