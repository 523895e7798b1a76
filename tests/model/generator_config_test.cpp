#include "model/generator_config.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "model/architecture.h"
#include "tests/testing.h"

namespace lama::internal::model {
namespace {

using lama::internal::testing::data;
using lama::internal::testing::error_of;
using lama::internal::testing::TemporaryFolder;

// In the style of the published big-lama: written by OmegaConf without resolving anything.
constexpr const char* kBigLama = R"(run_title: b18_ffc075_batch8x15
training_model:
  kind: default
  visualize_each_iters: 1000
  concat_mask: true
  store_discr_outputs_for_vis: true
losses:
  l1:
    weight_missing: 0
    weight_known: 10
  adversarial:
    kind: r1
    weight: 10
    gp_coef: 0.001
    mask_as_fake_target: true
    allow_scale_mask: true
  resnet_pl:
    weight: 30
    weights_path: ${env:LAMA_TEST_UNSET}
optimizers:
  generator:
    kind: adam
    lr: 0.001
visualizer:
  kind: directory
  outdir: samples
location:
  data_root_dir: /group-volume/User-Driven-Content-Generation/datasets/inpainting_data_root_large
  out_root_dir: /shared/experiments/${env:LAMA_TEST_UNSET}/inpainting
  tb_dir: /shared/tb_logs/${env:LAMA_TEST_UNSET}/inpainting
data:
  batch_size: 15
  val_batch_size: 2
  num_workers: 3
  train:
    indir: ${location.data_root_dir}/train
    dataloader_kwargs:
      batch_size: ${data.batch_size}
      num_workers: ${data.no_such_key}
  visual_test: null
generator:
  kind: ffc_resnet
  input_nc: 4
  output_nc: 3
  ngf: 64
  n_downsampling: 3
  n_blocks: 18
  add_out_act: sigmoid
  init_conv_kwargs:
    ratio_gin: 0
    ratio_gout: 0
    enable_lfu: false
  downsample_conv_kwargs:
    ratio_gin: ${generator.init_conv_kwargs.ratio_gout}
    ratio_gout: ${generator.downsample_conv_kwargs.ratio_gin}
    enable_lfu: false
  resnet_conv_kwargs:
    ratio_gin: 0.75
    ratio_gout: ${generator.resnet_conv_kwargs.ratio_gin}
    enable_lfu: false
discriminator:
  kind: pix2pixhd_nlayer
  input_nc: 3
trainer:
  kwargs:
    gpus: -1
    accelerator: ddp
    max_epochs: 200
)";

const GeneratorConfig kBigLamaConfig = {
    .n_blocks = 18,
    .output_activation = OutputActivation::sigmoid,
    .resnet = {.ratio_gin = 0.75, .ratio_gout = 0.75},
};

GeneratorConfig parse(const std::string& yaml) {
  return parse_generator_config(yaml, "config.yaml");
}

InputSizes sizes_of(const GeneratorConfig& config) { return input_sizes(architecture(config)); }

/// A generator with `line` in its section: the least that is accepted.
std::string generator(const std::string& line) {
  return "generator:\n  kind: ffc_resnet\n  " + line +
         "\n  resnet_conv_kwargs: {ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: false}\n";
}

/// A generator whose residual blocks have `kwargs`.
std::string blocks(const std::string& kwargs) {
  return "generator:\n  kind: ffc_resnet\n  resnet_conv_kwargs: {" + kwargs + "}\n";
}

/// Parses `yaml`, which must be refused with a message that contains all of `parts`.
void expect_refused(const std::string& yaml, const std::vector<std::string>& parts) {
  SCOPED_TRACE(yaml.substr(0, 300));
  const std::string error = error_of([&] { parse(yaml); });
  EXPECT_EQ(error.rfind("config.yaml: ", 0), 0U) << "the file comes first: " << error;
  for (const std::string& part : parts) {
    EXPECT_NE(error.find(part), std::string::npos) << "no '" << part << "' in: " << error;
  }
}

TEST(GeneratorConfig, ReadsTheLightningFixture) {
  const GeneratorConfig config = read_generator_config(data("lightning/config.yaml"));
  GeneratorConfig expected = kBigLamaConfig;
  expected.ngf = 4;
  expected.n_downsampling = 2;
  expected.n_blocks = 2;
  EXPECT_EQ(config, expected);
}

TEST(GeneratorConfig, ReadsThePublishedStyle) {
  // A reference elsewhere in the file that cannot be resolved must not matter.
  const TemporaryFolder folder;
  std::ofstream(folder / "config.yaml") << kBigLama;
  EXPECT_EQ(read_generator_config(folder / "config.yaml"), kBigLamaConfig);
}

TEST(GeneratorConfig, HasThePublishedDefaults) {
  const GeneratorConfig config = parse(
      "generator: {kind: ffc_resnet, resnet_conv_kwargs: {ratio_gin: 0.75, ratio_gout: 0.75, "
      "enable_lfu: false}}");
  EXPECT_EQ(config, GeneratorConfig());
  EXPECT_EQ(config.output_activation, OutputActivation::tanh);
  EXPECT_EQ(config.n_blocks, 9);
}

// The published constructors get None then.
TEST(GeneratorConfig, NullMeansNone) {
  EXPECT_EQ(parse(generator("spatial_transform_layers: null\n  out_ffc: null")), GeneratorConfig());
  EXPECT_EQ(parse(generator("add_out_act: null")).output_activation, OutputActivation::none);
  EXPECT_EQ(parse(generator("add_out_act:")).output_activation, OutputActivation::none);
  EXPECT_FALSE(
      parse(blocks("ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: null")).resnet.enable_lfu);
  EXPECT_EQ(parse(blocks("ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: no, fft_norm: null"))
                .resnet.fourier_unit.fft_norm,
            FftNorm::backward);
  for (const std::string key : {"ngf", "n_blocks", "max_features", "padding_type"}) {
    expect_refused(generator(key + ": null"), {"generator." + key, "null"});
  }
  expect_refused("generator: {kind: ffc_resnet, init_conv_kwargs: null}",
                 {"generator.init_conv_kwargs"});
}

TEST(GeneratorConfig, RatiosAbsentMeanNoGlobalBranch) {
  EXPECT_EQ(parse(blocks("enable_lfu: false")).resnet.ratio_gin, 0);
}

TEST(GeneratorConfig, ReadsNumbersAsYamlWritesThem) {
  EXPECT_EQ(parse(blocks("ratio_gin: 25e-2, ratio_gout: 0.25, enable_lfu: no")).resnet.ratio_gin,
            0.25);
  EXPECT_EQ(parse(blocks("ratio_gin: 5.0e-01, ratio_gout: .5, enable_lfu: no")).resnet.ratio_gin,
            0.5);
  EXPECT_EQ(parse(generator("ngf: '32'")).ngf, 32);
}

TEST(GeneratorConfig, ReadsBooleansInAnyCase) {
  for (const char* no : {"false", "False", "FALSE", "no", "off"}) {
    const std::string yaml = blocks(std::string("enable_lfu: ") + no + ", gated: " + no);
    EXPECT_NO_THROW(parse(yaml)) << no;
    EXPECT_EQ(parse(generator(std::string("add_out_act: ") + no)).output_activation,
              OutputActivation::none);
  }
  for (const char* yes : {"true", "True", "TRUE"}) {
    EXPECT_EQ(parse(generator(std::string("add_out_act: ") + yes)).output_activation,
              OutputActivation::tanh);
  }
}

TEST(GeneratorConfig, ReadsActivationsByName) {
  EXPECT_EQ(parse(generator("add_out_act: sigmoid")).output_activation, OutputActivation::sigmoid);
  EXPECT_EQ(parse(generator("add_out_act: tanh")).output_activation, OutputActivation::tanh);
}

TEST(GeneratorConfig, FollowsReferences) {
  EXPECT_EQ(parse(generator("ngf: ${a.b.c}") + "a: {b: {c: '${d}'}}\nd: 12\n").ngf, 12);
}

TEST(GeneratorConfig, DoesNotReadTheEnvironment) {
  ::setenv("LAMA_TEST_X", "24", 1);
  for (const char* reference :
       {"${env:LAMA_TEST_X}", "${oc.env:LAMA_TEST_X,24}", "${now:%Y}", "${env:LAMA_TEST_UNSET}"}) {
    const std::string yaml = generator("ngf: ${base.width}") + "base: {width: '" + reference + "'}";
    expect_refused(yaml, {"base.width", reference, "write the value itself"});
  }
  ::unsetenv("LAMA_TEST_X");
}

TEST(GeneratorConfig, RefusesReferencesThatLeadNowhere) {
  expect_refused(generator("ngf: ${a.b}"), {"generator.ngf", "${a.b}"});
  expect_refused(generator("ngf: ${a.b}") + "a: 3\n", {"generator.ngf", "${a.b}"});
  expect_refused(generator("ngf: ${}"), {"generator.ngf", "${}"});
  expect_refused(generator("ngf: ${generator}"), {"generator.ngf"});
}

TEST(GeneratorConfig, RefusesReferencesThatRunInACircle) {
  expect_refused(generator("ngf: ${generator.ngf}"), {"generator.ngf", "circle"});
  expect_refused(generator("ngf: ${a}") + "a: ${b}\nb: ${a}\n", {"generator.ngf", "circle"});
}

TEST(GeneratorConfig, RefusesOtherKinds) {
  expect_refused("generator: {kind: pix2pixhd}", {"generator.kind", "pix2pixhd_global"});
  expect_refused("generator: {ngf: 64}", {"generator.kind"});
  expect_refused("generator: {kind: null}", {"generator.kind"});
  expect_refused("generator: {kind: [ffc_resnet]}", {"generator.kind"});
  expect_refused("generator: ffc_resnet", {"generator.kind"});
  expect_refused("generator: [kind, ffc_resnet]", {"generator.kind"});
  expect_refused("discriminator: {kind: ffc_resnet}", {"generator.kind"});
}

TEST(GeneratorConfig, RefusesNumbersThatMakeNoNetwork) {
  for (const std::string key :
       {"ngf", "n_downsampling", "n_blocks", "max_features", "input_nc", "output_nc"}) {
    for (const std::string value : {"-1", "2147483648", "99999999999999999999", "1.5", "1e1",
                                    "many", "true", "0x", "8 9", "3000000"}) {
      expect_refused(generator(key + ": " + value), {"generator." + key, value});
    }
    for (const std::string value : {"[1]", "{a: 1}"}) {
      expect_refused(generator(key + ": " + value), {"generator." + key});
    }
  }
  for (const std::string key : {"ngf", "max_features"}) {
    expect_refused(generator(key + ": 0"), {"generator." + key, "0"});
  }
  // At the bounds.
  expect_refused(generator("n_downsampling: 7"), {"generator.n_downsampling", "7"});
  EXPECT_EQ(sizes_of(parse(generator("n_downsampling: 6"))).multiple, 64);
  EXPECT_EQ(sizes_of(parse(generator("n_downsampling: 6"))).least, 128);
  EXPECT_EQ(parse(generator("n_blocks: 0")).n_blocks, 0);
}

TEST(GeneratorConfig, RefusesOtherChannels) {
  expect_refused(generator("input_nc: 3"), {"generator.input_nc", "3"});
  expect_refused(generator("output_nc: 4"), {"output_nc", "4"});
}

TEST(GeneratorConfig, RefusesBadRatios) {
  for (const std::string value :
       {"-0.1", "1.01", ".nan", ".inf", "-.inf", "half", "0,75", "1e999"}) {
    const std::string quoted = "'" + value + "'";
    expect_refused(blocks("ratio_gin: " + quoted + ", ratio_gout: 0.5, enable_lfu: false"),
                   {"generator.resnet_conv_kwargs.ratio_gin", value});
    expect_refused(blocks("ratio_gin: 0.5, ratio_gout: " + quoted + ", enable_lfu: false"),
                   {"generator.resnet_conv_kwargs.ratio_gout", value});
  }
  expect_refused(blocks("ratio_gin: [0.5], ratio_gout: 0.5, enable_lfu: false"),
                 {"generator.resnet_conv_kwargs.ratio_gin"});
}

TEST(GeneratorConfig, RefusesDifferentRatiosAndSaysBoth) {
  expect_refused(blocks("ratio_gin: 0.5, ratio_gout: 0.75, enable_lfu: false"),
                 {"generator.resnet_conv_kwargs", "ratio_gin", "ratio_gout", "0.5", "0.75"});
}

TEST(GeneratorConfig, RefusesBranchesThatDoNotMeet) {
  expect_refused(generator("init_conv_kwargs: {ratio_gout: 0.5}"),
                 {"generator.downsample_conv_kwargs.ratio_gin", "32"});
  expect_refused(generator("downsample_conv_kwargs: {ratio_gin: 0.25}"),
                 {"generator.downsample_conv_kwargs.ratio_gin", "0.25"});
  expect_refused(generator("n_downsampling: 0"), {"generator.resnet_conv_kwargs.ratio_gin"});
  expect_refused(generator("max_features: 32"), {"generator.max_features", "32", "64"});
  expect_refused(blocks("ratio_gin: 1, ratio_gout: 1, enable_lfu: no"),
                 {"generator.resnet_conv_kwargs.ratio_gin"});
}

TEST(GeneratorConfig, ReadsLocalFourierUnits) {
  const auto with = [](const std::string& lfu) {
    return parse(blocks("ratio_gin: 0.75, ratio_gout: 0.75" + lfu));
  };
  EXPECT_TRUE(with(", enable_lfu: true").resnet.enable_lfu);
  EXPECT_TRUE(with("").resnet.enable_lfu) << "the published default";
  EXPECT_FALSE(with(", enable_lfu: false").resnet.enable_lfu);
  EXPECT_TRUE(sizes_of(with("")).square);
  EXPECT_EQ(sizes_of(with("")).multiple, 16) << "even at the bottleneck";
  EXPECT_FALSE(sizes_of({}).square);
  EXPECT_EQ(sizes_of({}).multiple, 8);
  EXPECT_EQ(sizes_of({}).least, 16);
  expect_refused(blocks("ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: maybe"),
                 {"generator.resnet_conv_kwargs.enable_lfu", "maybe"});
  expect_refused(blocks("ratio_gin: 0.76, ratio_gout: 0.76"),  // 389 global channels, 194 inside
                 {"generator.resnet_conv_kwargs.enable_lfu", "389"});
}

// Dilated convolutions mirror more than the others.
TEST(GeneratorConfig, DilationNeedsLargerPictures) {
  EXPECT_EQ(sizes_of(parse(blocks("enable_lfu: no, dilation: 3"))).least, 32);
  EXPECT_EQ(sizes_of(parse("generator: {kind: pix2pixhd_multidilated, multidilation_kwargs: "
                           "{dilation_num: 4}}"))
                .least,
            72);
  EXPECT_EQ(sizes_of(parse("generator: {kind: pix2pixhd_global}")).least, 16);
}

TEST(GeneratorConfig, RefusesWhatNoPublishedNetworkCanRun) {
  const std::string ratios = "ratio_gin: 0.75, ratio_gout: 0.75, enable_lfu: false, ";
  for (const auto& [option, key] : std::vector<std::pair<std::string, std::string>>{
           {"stride: 2", "stride"},
           {"inline: true", "inline"},
           {"kernel_size: 5", "kernel_size"},
           {"groups: 3", "groups"},
           {"padding_type: reflect", "padding_type"},
           {"spatial_scale_mode: nearest", "spatial_scale_mode"},
           {"fft_norm: unitary", "fft_norm"},
           {"use_se: true, se_kwargs: {reduction: 1000}", "se_kwargs.reduction"},
           {"spatial_transform_kwargs: {train_angle: false}",
            "spatial_transform_kwargs.train_angle"},
           {"spatial_transform_kwargs: {pad_coef: 1}", "spatial_transform_kwargs.pad_coef"}}) {
    expect_refused(blocks(ratios + option), {"generator.resnet_conv_kwargs." + key});
  }
  expect_refused(blocks("enable_lfu: false, gated: true"), {"generator.resnet_conv_kwargs.gated"});
  expect_refused(generator("add_out_act: relu"), {"generator.add_out_act", "relu"});
  expect_refused(generator("add_out_act: [tanh]"), {"generator.add_out_act"});
  expect_refused(generator("padding_type: zero"), {"generator.padding_type", "zero"});
  expect_refused(generator("norm_layer: in"), {"generator.norm_layer"});
  expect_refused(generator("spatial_transform_layers: 3"), {"generator.spatial_transform_layers"});
  expect_refused(generator("spatial_transform_layers: [x]"),
                 {"generator.spatial_transform_layers", "x"});
  expect_refused(generator("init_conv_kwargs: {dilation: 2}"),
                 {"generator.init_conv_kwargs.dilation", "2"});
  expect_refused(generator("out_ffc: true"), {"generator.out_ffc_kwargs.ratio_gin"});
  const std::string pix = "generator:\n  kind: pix2pixhd_global\n  ";
  expect_refused(pix + "conv_kind: multidilated", {"generator.conv_kind", "multidilated"});
  expect_refused(pix + "norm_layer: gn", {"generator.norm_layer", "gn"});
  expect_refused(pix + "deconv_kind: bilinear", {"generator.deconv_kind"});
  expect_refused(pix + "resnet_conv_kwargs: {}", {"generator.resnet_conv_kwargs"});
  expect_refused(pix +
                     "padding_type: zero\n  ffc_positions: [1]\n  ffc_kwargs: {ratio_gin: 0.5, "
                     "ratio_gout: 0.5}",
                 {"generator.padding_type", "zero"});
  const std::string multi = "generator:\n  kind: pix2pixhd_multidilated\n  multidilation_kwargs: ";
  expect_refused(multi + "{padding: 2}", {"generator.multidilation_kwargs.padding", "2"});
  expect_refused(multi + "{comb_mode: cat_in}", {"dilation_num", "3", "512"});
  expect_refused(multi + "{shuffle_in_channels: true}",
                 {"generator.multidilation_kwargs.shuffle_in_channels"});
  expect_refused(multi + "{use_depthwise: true, shared_weights: true}",
                 {"generator.multidilation_kwargs.shared_weights"});
}

// As the published generator does, whose arguments these keys are.
TEST(GeneratorConfig, RefusesKeysItDoesNotKnow) {
  expect_refused(generator("n_block: 18"), {"generator.n_block"});
  expect_refused(generator("downsample_conv_kwargs: {ratio: 0}"),
                 {"generator.downsample_conv_kwargs.ratio"});
}

TEST(GeneratorConfig, RefusesWhatIsNoConfigFile) {
  for (const char* text :
       {"", "\n\n", "# nothing\n", "null", "just text", "- a\n- b\n", "[1, 2]"}) {
    expect_refused(text, {"not a config file"});
  }
}

TEST(GeneratorConfig, NamesTheLineOfBrokenYaml) {
  expect_refused("run_title: x\ngenerator:\n  kind: [ffc_resnet\n", {"line "});
  expect_refused("a: 1\nb: 2\nc: d: e\n", {"line 3"});
  expect_refused("a: *nothing\n", {"line 1"});
}

TEST(GeneratorConfig, NamesTheLineOfAValue) {
  EXPECT_EQ(error_of([] { parse(generator("ngf: 0")); }),
            "config.yaml: line 3: generator.ngf: 0 is not a whole number from 1 to 16384");
  EXPECT_EQ(error_of([] { parse(generator("nblocks: 9")); }),
            "config.yaml: line 3: generator.nblocks: no such key; is n_blocks meant?");
  // Also of what only the whole network shows to be wrong.
  EXPECT_EQ(error_of([] { parse(generator("max_features: 32")); }),
            "config.yaml: line 3: generator.max_features: 32 is less than ngf, 64");
}

TEST(GeneratorConfig, OverridesReplaceKeysAndAreNamed) {
  const GeneratorConfig config = parse(kBigLama);
  const auto with = [&](const std::vector<std::string>& overrides) {
    return override_config(config, overrides);
  };
  EXPECT_EQ(with({}), config);
  EXPECT_EQ(with({"add_out_act=tanh"}).output_activation, OutputActivation::tanh);
  EXPECT_EQ(with({"resnet_conv_kwargs.dilation=2", "n_blocks=3"}).resnet.dilation, 2);
  EXPECT_EQ(error_of([&] {
              with({"n_blocks=3", "add_out_act=relu"});
            }),
            "add_out_act=relu: generator.add_out_act: relu is not one of sigmoid, tanh, false");
  EXPECT_EQ(error_of([&] { with({"n_block=3"}); }),
            "n_block=3: generator.n_block: no such key; is n_blocks meant?");
  EXPECT_NE(error_of([&] { with({"n_blocks"}); }).find("n_blocks: expected KEY=VALUE"),
            std::string::npos);
}

TEST(GeneratorConfig, ErrorsAreOneLineWhateverTheFileHolds) {
  // A newline or a terminal's escape sequence in a value must not reach the person's screen.
  for (const char* value : {"\"a\\nb\"", "\"\\e[2Ja\"", "\"a\\rb\""}) {
    const std::string error =
        error_of([&] { parse(std::string("generator: {kind: ") + value + "}"); });
    for (const char c : error) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << value;
  }
}

TEST(GeneratorConfig, ErrorsStayReadableWhateverTheFileHolds) {
  const std::string error =
      error_of([] { parse("generator: {kind: " + std::string(500'000, 'x') + "}"); });
  EXPECT_LT(error.size(), 5000U);
}

TEST(GeneratorConfig, SurvivesHostileNesting) {
  for (const std::string piece :
       {"[", "{", "{a: ", "[a: ", "- ", "? ", "a: ", "[[],", "&a ", "!a "}) {
    std::string yaml = "generator: ";
    while (yaml.size() < 200'000) yaml += piece;
    SCOPED_TRACE(piece);
    error_of([&] { parse(yaml); });
  }
}

TEST(GeneratorConfig, SurvivesHostileAliases) {
  expect_refused("generator: &g {kind: *g}", {"alias"});
  // Sixty doublings: expanded, this would be 10^18 values.
  std::string yaml = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string previous = std::to_string(i - 1), name = std::to_string(i);
    yaml.append("a").append(name).append(": &a").append(name);
    yaml.append(" [*a").append(previous).append(", *a").append(previous).append("]\n");
  }
  expect_refused(yaml + generator("ngf: *a59"), {"more than 10000 values"});
}

TEST(GeneratorConfig, RefusesHugeAndMissingFiles) {
  const TemporaryFolder folder;
  std::ofstream(folder / "huge.yaml") << kBigLama << "# " << std::string(1 << 20, '-') << "\n";
  const std::string huge = error_of([&] { read_generator_config(folder / "huge.yaml"); });
  EXPECT_NE(huge.find((folder / "huge.yaml").string()), std::string::npos) << huge;
  const std::string missing = error_of([&] { read_generator_config(folder / "none.yaml"); });
  EXPECT_NE(missing.find((folder / "none.yaml").string()), std::string::npos) << missing;
  error_of([&] { read_generator_config(folder.path()); });
}

TEST(GeneratorConfig, SurvivesEveryTruncation) {
  const std::string whole = kBigLama;
  int accepted = 0;
  for (std::size_t length = 0; length < whole.size(); length += 3) {
    try {
      parse(whole.substr(0, length));
      ++accepted;
    } catch (const Error&) {
    }
  }
  // Everything after the generator section is cut away without harm, nothing before it.
  EXPECT_GT(accepted, 10);
  EXPECT_LT(accepted, 100);
}

TEST(GeneratorConfig, MissingPixelsAreZeroUnlessSaid) {
  EXPECT_EQ(parse(kBigLama).missing_pixels, MissingPixels::zero);
  const GeneratorConfig config = parse(generator("missing_pixels: interpolated"));
  EXPECT_EQ(config.missing_pixels, MissingPixels::interpolated);
  EXPECT_EQ(parse(to_json(config)), config);
  EXPECT_NE(describe(config).find("missing pixels interpolated"), std::string::npos);
  expect_refused(generator("missing_pixels: guessed"),
                 {"generator.missing_pixels", "interpolated"});
}

TEST(GeneratorConfig, UpsamplesByTransposedConvolutionsUnlessSaid) {
  EXPECT_FALSE(parse(kBigLama).bilinear_deconv);
  const GeneratorConfig config = parse(generator("deconv_kind: bilinear"));
  EXPECT_TRUE(config.bilinear_deconv);
  EXPECT_EQ(parse(to_json(config)), config);
  EXPECT_NE(describe(config).find("bilinear up-sampling"), std::string::npos);
}

TEST(GeneratorConfig, JsonRoundTrip) {
  for (const auto activation :
       {OutputActivation::none, OutputActivation::tanh, OutputActivation::sigmoid}) {
    for (const double ratio : {0.0, 0.1, 1.0 / 3, 0.5, 0.75, 0.999}) {
      GeneratorConfig config = {.ngf = 8,
                                .n_downsampling = 2,
                                .n_blocks = 0,
                                .max_features = 20,
                                .output_activation = activation};
      config.resnet = {.ratio_gin = ratio, .ratio_gout = ratio};
      EXPECT_EQ(parse(to_json(config)), config) << to_json(config);
    }
  }
}

}  // namespace
}  // namespace lama::internal::model
