// The five published models: their configurations restated, and the sizes of their state dicts
// as counted from the published modules.
#include <map>
#include <string>
#include <vector>

#include "model/architecture.h"
#include "tests/testing.h"

namespace lama::internal::model {
namespace {

struct Published {
  const char* name;
  const char* yaml;
  std::int64_t trainable;
  std::int64_t buffers;  ///< with one counter for each batch norm
  std::size_t entries;   ///< likewise
  int least;             ///< side of a picture
  const char* description;
};

#define LAMA_FFC_SECTIONS                                                                  \
  "  init_conv_kwargs:\n    ratio_gin: 0\n    ratio_gout: 0\n    enable_lfu: False\n"      \
  "  downsample_conv_kwargs:\n    ratio_gin: ${generator.init_conv_kwargs.ratio_gout}\n"   \
  "    ratio_gout: ${generator.downsample_conv_kwargs.ratio_gin}\n    enable_lfu: False\n" \
  "  resnet_conv_kwargs:\n    ratio_gin: 0.75\n"                                           \
  "    ratio_gout: ${generator.resnet_conv_kwargs.ratio_gin}\n    enable_lfu: False\n"

const std::vector<Published> kPublished = {
    {"lama-fourier",
     "generator:\n  kind: ffc_resnet\n  input_nc: 4\n  output_nc: 3\n  ngf: 64\n"
     "  n_downsampling: 3\n  n_blocks: 9\n  add_out_act: sigmoid\n" LAMA_FFC_SECTIONS,
     27'048'835, 42'064, 521, 16,
     "FFC-ResNet: ngf 64, 3 down-samplings, 9 blocks, ratio 0.75, sigmoid"},
    {"big-lama",
     "generator:\n  kind: ffc_resnet\n  input_nc: 4\n  output_nc: 3\n  ngf: 64\n"
     "  n_downsampling: 3\n  n_blocks: 18\n  add_out_act: sigmoid\n" LAMA_FFC_SECTIONS,
     50'975'875, 81'304, 989, 16,
     "FFC-ResNet: ngf 64, 3 down-samplings, 18 blocks, ratio 0.75, sigmoid"},
    {"lama-regular",
     "generator:\n  kind: pix2pixhd_global\n  input_nc: 4\n  output_nc: 3\n  ngf: 64\n"
     "  n_downsampling: 3\n  n_blocks: 9\n  conv_kind: default\n  add_out_act: sigmoid\n",
     45'617'731, 21'273, 177, 16, "pix2pixHD: ngf 64, 3 down-samplings, 9 blocks, sigmoid"},
    {"big-lama-regular",
     "generator:\n  kind: pix2pixhd_global\n  input_nc: 4\n  output_nc: 3\n  ngf: 64\n"
     "  n_downsampling: 3\n  n_blocks: 15\n  conv_kind: default\n  add_out_act: sigmoid\n",
     73'947'715, 33'573, 261, 16, "pix2pixHD: ngf 64, 3 down-samplings, 15 blocks, sigmoid"},
    {"pix2pixhd_global without an activation named",
     "generator:\n  kind: pix2pixhd_global\n  input_nc: 4\n  output_nc: 3\n  ngf: 64\n"
     "  n_downsampling: 3\n  n_blocks: 9\n  conv_kind: default\n",
     45'617'731, 21'273, 177, 16, "pix2pixHD: ngf 64, 3 down-samplings, 9 blocks, tanh"},
    {"ablv2_work_md",
     "generator:\n  kind: pix2pixhd_multidilated\n  input_nc: 4\n  output_nc: 3\n  ngf: 64\n"
     "  n_downsampling: 3\n  n_blocks: 9\n  conv_kind: default\n  add_out_act: sigmoid\n"
     "  multidilation_kwargs:\n    comb_mode: cat_in\n    dilation_num: 4\n",
     45'645'379, 21'273, 285, 72,
     "pix2pixHD: ngf 64, 3 down-samplings, 9 blocks, 4 dilations each (cat_in), sigmoid"},
};

TEST(Published, ParametersAreAsManyAsTheirs) {
  for (const Published& published : kPublished) {
    SCOPED_TRACE(published.name);
    const GeneratorConfig config = parse_generator_config(published.yaml, published.name);
    std::int64_t trainable = 0, buffers = 0;
    std::size_t entries = 0;
    for (const Parameter& parameter : parameters(architecture(config))) {
      std::int64_t count = 1;
      for (const auto side : parameter.shape) count *= side;
      (parameter.role == Parameter::Role::statistic ? buffers : trainable) += count;
      const bool counted = parameter.name.ends_with(".running_var");
      entries += counted ? 2 : 1;
      buffers += counted ? 1 : 0;
    }
    EXPECT_EQ(trainable, published.trainable);
    EXPECT_EQ(buffers, published.buffers);
    EXPECT_EQ(entries, published.entries);
    const InputSizes sizes = input_sizes(architecture(config));
    EXPECT_EQ(sizes.multiple, 8);
    EXPECT_EQ(sizes.least, published.least);
    EXPECT_FALSE(sizes.square);
    EXPECT_EQ(describe(config), published.description);
    EXPECT_EQ(parse_generator_config(to_json(config), "json"), config);
  }
}

TEST(Published, RegularNetworksHaveThesePositions) {
  std::map<std::string, Shape> all;
  for (const Parameter& parameter :
       parameters(architecture(parse_generator_config(kPublished[3].yaml, "big-lama-regular")))) {
    all[parameter.name] = parameter.shape;
  }
  EXPECT_EQ(all.at("model.1.weight"), (Shape{64, 4, 7, 7}));
  EXPECT_EQ(all.at("model.10.weight"), (Shape{512, 256, 3, 3}));
  EXPECT_EQ(all.at("model.11.running_var"), (Shape{512}));
  EXPECT_EQ(all.at("model.13.conv_block.1.weight"), (Shape{512, 512, 3, 3}));
  EXPECT_EQ(all.at("model.27.conv_block.6.running_mean"), (Shape{512}));
  EXPECT_EQ(all.at("model.28.weight"), (Shape{512, 256, 3, 3}));
  EXPECT_EQ(all.at("model.31.bias"), (Shape{128}));
  EXPECT_EQ(all.at("model.34.weight"), (Shape{128, 64, 3, 3}));
  EXPECT_EQ(all.at("model.38.weight"), (Shape{3, 64, 7, 7}));
}

}  // namespace
}  // namespace lama::internal::model
