#include "training/data_options.h"

#include "base/thread_pool.h"
#include "masks/mask_config.h"
#include "training/data/fixed_pairs.h"

namespace lama::internal::training {

void require_data(const DataConfig& data) {
  require_pictures(data.train.source, data.train.indir);
  if (data.val) FixedPairs::require_folders(*data.val);
  if (data.visual_test) FixedPairs::require_folders(*data.visual_test);
  for (const FixedDataConfig& set : data.extra_val) FixedPairs::require_folders(set);
}

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
