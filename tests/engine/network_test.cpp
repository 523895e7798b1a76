#include "engine/network.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>
#include <thread>

#include "engine/folding.h"
#include "engine/kernels/gemm.h"
#include "tests/engine/fixtures.h"
#include "tests/engine/plain_network.h"

namespace lama::internal::engine {
namespace {

using testing::ParityCase;
using testing::relative_difference;

// The fixtures hold a float64 run of PyTorch, and how far PyTorch's own float32 run is from it
// (`err.*`): that distance is the scale of rounding in this network at this size. Another correct
// float32 implementation adds in another order and lands at a similar distance. Its largest error
// over a whole map is an extreme value of the same distribution, for which a factor of 4 is ample
// (both are sums of thousands of roundings), plus one rounding of the stored float32.
constexpr double kRoundingFactor = 4;
double tolerance(const ParityCase& fixture, const std::string& map) {
  return kRoundingFactor * std::stod(fixture.meta("err." + map)) + 1e-7;
}

struct Observed {
  std::string name;
  double difference, allowed;
};

/// Runs the engine and compares logits and every stored map.
std::vector<Observed> compare(const ParityCase& fixture, const Network& network) {
  std::vector<Observed> observed;
  const Tensor logits = network.logits(fixture.input(), [&](const LayerDone& layer) {
    // A block's map in the fixture is the block's output: after its second convolution.
    std::string name = layer.name;
    if (name.ends_with(".conv2")) name.resize(name.size() - 6);
    const std::string map = "map." + name;
    if (!fixture.has(map)) return;
    observed.push_back({name,
                        relative_difference(fixture.values(map), layer.output.channels,
                                            std::stoul(fixture.meta("map_step." + name)),
                                            [&](std::size_t i) { return layer.output.pixel(i); }),
                        tolerance(fixture, map)});
  });
  observed.push_back(
      {"logits",
       relative_difference(fixture.values("logits64"), 3, std::stoul(fixture.meta("step")),
                           [&](std::size_t i) { return logits.view().pixel(i); }),
       tolerance(fixture, "logits")});
  return observed;
}

class NetworkParity : public ::testing::TestWithParam<const char*> {};
class SlowNetworkParity : public NetworkParity {};

void check_parity(const std::string& name) {
  const ParityCase fixture(name);
  const Network network(fixture.model.network, *fixture.model.tensors, 2);
  const auto observed = compare(fixture, network);
  const bool has_maps = fixture.height * fixture.width <= 72 * 88;
  const auto& config = network.config();
  EXPECT_EQ(
      observed.size(),
      has_maps ? static_cast<std::size_t>(2 + 2 * config.n_downsampling + config.n_blocks) : 1U);
  for (const Observed& map : observed) {
    EXPECT_LE(map.difference, map.allowed) << map.name;
  }

  // The picture that users see: after the sigmoid, against PyTorch's float32 run.
  const Tensor output = network.forward(fixture.input());
  const auto expected = fixture.values("logits32");
  const std::size_t step = std::stoul(fixture.meta("step"));
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double sigmoid = 1 / (1 + std::exp(-double{expected[i]}));
    worst = std::max(worst, std::abs(sigmoid - output.view().pixel(i / 3 * step)[i % 3]));
  }
  EXPECT_LE(worst, config.n_blocks == 18 ? 1e-4 : 2e-5);
}

TEST_P(NetworkParity, MatchesPyTorch) { check_parity(GetParam()); }
TEST_P(SlowNetworkParity, MatchesPyTorch) { check_parity(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Sizes, NetworkParity,
                         ::testing::Values("shallow_64x64", "shallow_72x88", "shallow_200x136",
                                           "deep_64x64", "deep_72x88", "odd_72x88"));
INSTANTIATE_TEST_SUITE_P(Slow, SlowNetworkParity,
                         ::testing::Values("shallow_512x512", "deep_200x136", "deep_512x512"));

// --- The tolerances catch every mistake that ports of this network are known to make ---

class NetworkMutation : public ::testing::TestWithParam<const char*> {};

TEST_P(NetworkMutation, ExceedsTheToleranceTenfold) {
  const ParityCase fixture(GetParam());
  const auto difference = [&](const testing::Mistakes& mistakes) {
    const auto logits = testing::plain_logits(fixture.model.network, *fixture.model.tensors,
                                              fixture.input(), mistakes);
    return relative_difference(fixture.values("logits64"), 3, std::stoul(fixture.meta("step")),
                               [&](std::size_t i) { return logits.data() + i * 3; });
  };
  const double allowed = tolerance(fixture, "logits");
  EXPECT_LE(difference({}), allowed) << "the plain network itself must be right";
  EXPECT_GE(difference({.edge_columns_made_real_too_early = true}), 10 * allowed);
  EXPECT_GE(difference({.halves_instead_of_interleaved = true}), 10 * allowed);
  EXPECT_GE(difference({.skipped_fourier_unit = "model.5.conv1"}), 10 * allowed);
  EXPECT_GE(difference({.zero_padding = true}), 10 * allowed);
  EXPECT_GE(difference({.relu_after_the_sum = true}), 10 * allowed);
  EXPECT_GE(difference({.shift_added_twice = true}), 10 * allowed);
}

INSTANTIATE_TEST_SUITE_P(Networks, NetworkMutation,
                         ::testing::Values("shallow_64x64", "shallow_72x88", "deep_64x64"));

// --- Properties ---

class NetworkTest : public ::testing::Test {
 protected:
  static Tensor noise(std::size_t batch, std::size_t height, std::size_t width) {
    Tensor input(batch, height, width, 4);
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < input.size(); ++i) {
      state = state * 1664525 + 1013904223;
      input.data()[i] = static_cast<float>(state >> 8) / 16777216.0F;
    }
    return input;
  }
  static bool same_bits(const Tensor& a, const Tensor& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
  }
  const weights::ModelFile model_ =
      weights::open_model(testing::data("networks/shallow.safetensors"));
};

TEST_F(NetworkTest, HasTheSameBitsForEveryNumberOfThreads) {
  const Network one(model_.network, *model_.tensors, 1);
  const Tensor expected = one.forward(noise(1, 40, 56));
  for (const int threads : {2, 3, 5}) {
    const Network several(model_.network, *model_.tensors, threads);
    EXPECT_TRUE(same_bits(several.forward(noise(1, 40, 56)), expected)) << threads;
  }
  EXPECT_TRUE(same_bits(one.forward(noise(1, 40, 56)), expected)) << "again";
}

TEST_F(NetworkTest, RunsSeveralAtATimeOnTheSameWeights) {
  const Network first(model_.network, *model_.tensors, 2);
  const Tensor expected = first.forward(noise(1, 40, 56)), other = first.forward(noise(1, 24, 16));
  std::optional<Network> owner(std::in_place, model_.network, *model_.tensors, 1);
  std::vector<Network> networks;
  for (const int threads : {1, 2, 3}) networks.push_back(owner->sharing_weights(threads));
  owner.reset();  // the weights live as long as anybody who shares them
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (const Network& network : networks) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) {
        different += same_bits(network.forward(noise(1, 40, 56)), expected) ? 0 : 1;
        different += same_bits(network.forward(noise(1, 24, 16)), other) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different, 0);
}

TEST_F(NetworkTest, TreatsEachPictureOfABatchAlone) {
  const Network network(model_.network, *model_.tensors, 2);
  const Tensor both = network.forward(noise(2, 24, 16));
  for (const std::size_t n : {0, 1}) {
    Tensor single(1, 24, 16, 4);
    const Tensor batch = noise(2, 24, 16);
    std::copy_n(batch.data() + n * single.size(), single.size(), single.data());
    const Tensor alone = network.forward(std::move(single));
    EXPECT_EQ(
        std::memcmp(alone.data(), both.data() + n * alone.size(), alone.size() * sizeof(float)), 0)
        << n;
  }
}

// A part of the picture has the bits that it has in the whole, and is what was asked for: corners,
// edges, odd places, single pixels; pictures of one strip and of several.
TEST_F(NetworkTest, GivesAPartTheBitsOfTheWhole) {
  const Network network(model_.network, *model_.tensors, 2);
  for (const auto& [height, width] : {std::pair<std::size_t, std::size_t>{40, 56}, {272, 24}}) {
    const Tensor whole = network.logits(noise(2, height, width));
    for (const Region& part :
         {Region{0, 0, height, width}, Region{0, 0, 1, 1}, Region{height - 1, width - 1, 1, 1},
          Region{13, 5, 7, 9}, Region{height - 9, 0, 9, width}, Region{0, 11, height, 3},
          Region{height / 2 - 3, width / 2, 21, 12}}) {
      const Tensor alone = network.logits(noise(2, height, width), part);
      ASSERT_EQ(alone.height(), part.height);
      ASSERT_EQ(alone.width(), part.width);
      std::size_t different = 0;
      for (std::size_t i = 0; i < alone.view().pixels(); ++i) {
        const std::size_t n = i / part.pixels(), y = i / part.width % part.height;
        const std::size_t at = (n * height + part.y + y) * width + part.x + i % part.width;
        different += std::memcmp(alone.view().pixel(i), whole.view().pixel(at), 12) == 0 ? 0 : 1;
      }
      EXPECT_EQ(different, 0U) << part.height << " x " << part.width << " at " << part.y << ", "
                               << part.x << " of " << height << " x " << width;
    }
  }
}

// The promise of docs/performance.md, on a photograph with a trained network.
TEST(NetworkPrecision, Bf16IsWithinALevelInTheHole) {
  if (!available(Precision::bf16)) GTEST_SKIP() << "this processor has no bf16";
  const testing::ParityCase picture("shallow_200x136");
  const auto model = weights::open_model(testing::data("networks/bootstrap.safetensors"));
  const Network exact(model.network, *model.tensors, 2);
  const Network rounded(model.network, *model.tensors, 2, Precision::bf16);
  const Tensor input = picture.input();
  const Tensor expected = exact.forward(picture.input()), actual = rounded.forward(picture.input());
  double sum = 0, most = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (input.data()[i / 3 * 4 + 3] == 0) continue;
    const double difference = 255 * std::abs(double{actual.data()[i]} - expected.data()[i]);
    sum += difference;
    most = std::max(most, difference);
    ++count;
  }
  ASSERT_GT(count, 0U);
  EXPECT_LE(sum / static_cast<double>(count), 0.5);
  EXPECT_LE(most, 8);
  EXPECT_GT(most, 0.02) << "nothing was rounded";
  // And its bits depend on nothing but the picture.
  const Region part{33, 20, 70, 61};
  const Network alone(model.network, *model.tensors, 1, Precision::bf16);
  const Tensor cut = alone.forward(picture.input(), part);
  std::size_t different = 0;
  for (std::size_t y = 0; y < part.height; ++y) {
    const float* line = actual.view().pixel((part.y + y) * picture.width + part.x);
    for (std::size_t i = 0; i < part.width * 3; ++i) {
      if (cut.data()[y * part.width * 3 + i] != line[i]) ++different;
    }
  }
  EXPECT_EQ(different, 0U);
}

TEST_F(NetworkTest, RefusesPartsThatThePictureDoesNotHave) {
  const Network network(model_.network, *model_.tensors, 1);
  for (const Region& part :
       {Region{0, 0, 0, 5}, Region{16, 0, 1, 1}, Region{0, 20, 1, 5}, Region{3, 3, 14, 1}}) {
    EXPECT_THROW(network.logits(noise(1, 16, 24), part), Error) << part.y << ", " << part.x;
  }
}

// Bottlenecks of every small size, primes among them, against the plain network in double.
TEST_F(NetworkTest, AgreesWithThePlainNetworkAtOddSizes) {
  const Network network(model_.network, *model_.tensors, 2);
  for (const auto& [height, width] :
       {std::pair{16, 16}, {16, 88}, {104, 16}, {24, 40}, {136, 152}}) {
    const auto h = static_cast<std::size_t>(height), w = static_cast<std::size_t>(width);
    const Tensor logits = network.logits(noise(1, h, w));
    const auto expected =
        testing::plain_logits(model_.network, *model_.tensors, noise(1, h, w), {});
    const std::vector<float> as_float(expected.begin(), expected.end());
    // The rounding scale of the fixtures (1e-5 of the rms), with the same factor.
    EXPECT_LE(
        relative_difference(as_float, 3, 1, [&](std::size_t i) { return logits.view().pixel(i); }),
        kRoundingFactor * 1.5e-5)
        << h << " x " << w;
  }
}

// Networks at the extremes of a config: all channels local, all global.
TEST_F(NetworkTest, RunsWithoutLocalOrWithoutGlobalChannels) {
  for (const double ratio : {0.0, 0.25, 0.99}) {
    model::GeneratorConfig config;
    config.ngf = 3;
    config.n_downsampling = 2;
    config.n_blocks = 1;
    config.resnet.ratio_gin = config.resnet.ratio_gout = ratio;
    const auto description = model::architecture(config);
    const testing::RandomTensors tensors(description);
    const Network network(description, tensors, 2);
    const Tensor logits = network.logits(noise(1, 16, 24));
    const auto expected = testing::plain_logits(description, tensors, noise(1, 16, 24), {});
    const std::vector<float> as_float(expected.begin(), expected.end());
    EXPECT_LE(
        relative_difference(as_float, 3, 1, [&](std::size_t i) { return logits.view().pixel(i); }),
        1e-5)
        << ratio;
  }
}

TEST_F(NetworkTest, EnlargesBilinearlyWhereTheConfigSaysSo) {
  model::GeneratorConfig config;
  config.ngf = 3;
  config.n_downsampling = 2;
  config.n_blocks = 1;
  config.resnet.ratio_gin = config.resnet.ratio_gout = 0.5;
  config.bilinear_deconv = true;
  const auto description = model::architecture(config);
  const testing::RandomTensors tensors(description);
  const Network network(description, tensors, 2);
  // At 132 rows there are two strips.
  for (const std::size_t height : {20, 132}) {
    const Tensor logits = network.logits(noise(1, height, 28));
    const auto expected = testing::plain_logits(description, tensors, noise(1, height, 28), {});
    const std::vector<float> as_float(expected.begin(), expected.end());
    EXPECT_LE(
        relative_difference(as_float, 3, 1, [&](std::size_t i) { return logits.view().pixel(i); }),
        1e-5);
  }
}

TEST_F(NetworkTest, EnlargesStripByStripWithTheSameBits) {
  model::GeneratorConfig config;
  config.ngf = 3;
  config.n_downsampling = 2;
  config.n_blocks = 1;
  config.bilinear_deconv = true;
  const auto description = model::architecture(config);
  const Network network(description, testing::RandomTensors(description), 2);
  // Several strips: their joints lie at rows 128 and 256.
  const Tensor logits = network.logits(noise(1, 300, 28));
  for (const Region& part : {Region{7, 11, 5, 4}, Region{0, 0, 1, 1}, Region{299, 27, 1, 1},
                             Region{120, 3, 20, 25}, Region{255, 0, 3, 28}}) {
    const Tensor alone = network.logits(noise(1, 300, 28), part);
    for (std::size_t i = 0; i < part.pixels(); ++i) {
      const std::size_t at = (part.y + i / part.width) * 28 + part.x + i % part.width;
      const float* pixel = alone.view().pixel(i);
      EXPECT_TRUE(std::equal(pixel, pixel + 3, logits.view().pixel(at))) << part.y << ' ' << i;
    }
  }
}

TEST_F(NetworkTest, RefusesSizesItCannotRun) {
  const Network network(model_.network, *model_.tensors, 1);
  for (const auto& [height, width] : {std::pair{20, 16}, {16, 20}, {8, 16}, {16, 8}, {0, 16}}) {
    EXPECT_THROW(network.forward(Tensor(1, static_cast<std::size_t>(height),
                                        static_cast<std::size_t>(width), 4)),
                 Error)
        << height << " x " << width;
  }
  EXPECT_THROW(network.forward(Tensor(1, 16, 16, 3)), Error);
}

TEST_F(NetworkTest, ReportsEveryLayerOnceAndEndsAtOne) {
  const Network network(model_.network, *model_.tensors, 2);
  std::set<std::string> names;
  double last = 0;
  network.forward(noise(1, 32, 32), [&](const LayerDone& layer) {
    EXPECT_TRUE(names.insert(layer.name).second) << layer.name;
    EXPECT_GT(layer.done, last);
    last = layer.done;
  });
  EXPECT_DOUBLE_EQ(last, 1);
  EXPECT_EQ(names.size(), 1U + 3 + 2 * 2 + 3 + 1);
}

TEST_F(NetworkTest, StopsWhenTheObserverThrowsAndRunsAgain) {
  const Network network(model_.network, *model_.tensors, 2);
  const auto stop = [](const LayerDone& layer) {
    if (layer.name == "model.5.conv1") throw Cancelled();
  };
  EXPECT_THROW(network.forward(noise(1, 32, 32), stop), Cancelled);
  const Network fresh(model_.network, *model_.tensors, 2);
  EXPECT_TRUE(same_bits(network.forward(noise(1, 32, 32)), fresh.forward(noise(1, 32, 32))));
}

TEST_F(NetworkTest, RefusesANegativeVariance) {
  const testing::RandomTensors tensors(model_.network, "model.4.bn_g.running_var", -1);
  const std::string error =
      testing::error_of([&] { const Network network(model_.network, tensors, 1); });
  EXPECT_NE(error.find("model.4.bn_g.running_var[0]"), std::string::npos) << error;
}

// Convolutions of many groups are run as ordinary ones, with zeros between the groups.
TEST_F(NetworkTest, RefusesGigabytesOfZerosBetweenGroups) {
  model::GeneratorConfig config = {.kind = model::GeneratorKind::pix2pixhd_global,
                                   .n_blocks = 15,
                                   .max_features = 4096,
                                   .resnet = {}};
  config.pix2pixhd.is_resblock_depthwise = true;
  require_few_zeros(model::architecture(config), "x");
  config.ngf = 4096 >> config.n_downsampling;
  const std::string error = testing::error_of(
      [&] { const Network network(model::architecture(config), *model_.tensors, 1); });
  EXPECT_NE(error.find("shallow.safetensors: its convolutions have so many groups"),
            std::string::npos)
      << error;
}

}  // namespace
}  // namespace lama::internal::engine
