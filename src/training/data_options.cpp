#include "training/data_options.h"

#include "base/thread_pool.h"
#include "masks/mask_config.h"

namespace lama::internal::training {

TrainingDataOptions training_data_options(const TrainingConfig& config) {
  const TrainDataConfig& train = config.data.train;
  TrainingDataOptions options;
  options.source = train.source;
  options.indir = train.indir;
  options.out_size = train.out_size;
  options.transform_variant = train.transform_variant;
  options.masks = masks::parse_mask_config(train.masks, "").generator;
  options.batch_size = train.batch_size * config.trainer.accumulate_grad_batches;
  options.seed = config.seed.value_or(0);
  options.threads = train.threads > 0 ? train.threads : ThreadPool::available_processors();
  return options;
}

}  // namespace lama::internal::training
