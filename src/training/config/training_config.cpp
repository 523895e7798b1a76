#include "training/config/training_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "config/interpolation.h"
#include "config/section.h"
#include "config/value.h"
#include "masks/mask_config.h"
#include "model/generator_section.h"
#include "training/config/compose.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;
using config::Section;
using config::Value;

constexpr double kMost = 1e9;  // weights and the like: far beyond any use
constexpr int kManySteps = 2'000'000'000;

/// Reads the sections of one config.
class Reader {
 public:
  /// `tree`: its references are resolved.
  Reader(const Value& tree, TrainingConfig& config) : tree_(tree), config_(config), root_(tree) {}

  void read() {
    root_.read("run_title", config_.run_title);
    std::int64_t seed = -1;
    root_.read("seed", seed, 0, std::numeric_limits<std::uint32_t>::max());
    if (seed >= 0) config_.seed = static_cast<std::uint32_t>(seed);
    read_generator();
    read_discriminator();
    read_location();
    read_losses(root_.required_section("losses"));
    read_training_model(root_.required_section("training_model"));
    read_optimizers(root_.required_section("optimizers"));
    read_data(root_.required_section("data"));
    read_trainer(root_.required_section("trainer"));
    read_visualizer();
    read_evaluator();
    read_recipe();
    root_.require_no_others();
  }

 private:
  void ignore(Section& section, const std::string& path, const std::string& key,
              std::string_view why) {
    section.ignore(key);
    const std::string name = fmt::format("{}.{}", path, key);
    if (tree_.at(name) != nullptr) {
      config_.notes.push_back(fmt::format("{}: {}: {}", tree_.origin_of(name).text(), name, why));
    }
  }

  void read_generator() {
    root_.required_section("generator");
    config_.generator = model::read_generator_section(tree_);
  }

  static void read_multidilation(std::optional<Section> section,
                                 model::MultidilationOptions& options) {
    if (!section) return;
    using model::CombMode;
    section->read("dilation_num", options.dilation_num, 1, 10);
    section->read<CombMode>("comb_mode", options.comb_mode,
                            {{"sum", CombMode::sum},
                             {"cat_in", CombMode::cat_in},
                             {"cat_out", CombMode::cat_out},
                             {"cat_both", CombMode::cat_both}});
    section->read("equal_dim", options.equal_dim);
    section->read("shared_weights", options.shared_weights);
    section->read("min_dilation", options.min_dilation, 1, 64);
    section->read("use_depthwise", options.use_depthwise);
    section->read("groups", options.groups, 1, 1 << 14);
    section->read("bias", options.bias);
    section->require_no_others();
  }

  static void read_ffc(std::optional<Section> section, model::FfcOptions& options) {
    if (!section) return;
    section->read("ratio_gin", options.ratio_gin, 0, 1);
    section->read("ratio_gout", options.ratio_gout, 0, 1);
    options.enable_lfu = true;
    section->read("enable_lfu", options.enable_lfu);
    options.enable_lfu = options.enable_lfu && options.ratio_gin > 0;
    section->read("gated", options.gated);
    section->read("groups", options.groups, 1, 1 << 14);
    section->read("bias", options.bias);
    section->require_no_others();
  }

  void read_discriminator() {
    Section section = root_.required_section("discriminator");
    DiscriminatorConfig& options = config_.discriminator;
    section.require("kind");
    section.read<DiscriminatorKind>(
        "kind", options.kind,
        {{"pix2pixhd_nlayer", DiscriminatorKind::nlayer},
         {"pix2pixhd_nlayer_multidilated", DiscriminatorKind::nlayer_multidilated},
         {"ffc_nlayer", DiscriminatorKind::ffc}});
    section.require("input_nc");
    section.read("input_nc", options.input_channels, 3, 3);
    section.read("ndf", options.ndf, 1, 1 << 12);
    options.n_layers = 3;
    section.read("n_layers", options.n_layers, 1, 10);
    if (options.kind == DiscriminatorKind::nlayer_multidilated) {
      options.multidilation.dilation_num = 3;
      read_multidilation(section.section("multidilation_kwargs"), options.multidilation);
    }
    if (options.kind == DiscriminatorKind::ffc) {
      section.read("max_features", options.max_features, 1, 1 << 14);
      read_ffc(section.section("init_conv_kwargs"), options.init);
      read_ffc(section.section("conv_kwargs"), options.convolutions);
    }
    section.require_no_others();
  }

  void read_location() {
    std::optional<Section> section = root_.section("location");
    if (!section) return;
    read_path(*section, "tb_dir", config_.tb_dir);
    // Other keys refer to these.
    for (const char* key : {"data_root_dir", "out_root_dir", "pretrained_models"}) {
      section->ignore(key);
    }
    section->require_no_others();
  }

  void read_losses(Section section) {
    LossesConfig& losses = config_.losses;
    Section l1 = section.required_section("l1");
    l1.require("weight_known");
    l1.read("weight_known", losses.l1_weight_known, 0, kMost);
    l1.require("weight_missing");
    l1.read("weight_missing", losses.l1_weight_missing, 0, kMost);
    l1.require_no_others();

    if (auto perceptual = section.section("perceptual")) {
      perceptual->read("weight", losses.perceptual_weight, 0, kMost);
      read_path(*perceptual, "weights_path", losses.vgg_weights);
      ignore(*perceptual, "losses.perceptual", "kwargs", "the published code does not read it");
      perceptual->require_no_others();
    }
    read_adversarial(section.required_section("adversarial"));
    if (auto matching = section.section("feature_matching")) {
      matching->read("weight", losses.feature_matching_weight, 0, kMost);
      matching->read("pass_mask", losses.feature_matching_pass_mask);
      matching->require_no_others();
    }
    if (auto resnet = section.section("resnet_pl")) read_resnet_pl(*resnet);
    if (auto low = section.section("low_frequency")) {
      low->read("weight", losses.low_frequency_weight, 0, kMost);
      low->read("scale", losses.low_frequency_scale, 2, 1024);
      low->require_no_others();
    }
    ignore(section, "losses", "segm_pl",
           "an old name that the published code no longer reads; resnet_pl is what it reads");
    ignore(section, "losses", "mse", "the published code makes this loss and never uses it");
    section.require_no_others();
  }

  void read_adversarial(Section section) {
    AdversarialConfig& options = config_.losses.adversarial;
    section.require("kind");
    std::string kind;
    section.read("kind", kind);
    if (kind == "bce") section.fail("kind", "the published code cannot train with it; expected r1");
    if (kind != "r1") section.fail("kind", fmt::format("{}: expected r1", kind));
    section.read("weight", options.weight, 0, kMost);
    section.read("gp_coef", options.gp_coef, 0, kMost);
    section.read("mask_as_fake_target", options.mask_as_fake_target);
    section.read("allow_scale_mask", options.allow_scale_mask);
    section.read<MaskScaleMode>("mask_scale_mode", options.mask_scale_mode,
                                {{"nearest", MaskScaleMode::nearest},
                                 {"bilinear", MaskScaleMode::bilinear},
                                 {"bicubic", MaskScaleMode::bicubic},
                                 {"area", MaskScaleMode::area},
                                 {"maxpool", MaskScaleMode::maxpool}});
    section.read("extra_mask_weight_for_gen", options.extra_mask_weight_for_gen, 0, kMost);
    section.read("use_unmasked_for_gen", options.use_unmasked_for_gen);
    section.read("use_unmasked_for_discr", options.use_unmasked_for_discr);
    section.require_no_others();
    if (!options.use_unmasked_for_gen && options.use_unmasked_for_discr) {
      section.fail("use_unmasked_for_gen", "false needs use_unmasked_for_discr: false too");
    }
    if (!options.use_unmasked_for_discr && options.mask_as_fake_target) {
      section.fail("use_unmasked_for_discr", "false needs mask_as_fake_target: false");
    }
  }

  void read_resnet_pl(Section section) {
    ResNetPlConfig& options = config_.losses.resnet_pl;
    options.weight = 1;
    section.read("weight", options.weight, 0, kMost);
    std::tuple encoder = {options.efficientnet, options.depth, options.dilated};
    section.read<std::tuple<bool, int, bool>>("arch_encoder", encoder,
                                              {{"resnet50dilated", {false, 50, true}},
                                               {"resnet50", {false, 50, false}},
                                               {"resnet18dilated", {false, 18, true}},
                                               {"resnet18", {false, 18, false}},
                                               {"efficientnet_lite0dilated", {true, 0, true}}});
    std::tie(options.efficientnet, options.depth, options.dilated) = encoder;
    section.read("segmentation", options.segmentation);
    fs::path& weights = config_.losses.resnet_pl_weights_path;
    read_path(section, "weights_path", weights);
    // A variable that is not set does not matter where the loss is off.
    if (weights.string().find("${") != std::string::npos) {
      if (options.weight > 0) {
        config_.notes.push_back(fmt::format(
            "{}: losses.resnet_pl.weights_path: {} is not set: the current folder stands for it",
            tree_.origin_of("losses.resnet_pl.weights_path").text(), weights.string()));
      }
      weights.clear();
    }
    section.require_no_others();
  }

  void read_training_model(Section section) {
    TrainingModelConfig& options = config_.training_model;
    std::string kind = "default";
    section.read("kind", kind);
    if (kind != "default") section.fail("kind", fmt::format("{}: expected default", kind));
    bool concat_mask = true;
    section.read("concat_mask", concat_mask);
    if (!concat_mask)
      section.fail("concat_mask", "false is not supported: no program could use it");
    if (section.has("add_noise_kwargs") && section.section("add_noise_kwargs")) {
      section.fail("add_noise_kwargs", "is not supported: no program could use such a network");
    }
    section.ignore("add_noise_kwargs");
    bool noise_fill_hole = false, predict_only = false;
    section.read("noise_fill_hole", noise_fill_hole);  // has no effect without noise
    section.read("predict_only", predict_only);
    if (predict_only) section.fail("predict_only", "true is for predicting");

    section.read("visualize_each_iters", options.visualize_each_iters, 1, kManySteps);
    section.read("store_discr_outputs_for_vis", options.store_discr_outputs_for_vis);
    section.read<ImageToDiscriminator>("image_to_discriminator", options.image_to_discriminator,
                                       {{"predicted_image", ImageToDiscriminator::predicted_image},
                                        {"inpainted", ImageToDiscriminator::inpainted}});

    bool average = false;
    TrainingModelConfig::Average mean;
    section.read("average_generator", average);
    section.read("generator_avg_beta", mean.beta, 0, 1);
    section.read("average_generator_start_step", mean.start_step, 0, kManySteps);
    section.read("average_generator_period", mean.period, 1, kManySteps);
    if (average) options.average_generator = mean;

    if (auto rescale = section.section("rescale_scheduler_kwargs")) read_rescale(*rescale);
    if (auto crop = section.section("const_area_crop_kwargs")) {
      TrainingModelConfig::ConstAreaCrop area;
      crop->read("min_size", area.min_size, 16, 10'000);
      crop->read("max_size", area.max_size, area.min_size, 10'000);
      crop->read("area", area.area, 256, 100'000'000);
      crop->read("round_to_mod", area.round_to_mod, 1, 1024);
      crop->require_no_others();
      options.const_area_crop = area;
    }
    if (auto weighter = section.section("distance_weighter_kwargs")) {
      read_distance_weighter(*weighter);
    }
    LossesConfig& losses = config_.losses;
    section.read("distance_weighted_mask_for_discr", losses.distance_weighted_mask_for_discr);
    section.read("fake_fakes_proba", losses.fake_fakes_proba, 0, 1);
    if (auto fakes = section.section("fake_fakes_generator_kwargs")) {
      fakes->read("aug_proba", losses.fake_fakes.aug_proba, 0, 1);
      fakes->read("img_aug_degree", losses.fake_fakes.img_aug_degree, 0, 360);
      fakes->read("img_aug_translate", losses.fake_fakes.img_aug_translate, 0, 1);
      fakes->require_no_others();
    }
    section.require_no_others();
  }

  void read_rescale(Section section) {
    std::string kind = "ladder";
    section.read("kind", kind);
    if (kind != "ladder") {
      section.fail("kind",
                   fmt::format("{} gives sizes that are not whole numbers; expected ladder", kind));
    }
    TrainingModelConfig::RescaleSchedule schedule;
    section.read("start_iters", schedule.start_iters, 0, std::numeric_limits<std::int64_t>::max());
    std::vector<std::int64_t> sizes;
    section.read("values", sizes, 16, 10'000);
    schedule.sizes.assign(sizes.begin(), sizes.end());
    section.require_no_others();
    if (schedule.sizes.size() != schedule.start_iters.size() + 1) {
      section.fail("values", "expected one more than start_iters");
    }
    if (!std::is_sorted(schedule.start_iters.begin(), schedule.start_iters.end())) {
      section.fail("start_iters", "expected ascending numbers");
    }
    config_.training_model.rescale_scheduler = schedule;
  }

  void read_distance_weighter(Section section) {
    using Kind = DistanceWeighterConfig::Kind;
    DistanceWeighterConfig& options = config_.losses.distance_weighter;
    section.read<Kind>(
        "kind", options.kind,
        {{"none", Kind::none}, {"blur", Kind::blur}, {"edt", Kind::edt}, {"pps", Kind::pps}});
    const auto odd = [&section](const char* key, int& size) {
      section.read(key, size, 1, 99);
      if (size % 2 == 0) section.fail(key, fmt::format("{} is not odd", size));
    };
    switch (options.kind) {
      case Kind::none:
        break;
      case Kind::blur:
        odd("kernel_size", options.kernel_size);
        section.read("width_factor", options.width_factor, 0.001, 1000);
        break;
      case Kind::edt:
        odd("dilate_kernel_size", options.dilate_kernel_size);
        odd("blur_kernel_size", options.blur_kernel_size);
        section.read("width_factor", options.width_factor, 0.001, 1000);
        break;
      case Kind::pps:
        section.read("level", options.pps.level, 1, 16);
        section.read("max_iters", options.pps.max_iters, 0, 1000);
        section.read("temperature", options.pps.temperature, 1e-6, kMost);
        section.read("erode_mask_size", options.pps.erode_mask_size, 0, 99);
        break;
    }
    section.require_no_others();
  }

  void read_optimizers(Section section) {
    read_optimizer(section.required_section("generator"), config_.generator_optimizer);
    read_optimizer(section.required_section("discriminator"), config_.discriminator_optimizer);
    section.require_no_others();
  }

  static void read_optimizer(Section section, OptimizerConfig& options) {
    using Kind = OptimizerConfig::Kind;
    section.read<Kind>("kind", options.kind, {{"adam", Kind::adam}, {"adamw", Kind::adamw}});
    options.weight_decay = options.kind == Kind::adamw ? 0.01 : 0;  // as PyTorch
    section.read("lr", options.lr, 0, 1000);
    section.read("warmup_steps", options.warmup_steps, 0, kManySteps);
    section.read("cosine_steps", options.cosine_steps, 0, kManySteps);
    if (options.cosine_steps != 0 && options.cosine_steps <= options.warmup_steps) {
      section.fail("cosine_steps", fmt::format("expected 0, or more than warmup_steps, which is {}",
                                               options.warmup_steps));
    }
    section.read("eps", options.eps, 0, 1);
    section.read("weight_decay", options.weight_decay, 0, 1000);
    section.read("amsgrad", options.amsgrad);
    if (section.has("betas")) {
      std::vector<double> betas;
      section.read("betas", betas, 0, 1);
      if (betas.size() != 2) section.fail("betas", "expected two numbers, such as [0.9, 0.999]");
      options.beta1 = betas[0];
      options.beta2 = betas[1];
      for (const double beta : {options.beta1, options.beta2}) {
        if (!(beta >= 0 && beta < 1)) section.fail("betas", "expected numbers from 0 to below 1");
      }
    }
    section.require_no_others();
  }

  void read_data(Section section) {
    // Other keys refer to these: see dataloader_kwargs.
    for (const char* key : {"batch_size", "val_batch_size", "num_workers"}) section.ignore(key);
    read_train(section.required_section("train"));
    if (auto val = section.section("val")) {
      config_.data.val = fixed(*val, "data.val", "val");
    }
    if (auto visual = section.section("visual_test")) {
      config_.data.visual_test = fixed(*visual, "data.visual_test", "visual_test");
    }
    if (auto extra = section.section("extra_val")) {
      for (const auto& [name, value] : tree_.at("data.extra_val")->entries) {
        config_.data.extra_val.push_back(
            fixed(extra->required_section(name), "data.extra_val." + name, "extra_val_" + name));
      }
    }
    section.require_no_others();
  }

  void read_train(Section section) {
    TrainDataConfig& options = config_.data.train;
    std::string kind = "default";
    section.read("kind", kind);
    if (kind == "img_with_segm") {
      section.fail("kind",
                   "img_with_segm is not supported: no loss reads its labels; expected default");
    }
    section.read<PictureSource>(
        "kind", options.source,
        {{"default", PictureSource::folder}, {"default_web", PictureSource::web}});
    read_indir(section, options.indir);
    section.read("out_size", options.out_size, 16, 10'000);
    section.read("transform_variant", options.transform_variant, kTransformVariants);
    read_masks(section);
    ignore(section, "data.train", "shuffle_buffer", "shards are indexed, and shuffled as a whole");
    read_dataloader(section, "data.train", options.batch_size, options.threads, true);
    section.require_no_others();
  }

  void read_masks(Section& section) {
    section.require("mask_gen_kwargs");
    Value document;
    Value& train = document.entry("data").entry("train");
    for (const char* key : {"mask_generator_kind", "mask_gen_kwargs", "out_size"}) {
      section.ignore(key);
      if (const Value* value = tree_.at(fmt::format("data.train.{}", key))) {
        train.entry(key) = *value;
      }
    }
    document.origin = tree_.origin;
    masks::parse_mask_config(document, {});
    config_.data.train.masks = std::move(document);
  }

  FixedDataConfig fixed(Section section, const std::string& path, const std::string& title) {
    FixedDataConfig options;
    options.title = title;
    std::string kind = "default";
    section.read("kind", kind);
    if (kind == "online" || kind == "img_with_segm") {
      section.fail("kind", fmt::format("{} is not supported: make a set with fixed masks by lama "
                                       "masks make, which every run is measured on alike",
                                       kind));
    }
    using Kind = FixedDataConfig::Kind;
    section.read<Kind>("kind", options.kind,
                       {{"default", Kind::pairs}, {"our_eval", Kind::our_eval}});
    read_indir(section, options.indir);
    section.read("img_suffix", options.img_suffix);
    section.read("pad_out_to_modulo", options.pad_out_to_modulo, 0, 1024);
    section.read("scale_factor", options.scale_factor, 0.01, 100);
    for (const char* key : {"out_size", "transform_variant", "mask_generator_kind"}) {
      ignore(section, path, key, "fixed masks and pictures are taken as they are");
    }
    read_dataloader(section, path, options.batch_size, options.threads, false);
    section.require_no_others();
    return options;
  }

  void read_dataloader(Section& parent, const std::string& path, int& batch_size, int& threads,
                       bool shuffle) {
    auto section = parent.section("dataloader_kwargs");
    if (!section) return;
    section->read("batch_size", batch_size, 1, 100'000);
    section->read("num_workers", threads, 0, 1024);
    bool shuffled = shuffle;
    section->read("shuffle", shuffled);
    if (shuffled != shuffle) {
      section->fail("shuffle", shuffle ? "false is not supported: training pictures come in random "
                                         "order, which depends on the seed"
                                       : "true is not supported: every validation is alike");
    }
    for (const char* key : {"pin_memory", "drop_last", "persistent_workers", "prefetch_factor",
                            "timeout", "multiprocessing_context"}) {
      ignore(*section, path + ".dataloader_kwargs", key,
             "pictures come from threads, in an endless stream of whole batches");
    }
    section->require_no_others();
  }

  void read_trainer(Section section) {
    read_trainer_kwargs(section.required_section("kwargs"));
    CheckpointConfig& options = config_.trainer.checkpoint;
    if (auto checkpoint = section.section("checkpoint_kwargs")) {
      checkpoint->read("save_top_k", options.save_top_k, -1, 1'000'000);
      checkpoint->read("save_last", options.save_last);
      checkpoint->read("period", options.period, 1, 1'000'000);
      checkpoint->read("monitor", options.monitor);
      checkpoint->read<bool>("mode", options.mode_max, {{"max", true}, {"min", false}});
      checkpoint->read("every_n_train_steps", options.every_n_train_steps, 0, kManySteps);
      ignore(*checkpoint, "trainer.checkpoint_kwargs", "verbose", "every saved file is reported");
      checkpoint->require_no_others();
    }
    section.require_no_others();
  }

  void read_trainer_kwargs(Section section) {
    TrainerConfig& options = config_.trainer;
    section.read("max_epochs", options.max_epochs, 1, 1'000'000);
    section.read("max_steps", options.max_steps, -1, kManySteps);
    if (options.max_steps == 0) section.fail("max_steps", "0 trains nothing; -1 is no limit");
    read_limit(section, "limit_train_batches", options.limit_train_batches);
    read_limit(section, "limit_val_batches", options.limit_val_batches);
    read_limit(section, "val_check_interval", options.val_check_interval);
    section.read("check_val_every_n_epoch", options.check_val_every_n_epoch, 1, 1'000'000);
    std::int64_t sanity = options.num_sanity_val_steps.count;
    section.read("num_sanity_val_steps", sanity, -1, kManySteps);
    options.num_sanity_val_steps = {.count = std::max<std::int64_t>(sanity, 0),
                                    .share = sanity == 0 ? 0.0 : 1.0};
    section.read("gradient_clip_val", options.gradient_clip_val, 0, kMost);
    section.read("log_every_n_steps", options.log_every_n_steps, 1, kManySteps);
    std::string precision = "32";
    section.read("precision", precision);
    if (precision == "16") {
      section.fail("precision",
                   "16 is not supported: Fourier transforms of pictures go beyond its range; say "
                   "bf16 or 32");
    }
    using Precision = TrainerConfig::Precision;
    section.read<Precision>("precision", options.precision,
                            {{"32", Precision::float32}, {"bf16", Precision::bfloat16}});
    section.read("accumulate_grad_batches", options.accumulate_grad_batches, 1, 100'000);
    section.read("sync_batchnorm", options.sync_batchnorm);
    section.read("deterministic", options.deterministic);
    section.read("benchmark", options.benchmark);
    section.read("resume_from_checkpoint", options.resume_from_checkpoint);

    static constexpr std::pair<const char*, const char*> kIgnored[] = {
        {"gpus", "the number of processes decides: docs/training.md"},
        {"num_nodes", "the number of processes decides: docs/training.md"},
        {"num_processes", "the number of processes decides: docs/training.md"},
        {"accelerator", "processes always average their gradients"},
        {"replace_sampler_ddp", "each process always has its own share of the pictures"},
        {"terminate_on_nan",
         "recipe.on_nan decides: a loss that is not finite always stops or skips"},
        {"log_gpu_memory", "it is not logged"},
        {"track_grad_norm", "it is not logged by this key"},
        {"amp_backend", "precision decides"},
        {"amp_level", "precision decides"},
        {"progress_bar_refresh_rate", "the terminal shows the progress"},
        {"weights_summary", "lama train --dry-run shows it"},
    };
    for (const auto& [key, why] : kIgnored) ignore(section, "trainer.kwargs", key, why);
    section.require_no_others();
  }

  static void read_limit(Section& section, const std::string& key, BatchLimit& limit) {
    std::string text;
    section.read(key, text);
    if (text.empty()) return;
    const auto count = config::to_whole_number(text);
    const auto share = config::to_number(text);
    if (count && *count >= 0) {
      limit = {.count = *count, .share = *count == 0 ? 0.0 : 1.0};
    } else if (share && *share >= 0 && *share <= 1) {
      limit = {.count = 0, .share = *share};
    } else {
      section.fail(key, text + " is neither a number of batches nor a share of them such as 0.5");
    }
  }

  void read_visualizer() {
    auto section = root_.section("visualizer");
    VisualizerConfig& options = config_.visualizer;
    if (!section) return;
    section->read<bool>("kind", options.enabled, {{"directory", true}, {"noop", false}});
    read_path(*section, "outdir", options.outdir);
    options.outdir = config_.run_dir / options.outdir;
    section->read("key_order", options.key_order);
    if (options.key_order.empty()) {
      section->fail("key_order",
                    "expected at least one key; visualizer.kind=noop writes no samples");
    }
    section->read("rescale_keys", options.rescale_keys);
    static constexpr std::array<const char*, 7> kKeys = {"image",
                                                         "mask",
                                                         "predicted_image",
                                                         "inpainted",
                                                         "discr_output_fake",
                                                         "discr_output_real",
                                                         "discr_output_diff"};
    for (const auto& [name, keys] : {std::pair{"key_order", &options.key_order},
                                     std::pair{"rescale_keys", &options.rescale_keys}}) {
      for (const std::string& key : *keys) {
        if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
        section->fail(name, fmt::format("{} is none of {}", key, fmt::join(kKeys, ", ")));
      }
    }
    section->read("max_items_in_batch", options.max_items_in_batch, 1, 1000);
    section->read("last_without_mask", options.last_without_mask);
    section->require_no_others();
  }

  void read_evaluator() {
    auto section = root_.section("evaluator");
    EvaluatorConfig& options = config_.evaluator;
    if (!section) return;
    std::string kind = "default";
    section->read("kind", kind);
    if (kind != "default") section->fail("kind", fmt::format("{}: expected default", kind));
    section->read("ssim", options.ssim);
    section->read("lpips", options.lpips);
    section->read("fid", options.fid);
    section->read<bool>("inpainted_key", options.of_prediction,
                        {{"inpainted", false}, {"predicted_image", true}});
    using Integral = EvaluatorConfig::Integral;
    section->read<Integral>("integral_kind", options.integral_kind,
                            {{"ssim_fid100_f1", Integral::ssim_fid100_f1},
                             {"lpips_fid100_f1", Integral::lpips_fid100_f1}});
    section->read("bins", options.bins, 1, 100);
    ignore(*section, "evaluator", "image_key", "it is always image");
    ignore(*section, "evaluator", "clamp_image_range", "pictures are always from 0 to 1");
    section->require_no_others();
    const bool first = options.integral_kind == Integral::ssim_fid100_f1;
    if (options.integral_kind != Integral::none &&
        (!options.fid || !(first ? options.ssim : options.lpips))) {
      section->fail("integral_kind", "is made of metrics that are switched off");
    }
  }

  void read_recipe() {
    auto section = root_.section("recipe");
    if (!section) return;
    section->read<bool>("on_nan", config_.trainer.skip_nan, {{"stop", false}, {"skip", true}});
    section->read("frozen_statistics", config_.losses.frozen_statistics);
    section->require_no_others();
  }

  static void read_path(Section& section, const std::string& key, fs::path& path) {
    std::string text;
    section.read(key, text);
    if (!text.empty()) path = text;
  }

  static void read_indir(Section& section, std::vector<std::string>& indir) {
    section.read("indir", indir);
    if (indir.empty()) section.fail("indir", "is missing: the folder of pictures");
  }

  const Value& tree_;
  TrainingConfig& config_;
  Section root_;
};

/// Hydra's own section, for references and for the run's folder.
void complete_hydra(Value& tree, const std::string& name) {
  Value& hydra = tree.entry("hydra");
  if (hydra.kind != Value::Kind::map) hydra.kind = Value::Kind::map;
  Section section(hydra, "hydra");
  if (auto run = section.section("run")) {
    run->ignore("dir");
    run->require_no_others();
  }
  if (auto job = section.section("job")) {
    job->ignore("name");
    job->ignore("config_name");
    job->require_no_others();
  }
  section.ignore("sweep");
  section.require_no_others();
  Value& job = hydra.entry("job");
  if (job.find("name") == nullptr) job.entry("name") = config::scalar_value("train", {name});
  job.entry("config_name") = config::scalar_value(name, {name});
  Value& run = hydra.entry("run");
  if (run.find("dir") == nullptr) {
    run.entry("dir") = config::scalar_value(
        "${location.out_root_dir}/${env:USER}_${now:%Y-%m-%d_%H-%M-%S}_${hydra:job.name}_"
        "${hydra:job.config_name}_${run_title}",
        {name});
  }
}

void refuse_unset(const config::Interpolation& interpolation) {
  for (const config::Interpolation::Unset& unset : interpolation.unset()) {
    if (unset.key == "losses.resnet_pl.weights_path") continue;
    throw Error(unset.text());
  }
}

/// `run_dir`: of a run that exists, else "".
TrainingConfig load(const std::string& name, std::span<const std::string> overrides,
                    const ConfigPlace& place, const fs::path& run_dir, std::time_t now) {
  TrainingConfig config;
  config.name = name;
  config.overrides.assign(overrides.begin(), overrides.end());
  Value tree = compose(run_dir.empty() ? name : "config", overrides, place);
  tree.origin = {name};
  complete_hydra(tree, name);

  config::Interpolation interpolation(tree, now);
  config.run_dir = run_dir;
  if (run_dir.empty()) {
    config.run_dir = fs::absolute(interpolation.resolved("hydra.run.dir").text).lexically_normal();
  }
  Value resolved{.kind = Value::Kind::map, .origin = tree.origin};
  for (const auto& [key, value] : tree.entries) {
    if (key != "hydra") resolved.entry(key) = interpolation.resolved(key);
  }
  refuse_unset(interpolation);
  // As published, config.yaml has the folder of the samples. The folder of a run may have moved
  // since.
  Value* visualizer = resolved.find("visualizer");
  Value* outdir = visualizer == nullptr ? nullptr : visualizer->find("outdir");
  if (outdir != nullptr) {
    const fs::path path = outdir->text;
    outdir->text = (config.run_dir / (run_dir.empty() ? path : path.filename())).string();
  }
  Reader(resolved, config).read();
  config.resolved_yaml = to_yaml(resolved);
  tree.remove("hydra");
  config.composed_yaml = to_yaml(tree);
  return config;
}

}  // namespace

std::int64_t BatchLimit::of(std::int64_t all) const {
  return count > 0 ? std::min(count, all)
                   : static_cast<std::int64_t>(share * static_cast<double>(all));
}

int TrainingModelConfig::RescaleSchedule::size(std::int64_t step) const {
  const auto later = std::upper_bound(start_iters.begin(), start_iters.end(), step);
  return sizes[static_cast<std::size_t>(later - start_iters.begin())];
}

TrainingConfig load_training_config(const std::string& config,
                                    std::span<const std::string> overrides, const fs::path& folder,
                                    std::time_t now) {
  const fs::path path = config;
  std::error_code error;
  if (path.has_parent_path() || fs::is_regular_file(path, error)) {
    require_file(path, "training config");
    const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    return load(path.stem().string(), overrides, {parent}, {}, now);
  }
  return load(path.extension() == ".yaml" ? path.stem().string() : config, overrides, {folder}, {},
              now);
}

TrainingConfig resume_training_config(const fs::path& run_dir,
                                      std::span<const std::string> overrides) {
  require_file(run_dir / "config.yaml", "config of a run");
  std::string name = "config";
  const fs::path hydra = run_dir / ".hydra" / "hydra.yaml";
  std::error_code error;
  if (fs::is_regular_file(hydra, error)) {
    const Value file = config::read_yaml(hydra);
    if (const Value* given = file.at("hydra.job.config_name")) name = given->text;
  }
  return load(name, overrides, {run_dir}, fs::absolute(run_dir).lexically_normal(), 0);
}

}  // namespace lama::internal::training
