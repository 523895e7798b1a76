#include "inpaint/match.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "inpaint/inpaint.h"
#include "tests/testing.h"
#include "weights/model_file.h"

namespace lama::internal {
namespace {

constexpr int kWidth = 160, kHeight = 136;

bool in_hole(int x, int y) { return x >= 50 && x < 110 && y >= 40 && y < 96; }

std::size_t at(int x, int y) { return static_cast<std::size_t>(y * kWidth + x); }

Mask hole() {
  Mask mask{kWidth, kHeight, {}};
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) mask.missing.push_back(in_hole(x, y) ? 1 : 0);
  }
  return mask;
}

/// Slow waves of other phases in every channel.
Image picture() {
  Image image(kWidth, kHeight, 3, Depth::u8);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.bytes()[3 * at(x, y) + static_cast<std::size_t>(c)] =
            static_cast<std::uint8_t>(128 + 60 * std::sin(0.05 * x + c) * std::cos(0.04 * y - c));
      }
    }
  }
  return image;
}

/// Cuts the hole's outermost four pixels along each side into pieces of about 20 pixels, and
/// returns the mean error of their mean colours. Random networks answer with noise, so single
/// pixels would not show the shade.
double ring_error(const Image& filled, const Image& truth) {
  std::map<int, std::array<double, 4>> pieces;
  for (int y = 40; y < 96; ++y) {
    for (int x = 50; x < 110; ++x) {
      if (x >= 54 && x < 106 && y >= 44 && y < 92) continue;
      std::array<double, 4>& piece = pieces[(y - 40) / 19 * 3 + (x - 50) / 20];
      for (std::size_t c = 0; c < 3; ++c) {
        piece[c] += filled.bytes()[3 * at(x, y) + c] - truth.bytes()[3 * at(x, y) + c];
      }
      piece[3] += 1;
    }
  }
  double sum = 0;
  for (const auto& [index, piece] : pieces) {
    sum += std::hypot(piece[0], piece[1], piece[2]) / piece[3];
  }
  return sum / static_cast<double>(pieces.size());
}

/// A network that answers `colour(x, y, channel)`, from 0 to 1, for any input.
template <typename Colour>
Backend answering(const Colour& colour) {
  static const auto model = weights::open_model(testing::data("networks/shallow.safetensors"));
  static const auto network =
      std::make_shared<const engine::Network>(model.network, *model.tensors, 1);
  Backend backend(network);
  backend.forward = [colour](const engine::Tensor&, const engine::Region& wanted,
                             const engine::Observer&) {
    engine::Tensor answer(1, wanted.height, wanted.width, 3);
    float* out = answer.data();
    for (std::size_t y = 0; y < wanted.height; ++y) {
      for (std::size_t x = 0; x < wanted.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          *out++ = static_cast<float>(
              colour(static_cast<int>(wanted.x + x), static_cast<int>(wanted.y + y), c));
        }
      }
    }
    return answer;
  };
  return backend;
}

double value(const Image& image, int x, int y, int c) {
  const int inside_x = std::min(x, kWidth - 1), inside_y = std::min(y, kHeight - 1);
  return image.bytes()[3 * at(inside_x, inside_y) + static_cast<std::size_t>(c)] / 255.0;
}

constexpr std::array<double, 3> kTint = {0.08, -0.06, 0.03};

TEST(Match, RemovesATint) {
  const Image truth = picture();
  const Backend tinted = answering([&](int x, int y, int c) {
    return value(truth, x, y, c) + kTint[static_cast<std::size_t>(c)];
  });
  EXPECT_GT(ring_error(inpaint(tinted, truth, hole(), {.match = Matching::off}).image, truth), 25);
  const Image matched = inpaint(tinted, truth, hole()).image;
  // The rounding of the answer, and of the picture: half a level each, and a little for the rest.
  for (std::size_t i = 0; i < truth.bytes().size(); ++i) {
    ASSERT_NEAR(matched.bytes()[i], truth.bytes()[i], 2) << i;
  }
}

/// `network` with a tint added to its answers.
Backend tinted(const Backend& network) {
  Backend backend = network;
  backend.forward = [network](engine::Tensor input, const engine::Region& wanted,
                              const engine::Observer& observer) {
    engine::Tensor answer = network.forward(std::move(input), wanted, observer);
    for (std::size_t i = 0; i < answer.size(); ++i) {
      answer.data()[i] += 3 * static_cast<float>(kTint[i % 3]);
    }
    return answer;
  };
  return backend;
}

// Random networks answer with noise, which differs between the hole and its surroundings. That
// error remains; it is largest for `odd`, which sees the least.
TEST(Match, HalvesTheSeamsOfNetworksOfThePublishedForm) {
  const Image truth = picture();
  double all_plain = 0, all_matched = 0;
  for (const std::string name : {"shallow", "deep", "odd"}) {
    const auto model = weights::open_model(testing::data("networks/" + name + ".safetensors"));
    const Backend network(
        std::make_shared<const engine::Network>(model.network, *model.tensors, 2));
    for (const Backend& backend : {network, tinted(network)}) {
      const Image plain = inpaint(backend, truth, hole(), {.match = Matching::off}).image;
      const Image matched = inpaint(backend, truth, hole()).image;
      EXPECT_LT(ring_error(matched, truth), 0.75 * ring_error(plain, truth)) << name;
      all_plain += ring_error(plain, truth);
      all_matched += ring_error(matched, truth);
    }
    EXPECT_EQ(
        inpaint(network, truth, hole(), {.match = Matching::off, .published = true}).image.bytes(),
        inpaint(network, truth, hole(), {.published = true}).image.bytes());
  }
  EXPECT_LE(all_matched, 0.5 * all_plain);
}

// A tight mask leaves parts of the object around it. They are neither carried into the hole nor
// part of the truth.
TEST(Match, DoesNotSeeTheHalo) {
  const Image truth = picture();
  Image halo = truth;
  for (int y = 38; y < 98; ++y) {
    for (int x = 48; x < 112; ++x) {
      for (std::size_t c = 0; c < 3; ++c) halo.bytes()[3 * at(x, y) + c] = 0;
    }
  }
  const Backend tinted = answering([&](int x, int y, int c) {
    return value(truth, x, y, c) + kTint[static_cast<std::size_t>(c)];
  });
  const Image expected = inpaint(tinted, truth, hole()).image;
  const Image filled = inpaint(tinted, halo, hole()).image;
  for (int y = 40; y < 96; ++y) {
    for (int x = 50; x < 110; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        ASSERT_EQ(filled.bytes()[3 * at(x, y) + c], expected.bytes()[3 * at(x, y) + c]);
      }
    }
  }
}

// The mean of a texture is right, so there is nothing to correct: most of the chance in the ring's
// 9 x 9 squares is removed.
TEST(Match, LeavesContentThatDiffersWithoutDirection) {
  std::mt19937 random(4);
  Image truth = picture();
  for (auto& sample : truth.bytes()) {
    sample = static_cast<std::uint8_t>(sample + static_cast<int>(random() % 101) - 50);
  }
  const Image blurred = picture();
  const Backend network = answering([&](int x, int y, int c) { return value(blurred, x, y, c); });
  const Image plain = inpaint(network, truth, hole(), {.match = Matching::off}).image;
  const Image matched = inpaint(network, truth, hole()).image;
  double square = 0;
  for (std::size_t i = 0; i < plain.bytes().size(); ++i) {
    square += std::pow(plain.bytes()[i] - matched.bytes()[i], 2);
  }
  // Uniform in +-50 has a deviation of 29; a mean of half a square 29 / sqrt(41) = 4.5.
  EXPECT_LT(std::sqrt(square / (60 * 56 * 3)), 1.6);
}

// Sums run over rows and columns of the ring, and would carry it over all of the hole.
TEST(Match, LeavesANetworksNaNWhereItIs) {
  constexpr std::size_t kSide = 60, kBad = 30 * kSide + 14;  // six pixels beside the hole
  std::vector<float> truth(kSide * kSide * 4, 0.5F), prediction(kSide * kSide * 3, 0.6F);
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t x = 0; x < kSide; ++x) {
      const bool missing = x >= 20 && x < 40 && y >= 20 && y < 40;
      truth[4 * (y * kSide + x) + 3] = missing ? 1 : 0;
    }
  }
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(), 1e30F}) {
    auto matched = prediction;
    matched[3 * kBad] = bad;
    match_surroundings(matched.data(), truth.data(), kSide, kSide, 1);
    for (std::size_t i = 0; i < matched.size(); ++i) {
      if (i == 3 * kBad) continue;
      ASSERT_NEAR(matched[i], 0.5, 0.01) << i;
    }
  }
}

TEST(Match, LeavesTheAnswerWhereNothingIsKnown) {
  std::vector<float> truth(20 * 10 * 4, 1.0F), prediction(20 * 10 * 3, 0.25F);
  match_surroundings(prediction.data(), truth.data(), 10, 20, 1);
  for (const float sample : prediction) EXPECT_EQ(sample, 0.25F);
}

}  // namespace
}  // namespace lama::internal
