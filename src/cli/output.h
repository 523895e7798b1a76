// Output of the program: messages for people on stderr, results for programs on stdout.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace lama::internal::cli {

/// Prints to stderr and ignores failures: a lost message is no reason to fail.
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs(fmt::format(format, std::forward<Arguments>(arguments)...).c_str(), stderr);
}

/// Prints a result to stdout. Throws Error if that fails.
void print_result(const std::string& text);

/// Prints indented JSON. File names need not be UTF-8, but JSON must be: other bytes become
/// U+FFFD.
void print_result(const nlohmann::ordered_json& json);

}  // namespace lama::internal::cli
