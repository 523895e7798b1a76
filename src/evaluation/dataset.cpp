#include "evaluation/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "codecs/pairs.h"
#include "codecs/picture_files.h"

namespace lama::internal::evaluation {
namespace {

namespace fs = std::filesystem;

/// After the names of older published results.
constexpr const char* kPublishedSuffix = "_inpainted";

/// Whether `path` is below `folder`; both absolute.
bool lies_in(const fs::path& path, const fs::path& folder) {
  return *path.lexically_relative(folder).begin() != "..";
}

/// Throws Error if a folder of predictions is not there, is the dataset, or is named twice.
void require_distinct(const fs::path& folder, const std::vector<fs::path>& predictions) {
  for (const fs::path& path : predictions) {
    require_folder(path, "PREDICTIONS");
    std::error_code ignored;
    if (fs::equivalent(path, folder, ignored)) {
      throw Error(fmt::format(
          "{}: the predictions are the dataset itself: name the folder of results", path.string()));
    }
    for (const fs::path& other : predictions) {
      if (&other == &path) break;
      if (fs::equivalent(path, other, ignored)) {
        throw Error(fmt::format("{} and {} are the same folder: name each of them once",
                                other.string(), path.string()));
      }
    }
  }
}

}  // namespace

Dataset find_items(const fs::path& folder, const std::vector<fs::path>& predictions) {
  require_folder(folder, "DATASET");
  require_distinct(folder, predictions);
  codecs::Pairing pairing = codecs::pair_published(folder, {});
  // Predictions have their masks' names, and may lie inside the dataset.
  const auto is_prediction = [&](const fs::path& path) {
    return std::any_of(predictions.begin(), predictions.end(), [&](const fs::path& other) {
      return lies_in(fs::absolute(path).lexically_normal(), fs::absolute(other).lexically_normal());
    });
  };
  Dataset dataset{folder, predictions, {}, {}};
  for (const codecs::LoneMask& mask : pairing.masks_alone) {
    if (!is_prediction(mask.path)) {
      dataset.failures.push_back(fmt::format("{}: {}", mask.path.string(), mask.reason));
    }
  }
  std::vector<codecs::PictureNames> results;  // listed once: a set may have thousands
  results.reserve(predictions.size());
  for (const fs::path& path : predictions) {
    results.emplace_back(codecs::list_pictures(path).pictures);
  }
  for (codecs::Pair& pair : pairing.pairs) {
    if (is_prediction(pair.mask)) continue;
    Item item{fs::path(pair.result).replace_extension().string(),
              std::move(pair.picture),
              std::move(pair.mask),
              {}};
    std::string without;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const std::string name = results[i].has(item.name) ? item.name : item.name + kPublishedSuffix;
      if (const fs::path* result = results[i].find(name, ".png")) {
        item.results.push_back(predictions[i] / *result);
      } else {
        without +=
            fmt::format("{}{} result in {}", without.empty() ? "" : ", ",
                        results[i].has(name) ? "more than one" : "no", predictions[i].string());
      }
    }
    if (without.empty()) {
      dataset.items.push_back(std::move(item));
    } else {
      dataset.failures.push_back(fmt::format("{}: {}", item.name, without));
    }
  }
  if (dataset.items.empty()) {
    throw Error(
        dataset.failures.empty()
            ? fmt::format("{}: it contains no NAME.png with NAME_mask000.png", folder.string())
            : fmt::format("{}: nothing to compare: {}", folder.string(), dataset.failures.front()));
  }
  std::sort(dataset.items.begin(), dataset.items.end(),
            [](const Item& a, const Item& b) { return a.name < b.name; });
  return dataset;
}

std::vector<std::string> short_names(const std::vector<fs::path>& folders) {
  std::vector<fs::path> names, rest;  // the ends of the paths, and the parts before them
  for (const fs::path& folder : folders) {
    const fs::path path = fs::absolute(folder).lexically_normal();
    rest.push_back(path.has_filename() ? path : path.parent_path());
    names.push_back(rest.back().has_filename() ? rest.back().filename() : rest.back());
    rest.back() = rest.back().parent_path();
  }
  while (true) {
    std::map<fs::path, std::size_t> count;
    for (const fs::path& name : names) ++count[name];
    bool longer = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (count[names[i]] == 1) continue;
      if (!rest[i].has_filename()) {
        names[i] = folders[i];
        continue;
      }
      names[i] = rest[i].filename() / names[i];
      rest[i] = rest[i].parent_path();
      longer = true;
    }
    if (!longer) break;
  }
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const fs::path& name : names) texts.push_back(name.string());
  return texts;
}

}  // namespace lama::internal::evaluation
