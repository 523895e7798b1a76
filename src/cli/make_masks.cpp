#include "cli/make_masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/memory.h"
#include "base/seed.h"
#include "base/thread_pool.h"
#include "cli/counted.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "codecs/eight_bit_rgb.h"
#include "codecs/picture.h"
#include "codecs/picture_files.h"
#include "masks/mask_config.h"

namespace lama::internal::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kMaxRecordBytes = 4 << 20;

/// The canonical path, without a slash at its end.
fs::path place(const fs::path& path) {
  const fs::path full = fs::weakly_canonical(fs::absolute(path));
  return full.has_filename() ? full : full.parent_path();
}

/// Compares the set's record (config, seed, labels) with this run, so that a second run continues
/// the set and never mixes two.
void check_record(const MaskSetJob& job, bool needs_labels) {
  ordered_json record = {{"seed", job.seed}, {"config", masks::find_mask_config(job.config).yaml}};
  const auto text_of = [](const ordered_json& json) {
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
  };
  const std::string without_labels = text_of(record);
  // Relative to the set, so that both folders may move together.
  if (needs_labels) {
    record["labels"] = place(job.labels).lexically_relative(place(job.output)).string();
  }
  const std::string text = text_of(record);
  const fs::path file = fs::path(job.output) / "masks.json";
  if (fs::exists(file)) {
    const auto old = read_file(file, kMaxRecordBytes);
    const std::string old_text(old.begin(), old.end());
    // Older sets have no record of their labels: any labels may continue them.
    if (old_text == text || old_text == without_labels) return;
    throw Error(fmt::format(
        "{}: this set has another seed, config or --labels: choose another folder", file.string()));
  }
  create_folders(job.output);
  AtomicFile record_file(file);
  record_file.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  record_file.commit();
}

struct MaskedPicture {
  fs::path picture;
  fs::path name;  ///< relative to the folder, without extension
};

class MaskSet {
 public:
  MaskSet(const MaskSetJob& job, masks::MaskConfig config, const Common& common)
      : job_(job),
        config_(std::move(config)),
        common_(common),
        label_names_(job.labels),
        progress_("", !common.quiet) {}

  void make(const std::vector<MaskedPicture>& items) {
    const auto start = std::chrono::steady_clock::now();
    ThreadPool pool(job_.jobs);
    std::atomic<std::size_t> finished = 0;
    pool.run(items.size(), [&](std::size_t i, int /*worker*/) {
      check_interrupted();
      attempt(items[i]);
      const std::size_t number = ++finished;
      progress_.label(
          fmt::format("{}/{} {}", number, items.size(), items[i].picture.filename().string()));
      progress_.update(static_cast<double>(number) / static_cast<double>(items.size()));
    });
    check_interrupted();  // a signal during the last pictures counts too
    if (!common_.quiet) {
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      progress_.say_between(
          fmt::format("{}: {} for {} of {} pictures; {} existed, {} left out, {} failed, in {:.1f} "
                      "s (seed {}, {})",
                      job_.output, counted(masks_, "mask"), done_.load(), items.size(),
                      existing_.load(), left_out_.load(), failed_.load(), seconds.count(),
                      job_.seed, counted(static_cast<std::size_t>(job_.jobs), "job")));
    }
    if (failed_ > 0) throw SomeFailed(counted(failed_, "picture") + " of the set failed");
  }

  void fail(const std::string& why) {
    ++failed_;
    progress_.say_between("failed: " + why);
  }

 private:
  void attempt(const MaskedPicture& item) {
    try {
      make_one(item);
    } catch (const std::bad_alloc&) {
      fail(fmt::format("{}: {}", item.picture.string(), kOutOfMemory));
    } catch (const Error& error) {
      const std::string why = error.what();
      const std::string name = item.picture.string();
      fail(why.starts_with(name) ? why : fmt::format("{}: {}", name, why));
    } catch (const std::exception& error) {
      fail(fmt::format("{}: {}", item.picture.string(), error.what()));
    }
  }

  void make_one(const MaskedPicture& item) {
    const auto crop_name = [&](std::size_t i) {
      return (fs::path(job_.output) / item.name).string() + fmt::format("_crop{:03}", i);
    };
    if (is_there(crop_name)) {
      ++existing_;
      return;
    }
    const Image picture = codecs::eight_bit_rgb(codecs::read_picture(item.picture, "photo"));
    std::optional<masks::LabelMap> labels;
    if (!job_.labels.empty()) labels = read_labels(item, picture);
    masks::Random random(derived_seed(job_.seed, item.name.generic_string()));
    const std::vector<masks::Pair> pairs = masks::make_pairs(
        picture, labels ? &*labels : nullptr, *config_.generator, *config_.set, random);
    if (pairs.empty()) return leave_out(item, picture);
    create_folders(fs::path(crop_name(0)).parent_path());
    // The first crop is written last: is_there() relies on it to see that a picture is complete.
    for (std::size_t i = pairs.size(); i-- > 0;) {
      const std::string crop = crop_name(i);
      codecs::write_picture(mask_of(crop, i), picture_of(pairs[i].mask), {}, {});
      codecs::write_picture(crop + ".png", pairs[i].picture, {}, {});
    }
    masks_ += pairs.size();
    ++done_;
  }

  static std::string mask_of(const std::string& crop, std::size_t i) {
    return crop + fmt::format("_mask{:03}.png", i);
  }

  /// Whether all files of a picture exist: crops from the first on, each with its mask.
  template <typename CropName>
  bool is_there(const CropName& crop_name) const {
    bool ended = false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(config_.set->max_masks_per_image); ++i) {
      const std::string crop = crop_name(i);
      const bool has_crop = fs::exists(crop + ".png"), has_mask = fs::exists(mask_of(crop, i));
      if (has_crop != has_mask || (has_crop && ended) || (!has_crop && i == 0)) return false;
      ended = !has_crop;
    }
    return true;
  }

  std::optional<masks::LabelMap> read_labels(const MaskedPicture& item,
                                             const Image& picture) const {
    std::optional<masks::LabelMap> labels = masks::read_labels(label_names_, item.name);
    if (labels && (labels->width != picture.width() || labels->height != picture.height())) {
      throw Error(fmt::format("{} x {} pixels, but its labels have {} x {}", picture.width(),
                              picture.height(), labels->width, labels->height));
    }
    return labels;
  }

  void leave_out(const MaskedPicture& item, const Image& picture) {
    ++left_out_;
    if (common_.quiet) return;
    const masks::SetOptions& set = *config_.set;
    const int smaller = std::min(picture.width(), picture.height());
    progress_.say_between(fmt::format(
        "left out: {}: {}", item.picture.string(),
        set.drop_small && smaller < set.out_min_size
            ? fmt::format("its smaller side has {} pixels, out_min_size is {}", smaller,
                          set.out_min_size)
            : fmt::format("none of its masks had an area above 0 and up to max_tamper_area, {}",
                          set.max_tamper_area)));
  }

  const MaskSetJob& job_;
  const masks::MaskConfig config_;
  const Common& common_;
  const codecs::FolderNames label_names_;
  Progress progress_;
  std::atomic<std::size_t> masks_ = 0, done_ = 0, existing_ = 0, left_out_ = 0, failed_ = 0;
};

}  // namespace

void require_labels(const masks::MaskConfig& config, const std::string& file,
                    const std::string& labels) {
  if (labels.empty() && config.generator->needs_labels()) {
    throw Error(fmt::format(
        "{}: segmentation masks need labelled objects: name the folder of labels with --labels DIR",
        file));
  }
}

void make_mask_set(const MaskSetJob& job, const Common& common) {
  masks::MaskConfig config = masks::read_mask_config(job.config);
  if (!config.set) {
    throw Error(
        fmt::format("{}: a training config has no settings for crops (cropping, "
                    "max_masks_per_image): start from one of configs/masks/random_*.yaml",
                    job.config));
  }
  require_labels(config, job.config, job.labels);
  if (*place(job.output).lexically_relative(place(job.pictures)).begin() != "..") {
    throw Error(fmt::format(
        "{}: the crops would mix with their source pictures in {}: choose a folder outside of it",
        job.output, job.pictures));
  }
  const std::vector<fs::path> files = codecs::list_pictures(job.pictures).pictures;
  if (files.empty()) throw Error(fmt::format("{}: it contains no pictures", job.pictures));
  check_record(job, config.generator->needs_labels());
  MaskSet set(job, std::move(config), common);
  std::vector<MaskedPicture> items;
  std::set<fs::path> names;
  for (const fs::path& file : files) {
    MaskedPicture item{job.pictures / file, fs::path(file).replace_extension()};
    if (!job.shard.takes(item.name.native())) continue;
    if (names.insert(item.name).second) {
      items.push_back(std::move(item));
    } else {
      set.fail(item.picture.string() +
               ": another picture has the same name with another extension");
    }
  }
  set.make(items);
}

}  // namespace lama::internal::cli
