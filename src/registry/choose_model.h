// Opens a model by its name, or the default one.
#pragma once

#include <span>
#include <string>

#include "weights/model_file.h"

namespace lama::registry {

/// Opens the model `name`: an existing path, a published model on this machine, or "embedded". If
/// `name` is empty, the environment variable LAMA_MODEL names the model; else it is the best
/// installed one, else the best one of another program, else the embedded one. Throws Error. See
/// weights::open_model.
weights::Model open_chosen_model(std::string name, std::span<const std::string> overrides = {});

/// The thickest hole, in pixels, that this model fills better than copies of the surroundings do.
/// Only the embedded model has a limit. Measurements: docs/strategy.md.
int thickest_hole(const weights::Model& model);

/// A description of the embedded model, for people.
inline constexpr const char* kEmbeddedDescription =
    "small and weak, but always available: part of the program";

/// Help for an argument of open_chosen_model().
inline constexpr const char* kModelHelp =
    "a published folder (config.yaml and models/best.ckpt), a PyTorch file (.ckpt, .pt, .pth), a "
    ".safetensors file, a name from 'lama models list', or 'embedded'; default: $LAMA_MODEL, else "
    "the best installed model, else embedded";

}  // namespace lama::registry
