// Removes the selection from a drawable: GIMP's pixels through liblama and back.
#pragma once

#include <libgimp/gimp.h>

#include <filesystem>
#include <lama/lama.hpp>
#include <optional>

namespace lama_gimp {

/// Where the fill goes.
enum class Target { drawable, new_layer };

/// Fills the selected part of `drawable`, as one undo step. Pixels that are at least half selected
/// count as selected; the fill reaches options.dilate and options.feather pixels beyond them. All
/// others keep their bits. `model` is a file or a published folder; absent: the user's best. A
/// failure throws a std::exception whose text is for people; the image is as before then.
void remove_selection(GimpImage* image, GimpDrawable* drawable,
                      const std::optional<std::filesystem::path>& model,
                      const lama::Options& options, Target target);

}  // namespace lama_gimp
