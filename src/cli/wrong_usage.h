#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace lama::internal::cli {

/// Refuses arguments that CLI11 took.
[[noreturn]] void refuse(const std::string& why);

/// One line on a command line that CLI11 refused, with the help to read. It reports a misspelt name
/// first, because CLI11 then misses something else.
std::string wrong_usage(const CLI::App& program, const CLI::ParseError& error);

}  // namespace lama::internal::cli
