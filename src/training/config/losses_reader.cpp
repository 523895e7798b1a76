#include "training/config/losses_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace lama::internal::training {
namespace {

using config::Section;

void read_adversarial(Section section, const Reading& reading) {
  AdversarialConfig& options = reading.config.losses.adversarial;
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

void read_resnet_pl(Section section, const Reading& reading) {
  ResNetPlConfig& options = reading.config.losses.resnet_pl;
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
  std::filesystem::path& weights = reading.config.losses.resnet_pl_weights_path;
  read_path(section, "weights_path", weights);
  // A variable that is not set does not matter where the loss is off.
  if (weights.string().find("${") != std::string::npos) {
    if (options.weight > 0) {
      reading.config.notes.push_back(fmt::format(
          "{}: losses.resnet_pl.weights_path: {} is not set: the current folder stands for it",
          reading.tree.origin_of("losses.resnet_pl.weights_path").text(), weights.string()));
    }
    weights.clear();
  }
  section.require_no_others();
}

void read_rescale(Section section, const Reading& reading) {
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
  reading.config.training_model.rescale_scheduler = schedule;
}

void read_distance_weighter(Section section, const Reading& reading) {
  using Kind = DistanceWeighterConfig::Kind;
  DistanceWeighterConfig& options = reading.config.losses.distance_weighter;
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

}  // namespace

void read_losses(Section section, const Reading& reading) {
  LossesConfig& losses = reading.config.losses;
  Section l1 = section.required_section("l1");
  l1.require("weight_known");
  l1.read("weight_known", losses.l1_weight_known, 0, kMost);
  l1.require("weight_missing");
  l1.read("weight_missing", losses.l1_weight_missing, 0, kMost);
  l1.require_no_others();

  if (auto perceptual = section.section("perceptual")) {
    perceptual->read("weight", losses.perceptual_weight, 0, kMost);
    read_path(*perceptual, "weights_path", losses.vgg_weights);
    reading.ignore(*perceptual, "losses.perceptual", "kwargs",
                   "the published code does not read it");
    perceptual->require_no_others();
  }
  read_adversarial(section.required_section("adversarial"), reading);
  if (auto matching = section.section("feature_matching")) {
    matching->read("weight", losses.feature_matching_weight, 0, kMost);
    matching->read("pass_mask", losses.feature_matching_pass_mask);
    matching->require_no_others();
  }
  if (auto resnet = section.section("resnet_pl")) read_resnet_pl(*resnet, reading);
  if (auto low = section.section("low_frequency")) {
    low->read("weight", losses.low_frequency_weight, 0, kMost);
    low->read("scale", losses.low_frequency_scale, 2, 1024);
    low->require_no_others();
  }
  reading.ignore(section, "losses", "segm_pl",
                 "an old name that the published code no longer reads; resnet_pl is what it reads");
  reading.ignore(section, "losses", "mse", "the published code makes this loss and never uses it");
  section.require_no_others();
}

void read_training_model(Section section, const Reading& reading) {
  TrainingModelConfig& options = reading.config.training_model;
  std::string kind = "default";
  section.read("kind", kind);
  if (kind != "default") section.fail("kind", fmt::format("{}: expected default", kind));
  bool concat_mask = true;
  section.read("concat_mask", concat_mask);
  if (!concat_mask) section.fail("concat_mask", "false is not supported: no program could use it");
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

  if (auto rescale = section.section("rescale_scheduler_kwargs")) read_rescale(*rescale, reading);
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
    read_distance_weighter(*weighter, reading);
  }
  LossesConfig& losses = reading.config.losses;
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

}  // namespace lama::internal::training
