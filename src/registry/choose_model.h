// From the name of a model, or none, to the model.
#pragma once

#include <span>
#include <string>

#include "weights/model_file.h"

namespace lama::registry {

/// Opens the model of this name: an existing path, a published model that is on this machine, or
/// "embedded". If `name` is empty, the environment variable LAMA_MODEL names the model; else it is
/// the best installed one, else the best that another program keeps, else the embedded one. Throws
/// Error. See weights::open_model.
weights::Model open_chosen_model(std::string name, std::span<const std::string> overrides = {});

/// The thickest hole, in pixels, that this model fills better than copies of the hole's
/// surroundings do. Of all but the embedded one: any. Measurements: docs/strategy.md.
int thickest_hole(const weights::Model& model);

/// Describes the embedded model to people.
inline constexpr const char* kEmbeddedDescription =
    "small and weak, but always there: part of the program";

/// Help for an argument that takes what open_chosen_model takes.
inline constexpr const char* kModelHelp =
    "a folder as published (config.yaml and models/best.ckpt), a file PyTorch wrote (.ckpt, .pt, "
    ".pth), a .safetensors file, a name that 'lama models list' lists, or 'embedded'; if none is "
    "given: $LAMA_MODEL, else the best that is installed, else embedded";

}  // namespace lama::registry
