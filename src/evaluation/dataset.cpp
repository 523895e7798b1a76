#include "evaluation/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "codecs/format.h"
#include "codecs/pairs.h"

namespace lama::internal::evaluation {
namespace {

namespace fs = std::filesystem;

/// The results in a folder, by name. Lists each folder once, because a set may have thousands.
class Results {
 public:
  explicit Results(fs::path folder) : folder_(std::move(folder)) {}

  /// The result `name` or `name`_inpainted, with a picture's ending; a PNG if there are several.
  std::optional<fs::path> find(const std::string& name) {
    for (const char* suffix : {"", "_inpainted"}) {
      const fs::path stem = folder_ / (name + suffix);
      const auto& pictures = pictures_in(stem.parent_path());
      const auto found = pictures.find(stem.filename());
      if (found != pictures.end()) return found->second;
    }
    return std::nullopt;
  }

 private:
  using Pictures = std::map<fs::path, fs::path>;  // by stem

  const Pictures& pictures_in(const fs::path& folder) {
    const auto [listed, is_new] = folders_.try_emplace(folder);
    if (!is_new) return listed->second;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
      const fs::path& path = entry.path();
      const auto format = codecs::format_by_name(path);
      if (!format || !entry.is_regular_file(ignored)) continue;
      fs::path& kept = listed->second.try_emplace(path.stem(), path).first->second;
      const auto rank = [](const fs::path& file) {
        return std::pair(codecs::format_by_name(file) != codecs::Format::png, file);
      };
      if (rank(path) < rank(kept)) kept = path;
    }
    return listed->second;
  }

  fs::path folder_;
  std::map<fs::path, Pictures> folders_;
};

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
  std::vector<Results> results(predictions.begin(), predictions.end());
  for (codecs::Pair& pair : pairing.pairs) {
    if (is_prediction(pair.mask)) continue;
    Item item{fs::path(pair.result).replace_extension().string(),
              std::move(pair.picture),
              std::move(pair.mask),
              {}};
    std::string without;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      if (auto result = results[i].find(item.name)) {
        item.results.push_back(*std::move(result));
      } else {
        without += (without.empty() ? "" : ", ") + predictions[i].string();
      }
    }
    if (without.empty()) {
      dataset.items.push_back(std::move(item));
    } else {
      dataset.failures.push_back(fmt::format("{}: no result in {}", item.name, without));
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
