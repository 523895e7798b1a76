#include "cli/inpaint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/counted.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/streams.h"
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

/// A picture between the threads, or the error that stopped it.
struct Item {
  std::size_t place;  ///< its index in the batch
  PicturePaths paths;
  std::optional<repair::Repair> state;
  std::string error;

  /// Runs a step, unless an earlier step failed. Cancelled passes through.
  template <typename Step>
  void attempt(Step&& step) {
    if (!error.empty()) return;
    try {
      step();
    } catch (const Cancelled&) {
      throw;
    } catch (const std::bad_alloc&) {
      error = fmt::format("{}: {}", paths.picture, kOutOfMemory);
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    if (!error.empty()) state.reset();
  }
};

/// The results of a batch. Only the writing thread uses it while the batch runs.
struct Report {
  std::size_t done = 0;
  std::size_t empty_masks = 0;
  // By the pictures' indices.
  std::map<std::size_t, FailedPicture> failed;
  std::map<std::size_t, std::vector<PictureNote>> notes;
};

/// Two threads beside the computing ones: one reads ahead, one writes behind.
class Pipeline {
 public:
  Pipeline(const std::vector<PicturePaths>& pictures, const FillOptions& options,
           const Common& common)
      : pictures_(pictures), options_(options), common_(common), progress_("", !common.quiet) {
    try {
      reader_ = std::thread([this] { read_all(); });
      writer_ = std::thread([this] { write_all(); });
    } catch (...) {
      finish();  // no destructor runs for an object whose constructor throws
      throw;
    }
  }
  ~Pipeline() { finish(); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Fills the pictures. Threads that fill one picture each wait less for one another than threads
  /// that share a picture (docs/performance.md), so there are several lanes. A picture that may
  /// need more than a lane's share of the memory gets all threads and all memory.
  void compute_all(const Backend& network, int threads) {
    const int lanes =
        network.sharing_weights ? std::min(threads, static_cast<int>(pictures_.size())) : 1;
    const std::size_t limit = options_.memory_limit;
    FillOptions share = options_;
    share.memory_limit = (limit > 0 ? limit : available_memory()) / static_cast<std::size_t>(lanes);
    share_of_done_.resize(static_cast<std::size_t>(lanes));
    std::mutex next;  // held until a picture may start, so that only one lane waits at a time
    std::shared_mutex alone;
    std::exception_ptr error;
    std::once_flag first_error;
    const auto run = [&](std::size_t lane) {
      const Backend own = lanes == 1 ? network : network.with_threads(threads / lanes);
      const auto fits = [&](const repair::Repair& state) {
        const Image& image = state.picture.image;
        return lanes > 1 && most_bytes(own, image.width(), image.height()) <= share.memory_limit;
      };
      while (true) {
        std::unique_lock turn(next);
        std::optional<Item> item = read_.pop();
        if (!item) return;
        const bool small = item->state && fits(*item->state);
        std::shared_lock among_others(alone, std::defer_lock);
        std::unique_lock by_itself(alone, std::defer_lock);
        small ? among_others.lock() : by_itself.lock();
        turn.unlock();
        const auto update = [&](double done) {
          check_interrupted();
          show_progress(lane, item->paths, done);
        };
        item->attempt([&] {
          update(0);
          repair::fill(*item->state, small ? own : network, small ? share : options_, update);
        });
        small ? among_others.unlock() : by_itself.unlock();
        end_progress(lane);
        filled_.push(std::move(*item));
      }
    };
    std::vector<std::thread> others;
    const auto guarded = [&](std::size_t lane) {
      try {
        run(lane);
      } catch (...) {
        std::call_once(first_error, [&] { error = std::current_exception(); });
        read_.close();
      }
    };
    try {
      for (int lane = 1; lane < lanes; ++lane) {
        others.emplace_back(guarded, static_cast<std::size_t>(lane));
      }
    } catch (const std::exception&) {
      // The system has no more threads or memory: the existing ones do the work.
    }
    guarded(0);
    for (std::thread& other : others) other.join();
    if (error) std::rethrow_exception(error);
  }

  /// Ends the threads after their current picture and returns the report.
  Report finish() {
    read_.close();
    if (reader_.joinable()) reader_.join();
    filled_.close();
    if (writer_.joinable()) writer_.join();
    return std::move(report_);
  }

 private:
  void read_all() {
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      Item item{.place = i, .paths = pictures_[i], .state = {}, .error = {}};
      item.attempt([&] { item.state = read(item.paths, options_); });
      if (!read_.push(std::move(item))) return;
    }
    read_.close();
  }

  void write_all() {
    while (std::optional<Item> item = filled_.pop()) {
      item->attempt([&] {
        create_folders(fs::path(item->paths.output).parent_path());
        write_output(item->paths.output, repair::encode(*item->state, options_));
      });
      report(*item);
    }
  }

  void show_progress(std::size_t lane, const PicturePaths& paths, double done) {
    const std::lock_guard lock(mutex_);
    share_of_done_[lane] = done;
    const double all = static_cast<double>(ended_) +
                       std::accumulate(share_of_done_.begin(), share_of_done_.end(), 0.0);
    progress_.label(fmt::format("{}/{} {}", ended_ + 1, pictures_.size(),
                                fs::path(paths.picture).filename().string()));
    progress_.update(all / static_cast<double>(pictures_.size()));
  }
  void end_progress(std::size_t lane) {
    const std::lock_guard lock(mutex_);
    share_of_done_[lane] = 0;
    ++ended_;
  }

  void report(const Item& item) {
    if (!item.error.empty()) {
      report_.failed[item.place] = {item.paths.picture, item.paths.mask, item.error};
      progress_.say_between("failed: " + item.error);
      return;
    }
    ++report_.done;
    if (!item.state->has_hole()) ++report_.empty_masks;
    std::vector<std::string> notes = item.state->notes;
    if (!item.state->advice.empty() && !std::exchange(advised_, true)) {
      notes.insert(notes.begin(), item.state->advice);
    }
    for (const std::string& note : notes) {
      report_.notes[item.place].push_back({item.paths.picture, item.paths.mask, note});
      if (!common_.quiet) {
        progress_.say_between(fmt::format("{}: note: {}", item.paths.output, note));
      }
    }
    if (common_.quiet || !common_.verbose) return;
    for (const std::string& detail : item.state->details) {
      progress_.say_between(fmt::format("{}: {}", item.paths.output, detail));
    }
    progress_.say_between(fmt::format("{}: filled {} pixels", item.paths.output,
                                      item.state->result.replaced.count()));
  }

  const std::vector<PicturePaths>& pictures_;
  const FillOptions& options_;
  const Common& common_;
  Progress progress_;
  std::mutex mutex_;  // guards ended_ and share_of_done_
  std::size_t ended_ = 0;
  std::vector<double> share_of_done_;  // by lane
  // One picture waits on either side of the network: more would only take memory.
  BoundedQueue<Item> read_{1}, filled_{1};
  Report report_;
  bool advised_ = false;  // one note is enough
  std::thread reader_, writer_;
};

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
    Pipeline pipeline(pictures, options, common);
    pipeline.compute_all(model.network, run.threads);
    Report report = pipeline.finish();
    summary.done = report.done;
    summary.empty_masks = report.empty_masks;
    for (auto& [place, failure] : report.failed) summary.failed.push_back(std::move(failure));
    for (auto& [place, notes] : report.notes) {
      for (PictureNote& note : notes) summary.notes.push_back(std::move(note));
    }
  }
  summary.pictures_without_mask = std::move(pairing.pictures_alone);
  summary.masks_without_picture = std::move(pairing.masks_alone);
  summary.left_out = std::move(pairing.left_out);
  return summary;
}

}  // namespace lama::internal::cli
