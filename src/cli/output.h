// Output of the program: messages for people on stderr, results for programs on stdout.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/printable.h"

namespace lama::internal::cli {

/// What say() prints of an argument: of a text, what is printable.
template <typename Argument>
decltype(auto) shown(const Argument& argument) {
  if constexpr (std::is_convertible_v<const Argument&, std::string_view>) {
    return printable(std::string(std::string_view(argument)));
  } else {
    return (argument);
  }
}

/// Prints to stderr and ignores failures: a lost message is no reason to fail. Only `format` may
/// have control characters: the arguments are names of files too.
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs(fmt::format(fmt::runtime(fmt::string_view(format)), shown(arguments)...).c_str(),
             stderr);
}

/// Prints a result to stdout, without control characters but tabs and ends of lines. Throws Error
/// if that fails.
void print_result(const std::string& text);

/// Prints indented JSON. File names need not be UTF-8, but JSON must be: other bytes become
/// U+FFFD.
void print_result(const nlohmann::ordered_json& json);

}  // namespace lama::internal::cli
