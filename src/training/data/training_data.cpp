#include "training/data/training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <numeric>
#include <opencv2/core/utility.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/seed.h"

namespace lama::internal::training {
namespace {

// How many batches are made before they are asked for.
constexpr std::int64_t kBatchesAhead = 2;
// A folder of masks may have bad files in it; settings that cannot work fail each time.
constexpr int kMaskAttempts = 10;

/// The order of an epoch's pictures, by NumPy's shuffle.
std::vector<std::uint32_t> order_of(std::int64_t epoch, std::size_t size, std::uint32_t seed) {
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0U);
  masks::NumpyRandom(derived_seed(seed, fmt::format("order of epoch {}", epoch))).shuffle(order);
  return order;
}

/// (H, W, 3) bytes as (3, H, W) floats, 0..1.
void put_picture(const Image& picture, float* out) {
  const std::size_t pixels = picture.pixels();
  const auto* samples = picture.samples<std::uint8_t>();
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      out[c * pixels + i] = static_cast<float>(samples[3 * i + c]) / 255;
    }
  }
}

}  // namespace

/// The threads and the state that they share.
class TrainingData::Workers {
 public:
  Workers(const TrainingDataOptions& options, int rank, int ranks)
      : options_(options),
        rank_(rank),
        ranks_(ranks),
        pictures_(open_pictures(options.source, options.indir)),
        augmentation_(options.transform_variant, options.out_size) {
    const std::size_t size = pictures_->size();
    if (size > UINT32_MAX) {
      throw Error(fmt::format("{}: {} pictures are too many", indir(), size));
    }
    masks::Random random(options.seed);
    make_mask(Image(options.out_size, options.out_size, 3, Depth::u8), 0, random);
    // Each thread works at a picture of its own: OpenCV's threads would only be in their way.
    cv::setNumThreads(1);
    try {
      for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      stop();
      throw Error(fmt::format("{} threads cannot be started: {}", options.threads, error.what()));
    } catch (...) {
      stop();
      throw;
    }
  }

  ~Workers() { stop(); }

  Batch next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [this] { return no_memory_ || (!ahead_.empty() && ahead_.front().left == 0); });
    if (no_memory_) throw std::bad_alloc();
    Pending pending = std::move(ahead_.front());
    ahead_.pop_front();
    ++handed_out_;
    changed_.notify_all();
    if (pending.error) std::rethrow_exception(pending.error);
    return std::move(pending.batch);
  }

  std::int64_t position() const {
    const std::lock_guard lock(mutex_);
    return options_.first_sample + handed_out_ * ranks_ * options_.batch_size;
  }

  std::size_t size() const { return pictures_->size(); }

  std::vector<Skipped> skipped() const {
    const std::lock_guard lock(mutex_);
    return skipped_;
  }

 private:
  struct Pending {
    Batch batch;
    int left;  ///< samples that are not made yet
    std::exception_ptr error;
  };

  /// One sample, and where it goes. A batch does not move before all of its samples are made.
  struct Task {
    std::int64_t sample, iteration;
    std::uint32_t picture;
    Pending* pending;
    std::size_t place;
  };

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::string indir() const { return fmt::format("{}", fmt::join(options_.indir, ", ")); }

  void work() {
    try {
      make_samples();
    } catch (const std::bad_alloc&) {
      // Its next sample has no batch.
      const std::lock_guard lock(mutex_);
      no_memory_ = true;
      changed_.notify_all();
    }
  }

  void make_samples() {
    std::unique_lock lock(mutex_);
    while (true) {
      const std::int64_t size = options_.batch_size;
      changed_.wait(lock, [&] { return stop_ || begun_ < (handed_out_ + kBatchesAhead) * size; });
      if (stop_) return;
      const Task task = next_task();
      lock.unlock();
      std::exception_ptr error;
      try {
        make(task);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error) task.pending->error = error;
      if (--task.pending->left == 0) changed_.notify_all();
    }
  }

  /// With mutex_ locked.
  Task next_task() {
    const std::int64_t size = options_.batch_size, batch = begun_ / size, place = begun_ % size;
    ++begun_;
    if (place == 0) ahead_.push_back({new_batch(), options_.batch_size, nullptr});
    const std::int64_t sample = options_.first_sample + (batch * ranks_ + rank_) * size + place;
    const auto count = static_cast<std::int64_t>(pictures_->size());
    if (const std::int64_t epoch = sample / count; epoch != epoch_ || order_.empty()) {
      order_ = order_of(epoch, pictures_->size(), options_.seed);
      epoch_ = epoch;
    }
    return {sample, options_.first_iteration + batch,
            order_[static_cast<std::size_t>(sample % count)], &ahead_.back(),
            static_cast<std::size_t>(place)};
  }

  Batch new_batch() const {
    const auto count = static_cast<std::size_t>(options_.batch_size);
    const auto side = static_cast<std::size_t>(options_.out_size);
    return {options_.batch_size,
            options_.out_size,
            options_.out_size,
            std::vector<float>(count * 3 * side * side),
            std::vector<float>(count * side * side),
            std::vector<std::string>(count)};
  }

  void make(const Task& task) {
    masks::Random random(derived_seed(
        options_.seed,
        fmt::format("{}/{}", task.sample / static_cast<std::int64_t>(size()), task.sample)));
    Batch& batch = task.pending->batch;
    const Image picture = make_picture(task.picture, random, batch.names[task.place]);
    const Mask mask = make_mask(picture, task.iteration, random);
    const std::size_t pixels = picture.pixels();
    put_picture(picture, batch.pictures.data() + task.place * 3 * pixels);
    std::copy(mask.missing.begin(), mask.missing.end(),
              batch.masks.begin() + static_cast<std::ptrdiff_t>(task.place * pixels));
  }

  /// Picture `index`, or the next of the list that can be used.
  Image make_picture(std::size_t index, masks::Random& random, std::string& name) {
    std::string first_reason;
    for (std::size_t i = 0; i < pictures_->size(); ++i, index = (index + 1) % pictures_->size()) {
      name = pictures_->name(index);
      try {
        // The same numbers for whichever picture it will be.
        masks::Random own = random;
        Image picture = augmentation_(pictures_->read(index), own);
        random = own;
        return picture;
      } catch (const std::bad_alloc&) {
        skip(name, "out of memory");
      } catch (const Error& error) {
        skip(name, error.what());
        if (first_reason.empty()) first_reason = error.what();
      }
    }
    throw Error(fmt::format("{}: not one of {} pictures can be used: {}", indir(),
                            pictures_->size(), first_reason));
  }

  Mask make_mask(const Image& picture, std::int64_t iteration, masks::Random& random) {
    for (int attempt = 1;; ++attempt) {
      try {
        return options_.masks->make({.width = picture.width(),
                                     .height = picture.height(),
                                     .iteration = iteration,
                                     .image = &picture},
                                    random);
      } catch (const Error& error) {
        if (attempt == kMaskAttempts) throw;
        skip("a mask", error.what());
      }
    }
  }

  void skip(const std::string& name, std::string reason) {
    // Readers begin with the name.
    if (reason.starts_with(name + ": ")) reason.erase(0, name.size() + 2);
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = skipped_at_.try_emplace({name, reason}, skipped_.size());
    if (is_new) skipped_.push_back({name, std::move(reason), 0});
    ++skipped_[place->second].times;
  }

  const TrainingDataOptions options_;
  const std::int64_t rank_, ranks_;
  const std::unique_ptr<const Pictures> pictures_;
  const Augmentation augmentation_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Pending> ahead_;                // batches begun and not handed out, in their order
  std::int64_t begun_ = 0, handed_out_ = 0;  // samples of this rank; batches
  std::int64_t epoch_ = 0;                   // whose order this is:
  std::vector<std::uint32_t> order_;
  std::vector<Skipped> skipped_;
  std::map<std::pair<std::string, std::string>, std::size_t> skipped_at_;  // by name and reason
  bool stop_ = false, no_memory_ = false;
  std::vector<std::thread> threads_;
};

TrainingData::TrainingData(const TrainingDataOptions& options, int rank, int ranks)
    : workers_(std::make_unique<Workers>(options, rank, ranks)) {}
TrainingData::~TrainingData() = default;

Batch TrainingData::next() { return workers_->next(); }
std::int64_t TrainingData::position() const { return workers_->position(); }
std::size_t TrainingData::size() const { return workers_->size(); }
std::vector<Skipped> TrainingData::skipped() const { return workers_->skipped(); }

}  // namespace lama::internal::training
