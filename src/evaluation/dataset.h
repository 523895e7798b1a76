#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::internal::evaluation {

/// One mask of an evaluation set, and each program's result for it.
struct Item {
  std::string name;  ///< the mask's path below the dataset, without extension
  std::filesystem::path picture, mask;
  std::vector<std::filesystem::path> results;  ///< one for each folder of predictions
};

struct Dataset {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> predictions;  ///< folders
  std::vector<Item> items;                         ///< by name
  std::vector<std::string> failures;               ///< the reasons why other items are missing here
};

/// Finds the items of a folder in the published layout (codecs::pair_published). A prediction has
/// the mask's name and place, in any format, also with "_inpainted" after it, as older published
/// code wrote it. An item that lacks one of its predictions is left out, because means of different
/// sets are not comparable. Throws Error if no item remains, or a folder cannot be read.
Dataset find_items(const std::filesystem::path& folder,
                   const std::vector<std::filesystem::path>& predictions);

/// Short, distinct names of the folders of predictions: their last components, and earlier ones
/// where those are equal.
std::vector<std::string> short_names(const std::vector<std::filesystem::path>& folders);

}  // namespace lama::internal::evaluation
