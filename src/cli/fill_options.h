#pragma once

#include <CLI/CLI.hpp>

#include "inpaint/fill_options.h"

namespace lama::internal::cli {

/// The options of option_table.h that the command line offers.
void add_fill_options(CLI::App& command, FillOptions& options);

}  // namespace lama::internal::cli
