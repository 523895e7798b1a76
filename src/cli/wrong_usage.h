#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace lama::cli {

/// One line on what is wrong with a command line that CLI11 refused, and where to read on. A
/// misspelt name comes first: it is why CLI11 finds something else missing.
std::string wrong_usage(const CLI::App& program, const CLI::ParseError& error);

}  // namespace lama::cli
