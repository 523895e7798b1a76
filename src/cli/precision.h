// The option --precision.
#pragma once

#include <CLI/CLI.hpp>

#include "engine/precision.h"

namespace lama::internal::cli {

/// Leaves `precision` unchanged if the option is not given. Opening a network checks that the
/// processor supports it.
void add_precision(CLI::App& command, engine::Precision& precision);

}  // namespace lama::internal::cli
