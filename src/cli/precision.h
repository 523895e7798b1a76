// The option --precision.
#pragma once

#include <CLI/CLI.hpp>

#include "engine/precision.h"

namespace lama::cli {

/// `precision` stays as it is if the option is not given. Whether the processor has it shows when a
/// network is opened.
void add_precision(CLI::App& command, engine::Precision& precision);

}  // namespace lama::cli
