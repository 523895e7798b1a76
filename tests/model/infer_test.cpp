#include "model/infer.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::model {
namespace {

using lama::internal::testing::error_of;

std::map<std::string, Shape> tensors(const GeneratorConfig& config) {
  std::map<std::string, Shape> result;
  for (const Parameter& parameter : parameters(architecture(config))) {
    result[parameter.name] = parameter.shape;
    if (parameter.name.ends_with(".running_var")) {
      result[parameter.name.substr(0, parameter.name.size() - 11) + "num_batches_tracked"] = {};
    }
  }
  return result;
}

void expect_inferred(const GeneratorConfig& config) {
  SCOPED_TRACE(to_json(config));
  const GeneratorConfig inferred =
      infer_generator_config(tensors(config), config.output_activation, "x");
  EXPECT_EQ(inferred, config) << to_json(inferred);
}

TEST(Infer, RecoversRandomFfcNetworks) {
  std::mt19937 random(7);
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const auto flip = [&] { return pick(0, 1) == 1; };
  for (int i = 0; i < 300; ++i) {
    GeneratorConfig config;
    config.ngf = 16 * pick(1, 3);
    config.n_downsampling = pick(1, 4);
    config.n_blocks = pick(1, 3);
    config.output_activation = static_cast<OutputActivation>(pick(0, 2));
    if (flip())
      config.max_features = std::max(config.ngf, config.ngf << (config.n_downsampling - 1));
    const double ratio = pick(0, 3) / 4.0;
    config.resnet = {.ratio_gin = ratio, .ratio_gout = ratio};
    if (config.n_downsampling > 1 && flip()) {
      config.init.ratio_gout = config.downsample.ratio_gin = config.downsample.ratio_gout =
          pick(1, 4) / 4.0;
      if (flip() && ratio == 0.5) config.downsample.enable_lfu = true;
    }
    if (flip()) config.init.groups = 2;
    config.init.bias = flip();
    config.downsample.bias = flip();
    config.resnet.bias = flip();
    config.bilinear_deconv = flip();
    if (ratio > 0) {
      config.resnet.enable_lfu = ratio == 0.5;
      config.resnet.gated = flip();
      if (ratio == 0.5 && flip()) config.resnet.groups = 4;
      config.resnet.fourier_unit.spectral_pos_encoding = flip();
      if (flip()) {
        config.resnet.fourier_unit.use_se = true;
        config.resnet.fourier_unit.se_reduction = flip() ? 16 : 2;
        const int global = static_cast<int>(
            std::min(config.max_features, config.ngf << config.n_downsampling) * ratio);
        if (global < 16) config.resnet.fourier_unit.se_reduction = 2;
      }
      if (flip()) config.resnet.spatial_transform.emplace();
      if (flip()) config.spatial_transform_layers = {pick(0, config.n_blocks - 1)};
    }
    if (flip()) {
      const double out = pick(1, 3) / 4.0;
      config.out_ffc = FfcOptions{.ratio_gin = out, .ratio_gout = out, .gated = flip()};
    }
    expect_inferred(config);
  }
}

TEST(Infer, RecoversRandomPix2PixHdNetworks) {
  std::mt19937 random(8);
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const auto flip = [&] { return pick(0, 1) == 1; };
  for (int i = 0; i < 300; ++i) {
    const bool global = flip();
    GeneratorConfig config;
    config.kind = global ? GeneratorKind::pix2pixhd_global : GeneratorKind::pix2pixhd_multidilated;
    config.resnet = {};
    config.ngf = 8 * pick(1, 3);
    config.n_downsampling = pick(1, 4);
    config.n_blocks = pick(2, 4);
    Pix2PixHdOptions& options = config.pix2pixhd;
    options.depthwise = flip();
    switch (pick(0, 4)) {
      case 0:
        options.norm = NormKind::instance;
        break;
      case 1:
        options.norm = options.up_norm = NormKind::instance;
        options.affine = true;
        break;
      case 2:
        options.affine = false;
        break;
      default:
        break;
    }
    if (flip()) {
      options.ffc_positions = global ? std::vector<int>{0, 1, 1} : std::vector<int>{1};
      options.ffc = {.ratio_gin = 0.5, .ratio_gout = 0.5, .enable_lfu = flip()};
    }
    if (global) {
      if (flip() && options.ffc_positions.empty()) config.padding = Padding::zero;
      options.is_resblock_depthwise = !options.depthwise && flip();
    } else {
      config.bilinear_deconv = flip();
    }
    if (!global || (config.padding == Padding::reflect && flip())) {
      options.multidilation.dilation_num = 4;
      options.multidilation.comb_mode = static_cast<CombMode>(pick(0, 3));
      options.multidilation.use_depthwise = flip();
      options.multidilation.bias = flip();
      if (options.multidilation.comb_mode != CombMode::sum) {
        options.multidilation.equal_dim = flip();
      }
      if (global) {
        options.multidilated_blocks = true;
        options.dilated_blocks_n = 1;
        options.dilated_blocks_n_middle = pick(0, 2);
        options.dilated_blocks_n_start = options.ffc_positions.empty() ? pick(0, 2) : 0;
      }
    }
    expect_inferred(config);
  }
}

TEST(Infer, RecoversThePublishedNetworks) {
  expect_inferred({});
  expect_inferred({.n_blocks = 18, .output_activation = OutputActivation::sigmoid});
  GeneratorConfig regular = {.kind = GeneratorKind::pix2pixhd_global, .resnet = {}};
  expect_inferred(regular);
  regular.n_blocks = 15;
  expect_inferred(regular);
  regular.kind = GeneratorKind::pix2pixhd_multidilated;
  regular.pix2pixhd.multidilation = {.dilation_num = 4, .comb_mode = CombMode::cat_in};
  expect_inferred(regular);
}

TEST(Infer, NetworksWithoutBlocksToo) {
  expect_inferred({.n_blocks = 0});
  GeneratorConfig flat = {.n_downsampling = 0, .n_blocks = 0};
  flat.init.ratio_gout = 0.75;
  expect_inferred(flat);
  GeneratorConfig regular = {.kind = GeneratorKind::pix2pixhd_global, .n_blocks = 0, .resnet = {}};
  expect_inferred(regular);
}

TEST(Infer, TruncatedRatiosGiveTheSameNetwork) {
  for (const double ratio : {0.1, 0.3, 0.6, 0.71, 0.99}) {
    GeneratorConfig config = {.ngf = 6, .n_downsampling = 3, .n_blocks = 1};
    config.resnet = {.ratio_gin = ratio, .ratio_gout = ratio};
    const auto all = tensors(config);
    EXPECT_EQ(tensors(infer_generator_config(all, OutputActivation::tanh, "x")), all) << ratio;
  }
}

TEST(Infer, AsksForTheActivation) {
  const std::string error =
      error_of([] { infer_generator_config(tensors({}), std::nullopt, "best.ckpt"); });
  EXPECT_EQ(error,
            "best.ckpt: whether the output goes through a sigmoid or tanh is not in the weights: "
            "put config.yaml beside the file, or say it: lama models convert best.ckpt --set "
            "add_out_act=sigmoid -o FILE.safetensors");
}

TEST(Infer, RefusesWhatIsNoGenerator) {
  const auto refused = [](const std::map<std::string, Shape>& all, const std::string& part) {
    const std::string error =
        error_of([&] { infer_generator_config(all, OutputActivation::sigmoid, "file"); });
    EXPECT_EQ(error.rfind("file: ", 0), 0U) << error;
    EXPECT_NE(error.find(part), std::string::npos) << error;
    EXPECT_NE(error.find("config.yaml"), std::string::npos) << error;
  };
  refused({}, "model.1.weight");
  refused({{"conv1.weight", {64, 3, 7, 7}}}, "model.1.weight");
  refused({{"model.1.weight", {64, 4, 7, 7}}}, "");
  refused({{"model.1.weight", {}}}, "model.1.weight");
  refused({{"model.1.weight", {-64, 4, 7, 7}}}, "model.1.weight");
  refused({{"model.1.weight", {std::int64_t{1} << 60, 4, 7, 7}}}, "model.1.weight");
  refused({{"model.1.ffc.convl2l.weight", {64, 0, 7, 7}}}, "model.1.ffc.convl2l.weight");
  refused({{"model.1.ffc.convl2l.weight", {64, 4, 7, 7}}}, "");
  auto all = tensors({});
  all["model.5.conv1.extra"] = {3};
  refused(all, "model.5.conv1.extra");
  all = tensors({});
  all["model.9.conv2.ffc.convg2l.weight"][0] = 127;
  refused(all, "model.9.conv2.ffc.convg2l.weight");
}

// Each dilation is twice the one before: 32 of them would exceed an int.
TEST(Infer, RefusesMoreDilationsThanConfigs) {
  GeneratorConfig config = {.kind = GeneratorKind::pix2pixhd_multidilated,
                            .ngf = 4,
                            .n_downsampling = 1,
                            .n_blocks = 1,
                            .resnet = {}};
  config.pix2pixhd.multidilation.dilation_num = 8;
  expect_inferred(config);
  config.pix2pixhd.multidilation.dilation_num = 9;
  const auto all = tensors(config);
  EXPECT_NE(error_of([&] {
              infer_generator_config(all, OutputActivation::tanh, "file");
            }).find("more than 8 dilations"),
            std::string::npos);
}

// Any tensor gone or of another shape is noticed, and nothing worse happens.
TEST(Infer, NoticesEveryDamage) {
  GeneratorConfig ffc = {.ngf = 16, .n_downsampling = 2, .n_blocks = 2};
  ffc.resnet.gated = ffc.resnet.fourier_unit.use_se = true;
  GeneratorConfig multi = {.kind = GeneratorKind::pix2pixhd_multidilated,
                           .ngf = 8,
                           .n_downsampling = 2,
                           .n_blocks = 2,
                           .resnet = {}};
  multi.pix2pixhd.multidilation = {.dilation_num = 4, .comb_mode = CombMode::cat_both};
  for (const GeneratorConfig& config : {ffc, multi}) {
    const auto whole = tensors(config);
    for (const auto& [name, shape] : whole) {
      if (name.ends_with("num_batches_tracked")) continue;
      const auto infer = [&](const std::map<std::string, Shape>& all) {
        try {
          return tensors(infer_generator_config(all, OutputActivation::tanh, "x")) == all;
        } catch (const Error&) {
          return true;
        }
      };
      auto damaged = whole;
      damaged.erase(name);
      EXPECT_TRUE(infer(damaged)) << name;
      for (std::size_t i = 0; i < shape.size(); ++i) {
        for (const std::int64_t side : {std::int64_t{0}, shape[i] + 1, std::int64_t{-1},
                                        std::int64_t{1} << 40, std::int64_t{1}}) {
          damaged = whole;
          damaged[name][i] = side;
          EXPECT_TRUE(infer(damaged)) << name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lama::internal::model
