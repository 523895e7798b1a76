#include "training/config/training_config.h"

#include <iterator>
#include <vector>

#include "masks/mask_config.h"
#include "tests/config/fixtures.h"
#include "training/config/run_folder.h"

namespace lama::internal::training {
namespace {

using config::parse_yaml;
using config::Value;
namespace testing = config::testing;
using testing::error_of;
using testing::flat;
namespace fs = testing::fs;

/// The variables that configs refer to.
[[maybe_unused]] const bool kEnvironment = [] {
  ::setenv("TORCH_HOME", "/torch", 1);
  ::setenv("USER", "me", 1);
  ::setenv("TZ", "UTC", 1);
  return true;
}();

TrainingConfig load(const std::string& name, const std::vector<std::string>& overrides = {}) {
  return load_training_config(name, overrides, {}, 1'600'000'000);
}

std::string refusal(const std::vector<std::string>& overrides) {
  return error_of([&] { load("lama-fourier", overrides); });
}

bool has_note(const TrainingConfig& config, const std::string& part) {
  for (const std::string& note : config.notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(TrainingConfig, LamaFourierIsAsPublished) {
  const TrainingConfig config = load("lama-fourier", {"run_title=first"});
  EXPECT_EQ(config.name, "lama-fourier");
  EXPECT_EQ(config.run_dir, "/data/experiments/me_2020-09-13_12-26-40_train_lama-fourier_first");
  EXPECT_FALSE(config.seed);
  EXPECT_TRUE(config.notes.empty());
  // The keys of the published configs/training and their defaults: docs/training.md.
  EXPECT_EQ(config.generator,
            model::GeneratorConfig{.output_activation = model::OutputActivation::sigmoid});
  EXPECT_EQ(config.discriminator.kind, DiscriminatorKind::nlayer);
  EXPECT_EQ(config.discriminator.n_layers, 4);
  const LossesConfig& losses = config.losses;
  EXPECT_EQ(losses.l1_weight_known, 10);
  EXPECT_EQ(losses.l1_weight_missing, 0);
  EXPECT_EQ(losses.perceptual_weight, 0);
  EXPECT_EQ(losses.adversarial.weight, 10);
  EXPECT_EQ(losses.adversarial.gp_coef, 0.001);
  EXPECT_TRUE(losses.adversarial.mask_as_fake_target && losses.adversarial.allow_scale_mask);
  EXPECT_EQ(losses.feature_matching_weight, 100);
  EXPECT_FALSE(losses.feature_matching_pass_mask);
  EXPECT_EQ(losses.resnet_pl.weight, 30);
  EXPECT_TRUE(losses.resnet_pl.dilated && losses.resnet_pl.segmentation);
  EXPECT_EQ(losses.resnet_pl_weights_path, "/torch");
  EXPECT_EQ(losses.low_frequency_weight, 0);
  EXPECT_FALSE(losses.frozen_statistics);
  EXPECT_EQ(config.training_model.image_to_discriminator, ImageToDiscriminator::predicted_image);
  EXPECT_EQ(config.training_model.visualize_each_iters, 1000);
  EXPECT_FALSE(config.training_model.average_generator);
  EXPECT_EQ(config.generator_optimizer.kind, OptimizerConfig::Kind::adam);
  EXPECT_EQ(config.generator_optimizer.lr, 0.001);
  EXPECT_EQ(config.generator_optimizer.weight_decay, 0);
  EXPECT_EQ(config.discriminator_optimizer.lr, 0.0001);
  const TrainDataConfig& train = config.data.train;
  EXPECT_EQ(train.indir, std::vector<std::string>{"/data/data/train"});
  EXPECT_EQ(train.out_size, 256);
  EXPECT_EQ(train.transform_variant, TransformVariant::distortions);
  EXPECT_EQ(train.batch_size, 10);
  EXPECT_EQ(train.threads, 3);
  EXPECT_EQ(masks::parse_mask_config(train.masks, {}).size, 256);
  EXPECT_EQ(config.data.val->batch_size, 2);
  ASSERT_TRUE(config.data.visual_test);
  EXPECT_EQ(config.data.visual_test->pad_out_to_modulo, 32);
  EXPECT_EQ(config.data.visual_test->batch_size, 1);
  const TrainerConfig& trainer = config.trainer;
  EXPECT_EQ(trainer.max_epochs, 40);
  EXPECT_EQ(trainer.limit_train_batches.count, 25000);
  EXPECT_EQ(trainer.val_check_interval.count, 25000);
  EXPECT_EQ(trainer.limit_val_batches.share, 1);
  EXPECT_EQ(trainer.gradient_clip_val, 1);
  EXPECT_EQ(trainer.precision, TrainerConfig::Precision::float32);
  EXPECT_EQ(trainer.checkpoint.save_top_k, 5);
  EXPECT_TRUE(trainer.checkpoint.mode_max && trainer.checkpoint.save_last);
  EXPECT_EQ(config.evaluator.integral_kind, EvaluatorConfig::Integral::ssim_fid100_f1);
  EXPECT_EQ(config.visualizer.key_order.size(), 5U);
  EXPECT_EQ(config.visualizer.outdir, config.run_dir / "samples");
}

TEST(TrainingConfig, AllThatShipAreRead) {
  std::size_t files = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(LAMA_SOURCE_DIR) / "configs" / "training")) {
    if (entry.path().extension() != ".yaml") continue;
    const TrainingConfig config = load(entry.path().stem().string());
    EXPECT_TRUE(config.notes.empty()) << entry.path() << ": " << config.notes.front();
    EXPECT_NO_THROW(load(entry.path().stem().string(), {"recipe=improved"})) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 23U);  // 22 published ones
}

TEST(TrainingConfig, AblationsAreOneOverrideAway) {
  using model::GeneratorKind;
  const auto generator = [](const char* name) {
    return load("big-lama", {std::string("generator=") + name}).generator;
  };
  EXPECT_EQ(load("big-lama").generator.n_blocks, 18);
  EXPECT_EQ(generator("ffc_resnet_075").kind, GeneratorKind::ffc_resnet);
  EXPECT_EQ(generator("pix2pixhd_global_sigmoid").kind, GeneratorKind::pix2pixhd_global);
  EXPECT_EQ(generator("pix2pixhd_multidilated_catin_4dil_9b").kind,
            GeneratorKind::pix2pixhd_multidilated);
  EXPECT_EQ(load("big-lama", {"losses=vgg"}).losses.perceptual_weight, 0.03);
  EXPECT_FALSE(load("big-lama", {"losses=resnet_pl_imagenet"}).losses.resnet_pl.segmentation);
  EXPECT_EQ(load("big-lama", {"losses=no_perceptual"}).losses.resnet_pl.weight, 0);
  const auto narrow = load("big-lama", {"losses.resnet_pl.arch_encoder=resnet18"}).losses.resnet_pl;
  EXPECT_EQ(narrow.depth, 18);
  EXPECT_FALSE(narrow.dilated || narrow.efficientnet);
  EXPECT_TRUE(load("big-lama", {"losses.resnet_pl.arch_encoder=efficientnet_lite0dilated"})
                  .losses.resnet_pl.efficientnet);
  const Value masks = load("big-lama", {"data=abl-02-thin-bb"}).data.train.masks;
  EXPECT_NE(to_yaml(masks).find("max_width: 40"), std::string::npos);
}

TEST(TrainingConfig, TheImprovedRecipeIsOneSwitch) {
  const TrainingConfig config = load("lama-fourier", {"recipe=improved", "recipe.on_nan=skip"});
  EXPECT_EQ(config.training_model.image_to_discriminator, ImageToDiscriminator::inpainted);
  ASSERT_TRUE(config.training_model.average_generator);
  EXPECT_EQ(config.training_model.average_generator->period, 1);
  EXPECT_GT(config.losses.l1_weight_missing, 0);
  EXPECT_GT(config.losses.low_frequency_weight, 0);
  EXPECT_TRUE(config.losses.frozen_statistics);
  EXPECT_TRUE(config.trainer.sync_batchnorm);
  EXPECT_TRUE(config.trainer.skip_nan);
  EXPECT_EQ(config.trainer.precision, TrainerConfig::Precision::bfloat16);
  // It adds to the trainer's section and replaces nothing in it.
  EXPECT_EQ(config.trainer.max_epochs, 40);
}

TEST(TrainingConfig, PublishedKeysOfEveryKindAreRead) {
  const TrainingConfig config = load(
      "lama-fourier",
      {"+training_model.distance_weighter_kwargs={kind: edt, blur_kernel_size: 7}",
       "+training_model.fake_fakes_proba=0.25",
       "+training_model.fake_fakes_generator_kwargs={aug_proba: 0.75}",
       "+training_model.rescale_scheduler_kwargs={start_iters: [10, 20], values: [64, 128, 256]}",
       "+training_model.const_area_crop_kwargs={area: 4096}",
       "seed=7",
       "trainer.kwargs.limit_train_batches=0.5",
       "trainer.kwargs.val_check_interval=1.0",
       "trainer.kwargs.limit_val_batches=0",
       "trainer.kwargs.num_sanity_val_steps=-1",
       "optimizers.generator.betas=[0.5, 0.9]",
       "optimizers.generator.warmup_steps=100",
       "optimizers.generator.cosine_steps=5000",
       "optimizers.discriminator.kind=adamw",
       "discriminator.kind=ffc_nlayer",
       "+discriminator.conv_kwargs={ratio_gin: 0.5, ratio_gout: 0.5}",
       "data.val.indir=[a, b]",
       "+data.extra_val.thick={indir: /thick, img_suffix: .png}",
       "evaluator.integral_kind=lpips_fid100_f1",
       "data.train.kind=default_web",
       "+data.train.shuffle_buffer=200"});
  EXPECT_EQ(config.losses.distance_weighter.kind, DistanceWeighterConfig::Kind::edt);
  EXPECT_EQ(config.losses.distance_weighter.blur_kernel_size, 7);
  EXPECT_EQ(config.losses.fake_fakes_proba, 0.25);
  EXPECT_EQ(config.losses.fake_fakes.aug_proba, 0.75);
  const auto& schedule = *config.training_model.rescale_scheduler;
  EXPECT_EQ(schedule.size(9), 64);  // as Python's bisect_right
  EXPECT_EQ(schedule.size(10), 128);
  EXPECT_EQ(schedule.size(20), 256);
  EXPECT_EQ(config.training_model.const_area_crop->area, 4096);
  EXPECT_EQ(config.seed, 7U);
  EXPECT_EQ(config.trainer.limit_train_batches.of(101), 50);
  EXPECT_EQ(config.trainer.val_check_interval.of(101), 101);
  EXPECT_EQ(config.trainer.limit_val_batches.of(101), 0);
  EXPECT_EQ(config.trainer.num_sanity_val_steps.of(101), 101);
  EXPECT_EQ((BatchLimit{.count = 7}.of(5)), 5);
  EXPECT_EQ(config.generator_optimizer.beta1, 0.5);
  EXPECT_EQ(config.generator_optimizer.warmup_steps, 100);
  EXPECT_EQ(config.generator_optimizer.cosine_steps, 5000);
  EXPECT_EQ(config.discriminator_optimizer.weight_decay, 0.01);
  EXPECT_EQ(config.discriminator.kind, DiscriminatorKind::ffc);
  EXPECT_TRUE(config.discriminator.convolutions.enable_lfu);
  EXPECT_EQ(config.data.val->indir, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(config.data.extra_val.size(), 1U);
  EXPECT_EQ(config.data.extra_val[0].title, "extra_val_thick");
  EXPECT_EQ(config.data.train.source, PictureSource::web);
  EXPECT_TRUE(has_note(config, "+data.train.shuffle_buffer=200: data.train.shuffle_buffer: "));
}

TEST(TrainingConfig, AllPublishedTransformVariantsAreRead) {
  EXPECT_EQ(kTransformVariants.size(), 8U);
  for (const auto& [name, variant] : kTransformVariants) {
    const auto config = load("tiny", {"data.train.transform_variant=" + std::string(name)});
    EXPECT_EQ(config.data.train.transform_variant, variant) << name;
  }
}

TEST(TrainingConfig, WhatHasNoEffectIsTold) {
  const TrainingConfig config =
      load("lama-fourier", {"+trainer.kwargs.gpus=-1", "+losses.segm_pl={weight: 1}",
                            "+data.val.dataloader_kwargs.pin_memory=true"});
  EXPECT_EQ(config.notes.size(), 3U);
  EXPECT_TRUE(has_note(config, "+trainer.kwargs.gpus=-1: trainer.kwargs.gpus: "));
  EXPECT_TRUE(has_note(config, "losses.segm_pl: an old name"));
}

TEST(TrainingConfig, TypingErrorsAreErrorsThatNameTheKeyAndWhatWasMeant) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> kCases = {
      {{"losses.l1.weight_mising=1"},
       "losses.l1.weight_mising: no such key; is weight_missing meant"},
      {{"trainer.kwargs.max_epoch=1"},
       "trainer.kwargs.max_epoch: no such key; is max_epochs meant"},
      {{"data.batchsize=1"}, "data.batchsize: no such key; is batch_size meant"},
      {{"generator.nblocks=1"}, "generator.nblocks: no such key; is n_blocks meant"},
      {{"locaton=x"}, "locaton: no such key; is location meant"},
      {{"location=dokcer"}, "no config dokcer in location: is docker meant"},
      {{"recipe=improve"}, "no config improve in recipe: is improved meant"},
      {{"hydra.rum.dir=x"}, "hydra.rum: no such key; is run meant"},
      {{"data.train.mask_gen_kwargs.box_kwargs.magin=1"},
       "data.train.mask_gen_kwargs.box_kwargs.magin: no such key; is margin meant"},
      {{"optimizers.generator.kind=sgd"}, "sgd is not one of adam, adamw"},
      {{"data.train.transform_variant=distortion"},
       "distortion is not one of default, distortions"},
      {{"visualizer.key_order=[img]"}, "visualizer.key_order: img is not one of"},
  };
  for (const auto& [overrides, expected] : kCases) {
    const std::string error = refusal(overrides);
    EXPECT_TRUE(error.starts_with(overrides[0] + ": ")) << error;
    EXPECT_NE(error.find(expected), std::string::npos) << error;
  }
  // Also through a reference: the error names the place of the value.
  EXPECT_EQ(refusal({"data.batch_size=ten"}),
            "data.batch_size=ten: ten is not a whole number from 1 to 100000 (used by "
            "data.train.dataloader_kwargs.batch_size)");
  testing::Folder folder;
  folder.write("optimizers/mine.yaml", "generator: {kind: adam, learning_rate: 1}\n");
  EXPECT_EQ(error_of([&] {
              load_training_config("lama-fourier", std::vector<std::string>{"optimizers=mine"},
                                   folder.path(), 0);
            })
                .find((folder.path() / "optimizers/mine.yaml").string() +
                      ": line 1: optimizers.generator.learning_rate: no such key"),
            0U);
}

TEST(TrainingConfig, WhatCannotBeDoneIsRefusedWithTheReason) {
  const std::vector<std::pair<std::string, const char*>> kCases = {
      {"trainer.kwargs.precision=16", "say bf16 or 32"},
      {"training_model.concat_mask=false", "no program could use it"},
      {"+training_model.add_noise_kwargs={scales: 6}", "no program could use such a network"},
      {"losses.adversarial.kind=bce", "expected r1"},
      {"trainer.kwargs.max_steps=0", "-1 is no limit"},
      {"visualizer.key_order=[]", "expected at least one"},
      {"+seed=4294967296", "4294967296 is not a whole number from 0 to 4294967295"},
      {"data.train.kind=img_with_segm", "no loss reads its labels"},
      {"data.val.kind=online", "lama masks make"},
      {"data.train.dataloader_kwargs.shuffle=false", "random order"},
      {"+training_model.rescale_scheduler_kwargs={kind: linear}", "expected ladder"},
      {"+training_model.distance_weighter_kwargs={kind: blur, kernel_size: 4}", "not odd"},
      {"+losses.adversarial.use_unmasked_for_gen=false", "use_unmasked_for_discr"},
      {"+losses.adversarial.use_unmasked_for_discr=false", "needs mask_as_fake_target: false"},
      {"evaluator.fid=false", "switched off"},
      {"generator.input_nc=3", "only 4"},
      {"losses.l1=null", "losses.l1: is missing"},
      {"optimizers.generator.betas=[0.9]", "two numbers"},
      {"optimizers.generator={warmup_steps: 9, cosine_steps: 9}",
       "more than warmup_steps, which is 9"},
      {"trainer.kwargs.limit_train_batches=1.5", "neither a number of batches nor a share"},
      // The override, and not the built-in key that refers to it.
      {"run_title=${env:LAMA_TEST_NOTHING}", "run_title=${env:LAMA_TEST_NOTHING}: "},
      {"location.data_root_dir=${env:LAMA_TEST_NOTHING}",
       "the environment variable LAMA_TEST_NOTHING is not set"},
  };
  for (const auto& [override, expected] : kCases) {
    const std::string error = refusal({override});
    EXPECT_NE(error.find(expected), std::string::npos) << override << " -> " << error;
  }
}

TEST(TrainingConfig, AMultidilatedDiscriminatorHasTwoDilations) {
  const std::string kind = "discriminator.kind=pix2pixhd_nlayer_multidilated";
  EXPECT_EQ(load("tiny", {kind}).discriminator.multidilation.dilation_num, 2);
  const std::string kwargs = "+discriminator.multidilation_kwargs=";
  const auto read = load("tiny", {kind, kwargs + "{dilation_num: 1, comb_mode: cat_out}"});
  EXPECT_EQ(read.discriminator.multidilation.dilation_num, 1);
  EXPECT_EQ(read.discriminator.multidilation.comb_mode, model::CombMode::cat_out);
  const std::string error = refusal({kind, kwargs + "{dilation_num: 5}"});
  EXPECT_NE(error.find("5 is not a whole number from 1 to 2"), std::string::npos) << error;
}

TEST(TrainingConfig, AMissingTorchHomeMattersOnlyToWhoNeedsIt) {
  ::unsetenv("TORCH_HOME");
  const TrainingConfig with = load("lama-fourier");
  EXPECT_TRUE(with.losses.resnet_pl_weights_path.empty());
  EXPECT_TRUE(has_note(with, "${env:TORCH_HOME} is not set"));
  EXPECT_TRUE(load("lama-fourier", {"losses=vgg"}).notes.empty());
  ::setenv("TORCH_HOME", "/torch", 1);
}

TEST(RunFolder, HoldsWhatResumesTheRunAndWhatModelsAreReadFrom) {
  testing::Folder folder;
  const std::string out = folder.path().string();
  const TrainingConfig config =
      load("big-lama", {"location=my_dataset", "location.out_root_dir=" + out, "hydra=no_time",
                        "losses.l1.weight_missing=2", "run_title=x"});
  EXPECT_EQ(config.run_dir, folder.path() / "me_train_big-lama_x");
  write_run_folder(config);
  EXPECT_EQ(model::read_generator_config(config.run_dir / "config.yaml"), config.generator);

  const TrainingConfig again = resume_training_config(
      config.run_dir, std::vector<std::string>{"trainer.kwargs.max_epochs=50"});
  EXPECT_EQ(again.name, "big-lama");
  EXPECT_EQ(again.run_dir, config.run_dir);
  EXPECT_EQ(again.losses.l1_weight_missing, 2);
  EXPECT_EQ(again.trainer.max_epochs, 50);
  EXPECT_EQ(again.generator, config.generator);
  EXPECT_EQ(again.visualizer.outdir, config.visualizer.outdir);
  const auto without_epochs = [](const TrainingConfig& of) {
    auto values = flat(parse_yaml(of.resolved_yaml, "x"));
    values.erase("trainer.kwargs.max_epochs");
    return values;
  };
  EXPECT_EQ(without_epochs(again), without_epochs(config));
  EXPECT_NE(error_of([&] {
              resume_training_config(config.run_dir, std::vector<std::string>{"data=tiny"});
            }).find("no config says data in its defaults list"),
            std::string::npos);

  // A run that was moved has its samples where it is now.
  fs::rename(config.run_dir, folder.path() / "moved");
  EXPECT_EQ(resume_training_config(folder.path() / "moved", {}).visualizer.outdir,
            folder.path() / "moved" / "samples");

  const auto read = [&](const char* name) {
    std::ifstream file(folder.path() / "moved" / ".hydra" / name);
    return parse_yaml({std::istreambuf_iterator<char>(file), {}}, name);
  };
  EXPECT_EQ(read("overrides.yaml").items.size(), 5U);
  EXPECT_EQ(read("config.yaml").at("data.train.indir")->text, "${location.data_root_dir}/train");
  EXPECT_EQ(read("hydra.yaml").at("hydra.job.config_name")->text, "big-lama");
}

TEST(RunFolder, AConfigByItsPathFindsItsNeighboursFirst) {
  testing::Folder folder;
  folder.write("mine.yaml", "defaults: [lama-fourier, override location: here]\nrun_title: m\n");
  folder.write("location/here.yaml", "data_root_dir: /d\nout_root_dir: /o\ntb_dir: /t\n");
  const TrainingConfig config = load((folder.path() / "mine.yaml").string());
  EXPECT_EQ(config.name, "mine");
  EXPECT_EQ(config.tb_dir, "/t");
  EXPECT_EQ(config.run_title, "m");
  EXPECT_NE(error_of([&] { load((folder.path() / "none.yaml").string()); }).find("no such file"),
            std::string::npos);
}

}  // namespace
}  // namespace lama::internal::training
