#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::evaluation {

/// One mask of an evaluation set, and what each program made of it.
struct Item {
  std::string name;  ///< the mask's path below the dataset, without extension
  std::filesystem::path picture, mask;
  std::vector<std::filesystem::path> results;  ///< one for each folder of predictions
};

struct Dataset {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> predictions;  ///< folders
  std::vector<Item> items;                         ///< by name
  std::vector<std::string> failures;               ///< why what is not in items is not
};

/// Finds the items of a folder in the published layout (codecs::pair_published). A prediction has
/// the mask's name and place, in any format, perhaps with "_inpainted" after it, as the published
/// code named them once. An item that lacks one of its predictions is left out: means of different
/// sets must not be compared. Throws Error if nothing is left, or a folder cannot be read.
Dataset find_items(const std::filesystem::path& folder,
                   const std::vector<std::filesystem::path>& predictions);

/// Short names of the folders of predictions, different from each other: their last components,
/// with as many before them as it takes where those are equal.
std::vector<std::string> short_names(const std::vector<std::filesystem::path>& folders);

}  // namespace lama::evaluation
