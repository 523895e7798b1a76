#include "cli/inpaint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
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
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "codecs/pairs.h"

namespace lama::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

codecs::Pairing pair(const FolderJob& job, const Wishes& wishes) {
  if (wishes.fill_transparent) return codecs::pair_with(job.pictures, {}, job.output);
  if (job.mask.empty()) return codecs::pair_published(job.pictures, job.output);
  if (fs::is_directory(job.mask)) {
    return codecs::pair_folders(job.pictures, job.mask, job.output);
  }
  require_file(job.mask, "mask, or a folder of masks");
  return codecs::pair_with(job.pictures, job.mask, job.output);
}

/// Results must not replace what they are made from: a second run would start from them.
void require_own_folder(const FolderJob& job) {
  for (const std::string& source : {job.pictures, job.mask}) {
    std::error_code ignored;
    if (!source.empty() && fs::equivalent(source, job.output, ignored)) {
      throw Error(
          fmt::format("{}: results would replace what they are made from: choose another "
                      "folder for them",
                      job.output));
    }
  }
}

std::string nothing_found(const FolderJob& job, const codecs::Pairing& pairing) {
  if (pairing.pictures_alone.empty() && pairing.masks_alone.empty()) {
    return fmt::format("{}: no pictures in it", job.pictures);
  }
  const std::string expected =
      job.mask.empty() ? "the mask of NAME.png is NAME_mask.png or NAME_mask001.png beside it, or "
                         "name a folder of masks or one mask for all"
                       : "a mask has its picture's name and its place in the other folder";
  return fmt::format("{}: no picture has a mask ({} pictures, {} masks without partner): {}",
                     job.pictures, pairing.pictures_alone.size(), pairing.masks_alone.size(),
                     expected);
}

/// A picture on its way through the threads, or why it went no further.
struct Item {
  std::size_t place;  ///< among the jobs
  Job job;
  std::optional<Work> work;
  std::string error;

  /// Runs a step, unless an earlier one failed. A wish to stop passes through.
  template <typename Step>
  void attempt(Step&& step) {
    if (!error.empty()) return;
    try {
      step();
    } catch (const Cancelled&) {
      throw;
    } catch (const std::bad_alloc&) {
      error = job.picture + ": out of memory";
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    if (!error.empty()) work.reset();
  }
};

/// What became of the batch. The thread that writes is the only one to touch it while it runs.
struct Report {
  std::size_t done = 0;
  std::map<std::size_t, ordered_json> failed;  ///< by the jobs' order
};

ordered_json texts(const std::vector<fs::path>& paths) {
  ordered_json list = ordered_json::array();
  for (const fs::path& path : paths) list.push_back(path.string());
  return list;
}

/// The threads beside those that compute: one reads ahead, one writes behind.
class Pipeline {
 public:
  Pipeline(const std::vector<Job>& jobs, const Wishes& wishes, const Common& common)
      : jobs_(jobs),
        wishes_(wishes),
        common_(common),
        progress_("", !common.quiet),
        reader_([this] { read_all(); }),
        writer_([this] { write_all(); }) {}
  ~Pipeline() { finish(); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Fills the pictures. Threads that each have one of their own wait for one another less than
  /// those that share one (docs/performance.md), so there are several lanes. A picture that may
  /// take more than a lane's share of the memory has all threads and the memory to itself.
  void compute_all(const Backend& network, int threads) {
    const int lanes =
        network.sharing_weights ? std::min(threads, static_cast<int>(jobs_.size())) : 1;
    const std::size_t limit = wishes_.inpaint.memory_limit;
    Wishes share = wishes_;
    share.inpaint.memory_limit =
        (limit > 0 ? limit : available_memory()) / static_cast<std::size_t>(lanes);
    share_of_done_.resize(static_cast<std::size_t>(lanes));
    std::mutex next;  // held until a picture may be filled, so that only one waits for that
    std::shared_mutex alone;
    std::exception_ptr error;
    std::once_flag first_error;
    const auto run = [&](std::size_t lane) {
      const Backend own = lanes == 1 ? network : network.sharing_weights(threads / lanes);
      const auto fits = [&](const Work& work) {
        const Image& image = work.picture.image;
        return lanes > 1 &&
               most_bytes(own, image.width(), image.height()) <= share.inpaint.memory_limit;
      };
      while (true) {
        std::unique_lock turn(next);
        std::optional<Item> item = read_.pop();
        if (!item) return;
        const bool small = item->work && fits(*item->work);
        std::shared_lock among_others(alone, std::defer_lock);
        std::unique_lock by_itself(alone, std::defer_lock);
        small ? among_others.lock() : by_itself.lock();
        turn.unlock();
        const auto update = [&](double done) {
          check_interrupted();
          tell_progress(lane, item->job, done);
        };
        item->attempt([&] {
          update(0);
          fill(*item->work, small ? own : network, small ? share : wishes_,
               [&](const engine::LayerDone& layer) { update(layer.done); });
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
    } catch (const std::system_error&) {
      // No more threads are to be had: those that are do the work.
    }
    guarded(0);
    for (std::thread& other : others) other.join();
    if (error) std::rethrow_exception(error);
  }

  /// Ends the threads after what they are at, and says what was done.
  Report finish() {
    read_.close();
    if (reader_.joinable()) reader_.join();
    filled_.close();
    if (writer_.joinable()) writer_.join();
    return std::move(report_);
  }

 private:
  void read_all() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      Item item{.place = i, .job = jobs_[i], .work = {}, .error = {}};
      item.attempt([&] { item.work = read(item.job, wishes_); });
      if (!read_.push(std::move(item))) return;
    }
    read_.close();
  }

  void write_all() {
    while (std::optional<Item> item = filled_.pop()) {
      item->attempt([&] {
        create_folders(fs::path(item->job.output).parent_path());
        write(*item->work, wishes_);
      });
      tell(*item);
    }
  }

  void tell_progress(std::size_t lane, const Job& job, double done) {
    const std::lock_guard lock(mutex_);
    share_of_done_[lane] = done;
    const double all = static_cast<double>(ended_) +
                       std::accumulate(share_of_done_.begin(), share_of_done_.end(), 0.0);
    progress_.label(fmt::format("{}/{} {}", ended_ + 1, jobs_.size(),
                                fs::path(job.picture).filename().string()));
    progress_.update(all / static_cast<double>(jobs_.size()));
  }
  void end_progress(std::size_t lane) {
    const std::lock_guard lock(mutex_);
    share_of_done_[lane] = 0;
    ++ended_;
  }

  void tell(const Item& item) {
    if (!item.error.empty()) {
      report_.failed[item.place] = {
          {"picture", item.job.picture}, {"mask", item.job.mask}, {"error", item.error}};
      progress_.say_between("failed: " + item.error);
      return;
    }
    ++report_.done;
    if (common_.quiet) return;
    for (const std::string& note : item.work->notes) {
      progress_.say_between(fmt::format("{}: note: {}", item.job.output, note));
    }
    if (!common_.verbose) return;
    for (const std::string& detail : item.work->details) {
      progress_.say_between(fmt::format("{}: {}", item.job.output, detail));
    }
    progress_.say_between(
        fmt::format("{}: filled {} pixels", item.job.output, item.work->result.replaced.count()));
  }

  const std::vector<Job>& jobs_;
  const Wishes& wishes_;
  const Common& common_;
  Progress progress_;
  std::mutex mutex_;  // of the next two
  std::size_t ended_ = 0;
  std::vector<double> share_of_done_;  // of each lane's picture
  // One picture waits on either side of the network: more would only take memory.
  BoundedQueue<Item> read_{1}, filled_{1};
  Report report_;
  std::thread reader_, writer_;  // last, because they use the rest
};

}  // namespace

ordered_json inpaint_folder(const FolderJob& job, const Wishes& wishes,
                            const std::function<OpenedModel()>& open_model, const Common& common) {
  require_own_folder(job);
  const codecs::Pairing pairing = pair(job, wishes);
  if (pairing.pairs.empty()) throw Error(nothing_found(job, pairing));
  std::vector<Job> jobs;
  std::size_t skipped = 0;
  for (const codecs::Pair& pair : pairing.pairs) {
    if (!job.shard.takes(pair.result.native())) continue;
    fs::path output = job.output / pair.result;
    if (wishes.published) output.replace_extension(".png");
    if (job.skip_existing && fs::exists(output)) {
      ++skipped;
    } else {
      jobs.push_back({pair.picture.string(), pair.mask.string(), output.string()});
    }
  }

  std::string model_name = "no model";
  Report report;
  if (!jobs.empty()) {
    create_folders(job.output);
    OpenedModel model = open_model();
    model_name = model.name;
    Pipeline pipeline(jobs, wishes, common);
    pipeline.compute_all(model.network, job.threads);
    report = pipeline.finish();
  }
  ordered_json failed = ordered_json::array();
  for (auto& [place, what] : report.failed) failed.push_back(std::move(what));
  return {{"output", job.output},
          {"model", model_name},
          {"pictures", jobs.size() + skipped},
          {"done", report.done},
          {"skipped", skipped},
          {"failed", std::move(failed)},
          {"pictures_without_mask", texts(pairing.pictures_alone)},
          {"masks_without_picture", texts(pairing.masks_alone)}};
}

}  // namespace lama::cli
