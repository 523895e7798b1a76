#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "inpaint/fill_options.h"

namespace lama::internal::cli {

/// The options of option_table.h that the command line offers.
void add_fill_options(CLI::App& command, FillOptions& options);

/// The options on the command line that --published ignores: "--strategy, --detail".
std::string ignored_by_published(const CLI::App& command);

}  // namespace lama::internal::cli
