// What the program prints: words for people on stderr, results for programs on stdout.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace lama::cli {

/// Prints to stderr. What cannot be printed is lost: words are no reason to fail.
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs(fmt::format(format, std::forward<Arguments>(arguments)...).c_str(), stderr);
}

/// Prints a result to stdout. Throws Error if that fails: whoever reads it must not miss it.
void print_result(const std::string& text);

/// The same as indented JSON. File names in it need not be UTF-8; JSON must be, so that what is not
/// becomes U+FFFD.
void print_result(const nlohmann::ordered_json& json);

}  // namespace lama::cli
