// The subcommands of the program. Each adds itself and its options to the parser, which calls it
// back.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"

namespace lama::internal::cli {

/// Options every command has.
struct Common {
  bool verbose = false;
  bool quiet = false;
};

/// Some items of a batch failed. Messages have already named them.
class SomeFailed : public Error {
 public:
  using Error::Error;
};

void add_evaluate(CLI::App& app, const Common& common);
void add_inpaint(CLI::App& app, const Common& common);
void add_masks(CLI::App& app, const Common& common);
void add_bench(CLI::App& app);
void add_models(CLI::App& app, const Common& common);
void add_select(CLI::App& app, const Common& common);
void add_serve(CLI::App& app, const Common& common);
void add_train(CLI::App& app, const Common& common);

}  // namespace lama::internal::cli
