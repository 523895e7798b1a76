#include "base/similar_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lama::internal {
namespace {

const std::vector<std::string> kNames = {"big-lama", "lama-fourier", "lama-regular", "lr"};

TEST(SimilarName, IsTheOneWithTheFewestLettersChanged) {
  EXPECT_EQ(similar_name("lama-fouriér", kNames), "lama-fourier");
  EXPECT_EQ(similar_name("lamaregular", kNames), "lama-regular");
  EXPECT_EQ(similar_name("big-lamma", kNames), "big-lama");
}

TEST(SimilarName, IsNothingIfAllDiffer) {
  EXPECT_EQ(similar_name("resnet", kNames), std::nullopt);
  EXPECT_EQ(similar_name("lx", kNames), std::nullopt);
  EXPECT_EQ(similar_name("", kNames), std::nullopt);
  EXPECT_EQ(similar_name("x", {}), std::nullopt);
  EXPECT_EQ(similar_name(std::string(100'000, 'l'), kNames), std::nullopt);
}

}  // namespace
}  // namespace lama::internal
