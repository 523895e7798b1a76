#include "evaluation/network_weights.h"

#include "tests/bytes.h"
#include "tests/testing.h"

namespace lama::internal::evaluation {
namespace {

TEST(NetworkWeights, OfFillsMustBeThePublishedOnes) {
  const testing::TemporaryFolder folder;
  testing::put(folder / "mine.pth", testing::bytes_of("other weights"));
  const std::string error = testing::error_of(
      [&] { open_networks({.lpips = false, .inception = false, .fills = folder / "mine.pth"}); });
  EXPECT_NE(error.find("mine.pth: not the published weights, or damaged"), std::string::npos)
      << error;
}

}  // namespace
}  // namespace lama::internal::evaluation
