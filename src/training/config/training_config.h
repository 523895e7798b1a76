// The options of a training run, typed. Names are the published configs' (docs/training.md lists
// every key); a comment marks those that are ours.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/value.h"
#include "model/generator_config.h"
#include "training/config/adversarial_config.h"
#include "training/config/discriminator_config.h"
#include "training/config/distance_weighting_config.h"
#include "training/config/fake_fakes_config.h"
#include "training/config/fixed_data_config.h"
#include "training/config/picture_source.h"
#include "training/config/resnet_pl_config.h"
#include "training/config/transform_variant.h"

namespace lama::internal::training {

/// `losses`, and the keys of `training_model` that decide what the losses see.
struct LossesConfig {
  double l1_weight_known = 10, l1_weight_missing = 0;  ///< `l1`
  double perceptual_weight = 0;                        ///< of VGG-19's; 0: off, as all below
  std::filesystem::path vgg_weights;  ///< ours: `perceptual.weights_path`; may be ""
  AdversarialConfig adversarial;
  double feature_matching_weight = 0;
  bool feature_matching_pass_mask = false;  ///< only known pixels count
  ResNetPlConfig resnet_pl = {.weight = 0};
  std::filesystem::path resnet_pl_weights_path;  ///< `weights_path`; without it $TORCH_HOME or "."
  /// Ours, against colour shift: |difference| of pictures averaged over squares of
  /// `low_frequency_scale` pixels, each as far as it is missing.
  double low_frequency_weight = 0;
  int low_frequency_scale = 32;
  DistanceWeighterConfig distance_weighter;  ///< of the mask for L1, VGG and feature matching
  bool distance_weighted_mask_for_discr = false;
  double fake_fakes_proba = 0;  ///< share of steps with fake fakes
  FakeFakesConfig fake_fakes;
  bool frozen_statistics = false;  ///< ours: batch norms of loss networks stay as pretrained
};

/// Which of its pictures the losses and the discriminator take from the generator.
enum class ImageToDiscriminator { predicted_image, inpainted };

/// `optimizers.generator` and `optimizers.discriminator`.
struct OptimizerConfig {
  enum class Kind { adam, adamw };
  Kind kind = Kind::adamw;
  double lr = 0.001;
  std::int64_t warmup_steps = 0, cosine_steps = 0;  ///< ours: learning_rate.h
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 0;  ///< default for adamw: 0.01
  bool amsgrad = false;
};

/// `data.train`.
struct TrainDataConfig {
  PictureSource source = PictureSource::folder;  ///< `kind`
  std::vector<std::string> indir;  ///< shards may be a pattern: part{00000..00039}.tar
  int out_size = 512;              ///< side of the pictures
  TransformVariant transform_variant = TransformVariant::default_variant;
  config::Value masks;  ///< for masks::parse_mask_config; already tried
  int batch_size = 1;   ///< of one rank
  int threads = 0;      ///< `num_workers`; 0: as many as there are processors
};

struct DataConfig {
  TrainDataConfig train;
  std::optional<FixedDataConfig> val;  ///< without it nothing is measured while training
  std::optional<FixedDataConfig> visual_test;
  std::vector<FixedDataConfig> extra_val;
};

/// So many batches, or a share of all: a whole number in the file, or one with a point.
struct BatchLimit {
  std::int64_t count = 0;  ///< 0: `share` decides
  double share = 1;

  /// Of `all` batches.
  std::int64_t of(std::int64_t all) const;
};

/// `trainer.checkpoint_kwargs`.
struct CheckpointConfig {
  int save_top_k = 5;  ///< -1: all; 0: none
  bool save_last = true;
  int period = 1;  ///< validations between two that may be kept
  std::string monitor = "val_ssim_fid100_f1_total_mean";
  bool mode_max = true;
  std::int64_t every_n_train_steps = 1000;  ///< ours: last.ckpt in between; 0: not
};

/// `trainer`.
struct TrainerConfig {
  enum class Precision { float32, bfloat16 };
  int max_epochs = 40;
  std::int64_t max_steps = -1;  ///< -1: no limit
  BatchLimit limit_train_batches, limit_val_batches;
  BatchLimit val_check_interval;  ///< of an epoch's batches
  int check_val_every_n_epoch = 1;
  BatchLimit num_sanity_val_steps = {.count = 2};  ///< -1 in the file: all
  double gradient_clip_val = 0;                    ///< L2 norm, per optimizer; 0: not clipped
  int log_every_n_steps = 50;
  Precision precision = Precision::float32;  ///< 32, bf16
  int accumulate_grad_batches = 1;           ///< batches a step: micro-batches for small memory
  bool sync_batchnorm = false;               ///< batch norms see the batches of all ranks
  bool deterministic = false;
  bool benchmark = false;  ///< cuDNN tries its algorithms
  std::string resume_from_checkpoint;
  bool skip_nan = false;  ///< ours: `recipe.on_nan`: skips steps whose loss is not finite
  CheckpointConfig checkpoint;
};

/// The keys of `training_model` that belong to no loss.
struct TrainingModelConfig {
  /// A size for each part of the run, e.g. 128 up to step 1000 and then 256.
  struct RescaleSchedule {
    std::vector<std::int64_t> start_iters;  ///< ascending
    std::vector<int> sizes;                 ///< one more
    int size(std::int64_t step) const;
  };
  /// One random crop for each batch.
  struct ConstAreaCrop {
    int min_size = 128, max_size = 512, area = 256 * 256, round_to_mod = 16;
  };
  /// `average_generator`: a running mean of the generator's parameters.
  struct Average {
    double beta = 0.999;
    std::int64_t start_step = 30000;
    int period = 10;  ///< steps
  };
  ImageToDiscriminator image_to_discriminator = ImageToDiscriminator::predicted_image;
  int visualize_each_iters = 100;
  bool store_discr_outputs_for_vis = false;
  std::optional<Average> average_generator;
  std::optional<RescaleSchedule> rescale_scheduler;
  std::optional<ConstAreaCrop> const_area_crop;
};

struct VisualizerConfig {
  bool enabled = true;                       ///< `kind`: directory, else noop
  std::filesystem::path outdir = "samples";  ///< in the run's folder
  std::vector<std::string> key_order = {"image", "predicted_image", "inpainted"};
  std::vector<std::string> rescale_keys;
  int max_items_in_batch = 10;
  bool last_without_mask = true;
};

struct EvaluatorConfig {
  enum class Integral { none, ssim_fid100_f1, lpips_fid100_f1 };
  bool ssim = true, lpips = true, fid = true;
  bool of_prediction = false;  ///< `inpainted_key`: predicted_image, else inpainted
  Integral integral_kind = Integral::none;
  int bins = 10;  ///< of the share of the picture that is missing
};

struct TrainingConfig {
  std::string name;  ///< of the config, such as big-lama
  std::string run_title;
  std::optional<std::uint32_t> seed;
  model::GeneratorConfig generator;
  DiscriminatorConfig discriminator;
  LossesConfig losses;
  TrainingModelConfig training_model;
  OptimizerConfig generator_optimizer, discriminator_optimizer;
  DataConfig data;
  TrainerConfig trainer;
  VisualizerConfig visualizer;
  EvaluatorConfig evaluator;
  std::filesystem::path tb_dir;   ///< `location.tb_dir`; "": tb_logs in the run's folder
  std::filesystem::path run_dir;  ///< `hydra.run.dir`
  /// Keys that have no effect here, for people: "file: key: why".
  std::vector<std::string> notes;

  // The texts that run_folder.h writes.
  std::string resolved_yaml;  ///< everything, references replaced: the run's config.yaml
  std::string composed_yaml;  ///< everything, references as they were written
  std::vector<std::string> overrides;
};

/// `config`: a name that compose.h finds ("big-lama"), or a file; then its folder is the one that
/// is searched first. `folder`: searched first otherwise; "": none. `now`: for ${now:...};
/// processes of one run must be given the same. Throws Error that names the file and the key, with
/// a suggestion for a key that does not exist.
TrainingConfig load_training_config(const std::string& config,
                                    std::span<const std::string> overrides,
                                    const std::filesystem::path& folder, std::time_t now);

/// The config of a run, from its folder. Groups cannot be changed any more, values can.
TrainingConfig resume_training_config(const std::filesystem::path& run_dir,
                                      std::span<const std::string> overrides);

}  // namespace lama::internal::training
