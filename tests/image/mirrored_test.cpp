#include "image/mirrored.h"

#include <gtest/gtest.h>

#include <vector>

namespace lama::internal {
namespace {

std::vector<std::size_t> line(std::size_t size, std::size_t padded) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < padded; ++i) indices.push_back(mirrored_index(i, size));
  return indices;
}

TEST(Mirrored, RepeatsTheEdgeAndTurnsAsOftenAsItTakes) {
  // np.pad(range(3), (0, 5), "symmetric")
  EXPECT_EQ(line(3, 8), (std::vector<std::size_t>{0, 1, 2, 2, 1, 0, 0, 1}));
  EXPECT_EQ(line(1, 3), (std::vector<std::size_t>{0, 0, 0}));
}

}  // namespace
}  // namespace lama::internal
