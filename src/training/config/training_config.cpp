#include "training/config/training_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/not_one_of.h"
#include "config/interpolation.h"
#include "config/section.h"
#include "config/value.h"
#include "model/generator_section.h"
#include "training/config/compose.h"
#include "training/config/data_reader.h"
#include "training/config/losses_reader.h"
#include "training/config/reading.h"
#include "training/config/trainer_reader.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;
using config::Section;
using config::Value;

/// Reads the sections of one config.
class Reader {
 public:
  /// `tree`: its references are resolved.
  Reader(const Value& tree, TrainingConfig& config) : reading_{tree, config}, root_(tree) {}

  void read() {
    root_.read("run_title", reading_.config.run_title);
    std::int64_t seed = -1;
    root_.read("seed", seed, 0, std::numeric_limits<std::uint32_t>::max());
    if (seed >= 0) reading_.config.seed = static_cast<std::uint32_t>(seed);
    read_generator();
    read_discriminator();
    read_location();
    read_losses(root_.required_section("losses"), reading_);
    read_training_model(root_.required_section("training_model"), reading_);
    read_optimizers(root_.required_section("optimizers"));
    read_data(root_.required_section("data"), reading_);
    read_trainer(root_.required_section("trainer"), reading_);
    read_visualizer();
    read_evaluator();
    read_recipe();
    root_.require_no_others();
  }

 private:
  void read_generator() {
    root_.required_section("generator");
    reading_.config.generator = model::read_generator_section(reading_.tree);
  }

  static void read_ffc(std::optional<Section> section, model::FfcOptions& options) {
    if (!section) return;
    model::read_ffc_options(*section, options);
    section->require_no_others();
  }

  void read_discriminator() {
    Section section = root_.required_section("discriminator");
    DiscriminatorConfig& options = reading_.config.discriminator;
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
      if (auto kwargs = section.section("multidilation_kwargs")) {
        model::read_multidilation_options(*kwargs, options.multidilation,
                                          kMostDiscriminatorDilations);
        kwargs->require_no_others();
      }
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
    read_path(*section, "tb_dir", reading_.config.tb_dir);
    // Other keys refer to these.
    for (const char* key : {"data_root_dir", "out_root_dir", "pretrained_models"}) {
      section->ignore(key);
    }
    section->require_no_others();
  }

  void read_optimizers(Section section) {
    read_optimizer(section.required_section("generator"), reading_.config.generator_optimizer);
    read_optimizer(section.required_section("discriminator"),
                   reading_.config.discriminator_optimizer);
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

  void read_visualizer() {
    auto section = root_.section("visualizer");
    VisualizerConfig& options = reading_.config.visualizer;
    if (!section) return;
    section->read<bool>("kind", options.enabled, {{"directory", true}, {"noop", false}});
    read_path(*section, "outdir", options.outdir);
    options.outdir = reading_.config.run_dir / options.outdir;
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
        section->fail(name, not_one_of(key, kKeys));
      }
    }
    section->read("max_items_in_batch", options.max_items_in_batch, 1, 1000);
    section->read("last_without_mask", options.last_without_mask);
    section->require_no_others();
  }

  void read_evaluator() {
    auto section = root_.section("evaluator");
    EvaluatorConfig& options = reading_.config.evaluator;
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
    reading_.ignore(*section, "evaluator", "image_key", "it is always image");
    reading_.ignore(*section, "evaluator", "clamp_image_range", "pictures are always from 0 to 1");
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
    section->read<bool>("on_nan", reading_.config.trainer.skip_nan,
                        {{"stop", false}, {"skip", true}});
    section->read("frozen_statistics", reading_.config.losses.frozen_statistics);
    section->require_no_others();
  }

  Reading reading_;
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
                    const fs::path& folder, const fs::path& run_dir, std::time_t now) {
  TrainingConfig config;
  config.name = name;
  config.overrides.assign(overrides.begin(), overrides.end());
  Value tree = compose(run_dir.empty() ? name : "config", overrides, folder);
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
  const bool yaml = path.extension() == ".yaml" && fs::is_regular_file(path, error);
  if (path.has_parent_path() || yaml) {
    refuse_other_kinds(path);
    require_file(path, "training config");
    const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    return load(path.stem().string(), overrides, parent, {}, now);
  }
  return load(path.extension() == ".yaml" ? path.stem().string() : config, overrides, folder, {},
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
  return load(name, overrides, run_dir, fs::absolute(run_dir).lexically_normal(), 0);
}

}  // namespace lama::internal::training
