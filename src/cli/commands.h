// The subcommands of the program. Each adds itself to the parser, with its options; its work runs
// when the parser calls it back.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>

#include "base/error.h"
#include "weights/model_file.h"

namespace lama::cli {

/// Options every command has.
struct Common {
  bool verbose = false;
  bool quiet = false;
};

/// Some items of a batch failed; which, has been said.
class SomeFailed : public Error {
 public:
  using Error::Error;
};

void add_inpaint(CLI::App& app, const Common& common);
void add_models(CLI::App& app, const Common& common);

/// The model named by --model, or else by the environment variable LAMA_MODEL, or else the
/// embedded one. "embedded" names the latter; anything else is a path. See weights::open_model.
weights::Model open_chosen_model(std::string name, std::span<const std::string> overrides = {});

/// Help for an argument that takes what open_chosen_model takes.
inline constexpr const char* kModelHelp =
    "a folder as published (config.yaml and models/best.ckpt), a file PyTorch wrote (.ckpt, .pt, "
    ".pth), a .safetensors file, or 'embedded'; if none is named: $LAMA_MODEL, else embedded";

}  // namespace lama::cli
