#include "cli/inpaint_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "cli/counted.h"
#include "codecs/pairs.h"

namespace lama::internal::cli {
namespace {

namespace fs = std::filesystem;

codecs::Pairing pair(const FolderRun& run, const FillOptions& options) {
  if (options.fill_transparent) return codecs::pair_with(run.pictures, {}, run.output);
  if (run.mask.empty()) return codecs::pair_published(run.pictures, run.output);
  if (fs::is_directory(run.mask)) {
    return codecs::pair_folders(run.pictures, run.mask, run.output);
  }
  return codecs::pair_with(run.pictures, run.mask, run.output);
}

/// Refuses an output folder whose results would replace their own input: a second run would start
/// from them.
void require_own_folder(const FolderRun& run) {
  for (const std::string& source : {run.pictures, run.mask}) {
    std::error_code ignored;
    if (!source.empty() && fs::equivalent(source, run.output, ignored)) {
      throw Error(fmt::format(
          "{}: results would replace their own input: choose another folder for them", run.output));
    }
  }
}

std::string nothing_found(const FolderRun& run, const codecs::Pairing& pairing) {
  if (pairing.pictures_alone.empty() && pairing.masks_alone.empty()) {
    if (pairing.left_out.empty()) return fmt::format("{}: it contains no pictures", run.pictures);
    return fmt::format("{}: no picture in it has a format's name; it contains {}, such as {}",
                       run.pictures, counted(pairing.left_out.size(), "other"),
                       pairing.left_out.front().string());
  }
  const std::string expected =
      run.mask.empty() ? "the mask of NAME.png is NAME_mask.png or NAME_mask001.png beside it, or "
                         "name a folder of masks or one mask for all"
                       : "a mask needs its picture's name, at the same place in the other folder";
  // Names tell how they differ: in an addition, the case, or an accent's form.
  std::string names;
  if (!pairing.pictures_alone.empty() && !pairing.masks_alone.empty()) {
    names = fmt::format("; compare {} and {}", pairing.pictures_alone.front().string(),
                        pairing.masks_alone.front().path.string());
  }
  return fmt::format("{}: no picture has a mask ({}, {} without partner): {}{}", run.pictures,
                     counted(pairing.pictures_alone.size(), "picture"),
                     counted(pairing.masks_alone.size(), "mask"), expected, names);
}

}  // namespace

FolderSummary inpaint_folder(const FolderRun& run, const FillOptions& options,
                             const std::function<OpenedModel()>& open_model, const Common& common) {
  require_own_folder(run);
  codecs::Pairing pairing = pair(run, options);
  if (pairing.pairs.empty()) throw Error(nothing_found(run, pairing));
  if (options.published) codecs::name_all_png(pairing.pairs);
  FolderSummary summary;
  std::vector<PicturePaths> pictures;
  for (const codecs::Pair& pair : pairing.pairs) {
    if (!run.shard.takes(pair.result.native())) continue;
    ++summary.pictures;
    const fs::path output = run.output / pair.result;
    if (run.skip_existing && fs::exists(output)) {
      ++summary.skipped;
    } else {
      pictures.push_back({pair.picture.string(), pair.mask.string(), output.string()});
    }
  }
  if (!pictures.empty()) {
    create_folders(run.output);
    const OpenedModel model = open_model();
    summary.model = model.name;
    summary.filled = fill_pictures(pictures, model.network, run.threads, options, common);
  }
  summary.pictures_without_mask = std::move(pairing.pictures_alone);
  summary.masks_without_picture = std::move(pairing.masks_alone);
  summary.left_out = std::move(pairing.left_out);
  return summary;
}

}  // namespace lama::internal::cli
