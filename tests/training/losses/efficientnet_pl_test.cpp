#include "training/losses/efficientnet_pl.h"

#include <fstream>
#include <string>

#include "tests/networks/efficientnet_lite_shapes.h"
#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

TEST(EfficientNetPl, ComputesAsPyTorch) {
  const testing::Oracle oracle("efficientnet_lite");
  const testing::HashedFile weights(testing::efficientnet_lite_shapes(0));
  EfficientNetPl loss(30, weights);
  loss->train();  // changes nothing
  const auto picture = [](const std::string& name) {
    return testing::hashed(name, {1, 3, 24, 20}, torch::kFloat);
  };
  const torch::Tensor prediction = testing::leaf(picture("picture" + oracle.meta("picture.loss")));
  const torch::Tensor value = loss->forward(prediction, picture("target"));
  EXPECT_LE(testing::difference(oracle["loss"], value), 1e-4);
  EXPECT_LE(testing::difference(oracle["loss.gradient"],
                                torch::autograd::grad({value}, {prediction})[0], 5),
            1e-4);
}

TEST(EfficientNetPl, OfAPictureAndItselfIsZero) {
  EfficientNetPl loss(30, testing::HashedFile(testing::efficientnet_lite_shapes(0)));
  const torch::Tensor picture = testing::hashed("target", {1, 3, 32, 32}, torch::kFloat);
  EXPECT_EQ(loss->forward(picture, picture).item<float>(), 0);
}

TEST(EfficientNetPl, TakesAFileOrItsFolder) {
  const testing::TemporaryFolder folder;
  const auto message = testing::error_of([&] { efficientnet_pl_weights(folder.path()); });
  EXPECT_NE(message.find("scripts/fetch-feature-network"), std::string::npos) << message;
  const auto file = folder / "efficientnet-lite0-57934424.pth";
  std::ofstream(file) << "weights";
  EXPECT_EQ(efficientnet_pl_weights(folder.path()), file);
  EXPECT_EQ(efficientnet_pl_weights(file), file);
}

}  // namespace
}  // namespace lama::internal::training
