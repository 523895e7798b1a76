// Every option of the published generators, against the published modules themselves: fixtures made
// by tests/oracle/make_options.py.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "engine/network.h"
#include "tests/engine/fixtures.h"
#include "tests/engine/plain_network.h"

namespace lama::internal::engine {
namespace {

using testing::relative_difference;

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(testing::data("options"))) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// One option's network and PyTorch's answers.
struct OptionCase {
  explicit OptionCase(const std::string& name)
      : file(testing::data("options/" + name + ".safetensors")),
        generator(model::architecture(model::parse_generator_config(meta("lama.config"), name))),
        height(std::stoul(meta("height"))),
        width(std::stoul(meta("width"))) {}

  std::string meta(const std::string& key) const { return file.metadata().at(key); }
  std::size_t number(const std::string& key) const { return std::stoul(meta(key)); }

  Tensor input() const {
    const auto image = file.raw("expected.image"), mask = file.raw("expected.mask");
    Tensor tensor(1, height, width, 4);
    for (std::size_t i = 0; i < height * width; ++i) {
      const bool missing = mask[i] != 0;
      for (std::size_t c = 0; c < 3; ++c) {
        tensor.data()[i * 4 + c] = missing ? 0 : static_cast<float>(image[i * 3 + c]) / 255;
      }
      tensor.data()[i * 4 + 3] = missing ? 1 : 0;
    }
    return tensor;
  }

  /// See network_test.cpp: PyTorch's own distance from float64, with the factor of that test.
  double tolerance(const std::string& what) const {
    return 4 * std::stod(meta("err." + what)) + 1e-7;
  }

  weights::SafetensorsFile file;
  model::Architecture generator;
  std::size_t height, width;
};

class Options : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Published, Options, ::testing::ValuesIn(all_cases()),
                         [](const auto& test) { return test.param; });

TEST_P(Options, HaveThePublishedParameters) {
  const OptionCase fixture(GetParam());
  std::map<std::string, model::Shape> published, ours;
  for (const auto& [name, info] : fixture.file.tensors()) {
    if (!name.starts_with("expected.")) published[name] = info.shape;
  }
  for (const auto& parameter : model::parameters(fixture.generator)) {
    EXPECT_TRUE(ours.emplace(parameter.name, parameter.shape).second) << parameter.name;
  }
  EXPECT_EQ(ours, published);
}

TEST_P(Options, MatchPyTorchAfterEveryLayer) {
  const OptionCase fixture(GetParam());
  const Network network(fixture.generator, fixture.file, 2);
  std::set<std::string> compared;
  const Tensor logits = network.logits(fixture.input(), [&](const LayerDone& layer) {
    const std::string map = "map." + layer.name;
    if (!fixture.file.tensors().contains("expected." + map)) return;
    compared.insert("expected." + map);
    EXPECT_LE(relative_difference(fixture.file.read("expected." + map), layer.output.channels,
                                  fixture.number("map_step"),
                                  [&](std::size_t i) { return layer.output.pixel(i); }),
              fixture.tolerance(map))
        << map;
  });
  EXPECT_LE(
      relative_difference(fixture.file.read("expected.logits"), 3, fixture.number("logit_step"),
                          [&](std::size_t i) { return logits.view().pixel(i); }),
      fixture.tolerance("logits"));
  for (const auto& [name, info] : fixture.file.tensors()) {
    if (name.starts_with("expected.map.")) {
      EXPECT_TRUE(compared.contains(name)) << name;
    }
  }
}

TEST_P(Options, GiveAPartTheBitsOfTheWhole) {
  const OptionCase fixture(GetParam());
  const Network network(fixture.generator, fixture.file, 2);
  const Tensor whole = network.logits(fixture.input());
  const Region part{fixture.height / 3, fixture.width / 2, 5, 4};
  const Tensor alone = network.logits(fixture.input(), part);
  std::size_t different = 0;
  for (std::size_t i = 0; i < part.pixels(); ++i) {
    const std::size_t at = (part.y + i / part.width) * fixture.width + part.x + i % part.width;
    const float* pixel = alone.view().pixel(i);
    different += std::equal(pixel, pixel + 3, whole.view().pixel(at)) ? 0 : 1;
  }
  EXPECT_EQ(different, 0U);
}

// The plain network, from the specification alone, agrees; and what ports get wrong would show.

double plain_difference(const OptionCase& fixture, const testing::Mistakes& mistakes) {
  const auto logits =
      testing::plain_logits(fixture.generator, fixture.file, fixture.input(), mistakes);
  return relative_difference(fixture.file.read("expected.logits"), 3, fixture.number("logit_step"),
                             [&](std::size_t i) { return logits.data() + i * 3; });
}

TEST_P(Options, MatchThePlainNetwork) {
  const OptionCase fixture(GetParam());
  EXPECT_LE(plain_difference(fixture, {}), fixture.tolerance("logits"));
}

TEST(OptionMistakes, ExceedTheToleranceTenfold) {
  const auto expect_seen = [](const std::string& name, const testing::Mistakes& mistakes) {
    const OptionCase fixture(name);
    EXPECT_GE(plain_difference(fixture, mistakes), 10 * fixture.tolerance("logits")) << name;
  };
  for (const std::string name : {"regular", "work_md", "dilated_blocks"}) {
    expect_seen(name, {.zero_padding = true});
    expect_seen(name, {.relu_after_the_sum = true});
    expect_seen(name, {.relu_before_the_sum = true});
    expect_seen(name, {.reflected_downsampling = true});
  }
  for (const std::string name :
       {"md_cat_out", "md_cat_both", "md_cat_out_unequal", "mixed_blocks"}) {
    expect_seen(name, {.concatenation_unpermuted = true});
  }
  expect_seen("lfu", {.quarters_in_reading_order = true});
  for (const std::string name : {"gated", "lfu", "ratios", "rotated_block", "positions", "se"}) {
    expect_seen(name, {.global_first = true});
    expect_seen(name, {.relu_after_the_sum = true});
    expect_seen(name, {.halves_instead_of_interleaved = true});
  }
  for (const std::string name : {"scale_half", "fft_forward", "ffc3d"}) {
    expect_seen(name, {.edge_columns_made_real_too_early = true});
  }
}

}  // namespace
}  // namespace lama::internal::engine
