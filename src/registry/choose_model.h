// Opens a model by its name, or the default one.
#pragma once

#include <span>
#include <string>

#include "weights/model_file.h"

namespace lama::internal::registry {

/// Opens the model `name`: an existing path, a published model on this machine, or "embedded". If
/// `name` is empty, the environment variable LAMA_MODEL names the model; else it is the best
/// installed one, else the best one of another program, else the embedded one. Throws Error. See
/// weights::open_model.
weights::ModelFile open_chosen_model(std::string name, std::span<const std::string> overrides = {});

/// The name of the model that open_chosen_model() opens, or its path, without a look into its file.
std::string chosen_name(const std::string& name);

/// Whether `name`, or LAMA_MODEL if that is empty, asks for copies of the surroundings instead of a
/// network. open_chosen_model() refuses that name.
bool means_patches(const std::string& name);
inline constexpr const char* kPatchesName = "patches";
inline constexpr const char* kEmbeddedName = "embedded";

/// The thickest hole, in pixels after it grows, that this model fills as well as copies of the
/// surroundings do. Only the embedded model has a limit. Measurements: docs/fill-notes.md.
int thickest_hole(const weights::ModelFile& model);

/// A sentence for users whose hole is too large for the default model: the command that fetches a
/// better one. Empty if `name` or LAMA_MODEL names a model, or if a better one is installed.
std::string advice(const std::string& name);

/// Descriptions of the program's own models, for people.
inline constexpr const char* kEmbeddedDescription =
    "copies of the surroundings; a small network for holes of at most 6 pixels, growth included";
inline constexpr const char* kPatchesDescription =
    "no network: copies of the surroundings for every hole";

/// Help for an argument of open_chosen_model().
inline constexpr const char* kModelHelp =
    "a published folder (config.yaml and models/best.ckpt), a PyTorch file (.ckpt, .pt, .pth), a "
    ".safetensors file, or a name from 'lama models list'; default: $LAMA_MODEL, else the best "
    "installed model, else embedded";

}  // namespace lama::internal::registry
