#include "training/data_options.h"

#include "base/thread_pool.h"
#include "masks/mask_config.h"

namespace lama::internal::training {

TrainingDataOptions training_data_options(const TrainingConfig& config) {
  const TrainDataConfig& train = config.data.train;
  TrainingDataOptions options;
  options.source =
      train.kind == TrainDataConfig::Kind::web ? PictureSource::web : PictureSource::folder;
  options.indir = train.indir;
  options.out_size = train.out_size;
  options.transform_variant = transform_variant(train.transform_variant);
  options.masks = masks::parse_mask_config(train.masks, "").generator;
  options.batch_size = train.batch_size * config.trainer.accumulate_grad_batches;
  options.seed = config.seed.value_or(0);
  options.threads = train.threads > 0 ? train.threads : ThreadPool::available_processors();
  return options;
}

FixedPairsOptions fixed_pairs_options(const FixedDataConfig& config) {
  const bool apart = config.kind == FixedDataConfig::Kind::our_eval;
  return {.kind = apart ? FixedPairsOptions::Kind::our_eval : FixedPairsOptions::Kind::pairs,
          .indir = config.indir,
          .img_suffix = config.img_suffix,
          .scale_factor = config.scale_factor,
          .pad_out_to_modulo = config.pad_out_to_modulo};
}

}  // namespace lama::internal::training
