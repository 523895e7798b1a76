#include "masks/python_random.h"

#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

TEST(PythonRandom, DrawsLikePython) {
  for (const auto& expected : testing::masks_data("random")) {
    PythonRandom random(expected["seed"]);
    const auto& python = expected["python"];
    for (const double value : python["random"]) ASSERT_EQ(random.random(), value);
    for (const auto& limits : python["randint"]) {
      for (const std::uint32_t value : limits[1]) {
        ASSERT_EQ(random.randint(limits[0]), value) << limits[0];
      }
    }
  }
}

}  // namespace
}  // namespace lama::internal::masks
