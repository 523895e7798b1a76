// The endless stream of pictures with holes that a training sees.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "masks/mask_generator.h"
#include "training/data/augmentation.h"
#include "training/data/batch.h"
#include "training/data/pictures.h"

namespace lama::internal::training {

struct TrainingDataOptions {
  PictureSource source = PictureSource::folder;
  std::vector<std::string> indir;  ///< folders, or patterns for the names of shards
  int out_size = 256;
  TransformVariant transform_variant = TransformVariant::distortions;
  /// As masks/mask_config.h reads it from the published mask_gen_kwargs; also masks of one's own.
  std::shared_ptr<const masks::MaskGenerator> masks;
  int batch_size = 10;  ///< of each rank, >= 1
  std::uint32_t seed = 0;
  int threads = 1;  ///< >= 1, that make samples
  /// The place to go on from: position() and the training's iteration when it was saved.
  std::int64_t first_sample = 0, first_iteration = 0;
};

/// A picture that could not be used, and was replaced.
struct Skipped {
  std::string name, reason;
  std::int64_t times = 0;
};

/// Batches for one rank of a training with several.
///
/// The stream of samples is one for all ranks. Each epoch shows every picture once, in an order of
/// its own; sample i (from 0, over all epochs) is made with random numbers that depend only on the
/// seed and i. Of every ranks * batch_size samples, rank r takes the r-th batch_size. So the stream
/// does not change with the number of threads, two ranks see the samples of one rank with twice the
/// batch, and a training goes on from the number of samples it has seen, with any number of ranks.
/// Masks that change with the training (ramp_kwargs) are those of the iteration whose batch they
/// are in.
///
/// A picture that cannot be read is replaced by the next one of the list that can.
///
/// Thread-safety: one thread at a time may call next(), the others any.
class TrainingData {
 public:
  /// Starts the threads. 0 <= rank < ranks. Throws Error if there are no pictures, or the masks
  /// cannot be made at this size.
  TrainingData(const TrainingDataOptions& options, int rank, int ranks);
  ~TrainingData();
  TrainingData(const TrainingData&) = delete;
  TrainingData& operator=(const TrainingData&) = delete;

  /// Waits until the batch is made. Throws Error if not one picture can be used, or masks fail.
  Batch next();
  /// The samples of all ranks in batches handed out so far, and those before: first_sample of a
  /// training that goes on.
  std::int64_t position() const;
  /// The number of pictures: samples in an epoch.
  std::size_t size() const;
  /// The skipped pictures of this rank, in the order in which it met them.
  std::vector<Skipped> skipped() const;

 private:
  class Workers;
  std::unique_ptr<Workers> workers_;
};

}  // namespace lama::internal::training
