// Which model a command uses.
#pragma once

#include <span>
#include <string>

#include "weights/model_file.h"

namespace lama::cli {

/// The model named by --model, or else by the environment variable LAMA_MODEL; or else the best
/// that is installed, or else that other programs keep; or else the embedded one. A name is a path,
/// if something is there, or that of a published model, or "embedded". See weights::open_model.
weights::Model open_chosen_model(std::string name, std::span<const std::string> overrides = {});

/// What people are told of the embedded model.
inline constexpr const char* kEmbeddedDescription =
    "small and weak, but always there: part of the program";

/// Help for an argument that takes what open_chosen_model takes.
inline constexpr const char* kModelHelp =
    "a folder as published (config.yaml and models/best.ckpt), a file PyTorch wrote (.ckpt, .pt, "
    ".pth), a .safetensors file, a name that 'lama models list' lists, or 'embedded'; if none is "
    "given: $LAMA_MODEL, else the best that is installed, else embedded";

}  // namespace lama::cli
