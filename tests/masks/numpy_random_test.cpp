#include "masks/numpy_random.h"

#include "tests/masks/fixtures.h"

namespace lama::internal::masks {
namespace {

using testing::error_of;
using testing::masks_data;

TEST(NumpyRandom, DrawsLikeNumpy) {
  for (const auto& expected : masks_data("random")) {
    NumpyRandom random(expected["seed"]);
    const auto& numpy = expected["numpy"];
    for (const double value : numpy["random"]) ASSERT_EQ(random.random(), value);
    for (const auto& limits : numpy["randint"]) {
      for (const std::int64_t value : limits[2]) {
        ASSERT_EQ(random.randint(limits[0].get<std::int64_t>(), limits[1].get<std::int64_t>()),
                  value)
            << limits[0] << " " << limits[1];
      }
    }
    for (const double value : numpy["uniform"]) ASSERT_EQ(random.uniform(-0.1, 0.25), value);
    for (const std::size_t value : numpy["choice"]) {
      ASSERT_EQ(random.choice(std::vector<double>{0.1, 0.2, 0.3, 0.4}), value);
    }
    for (const auto& sizes : numpy["choice_without_replacement"]) {
      ASSERT_EQ(random.choice_without_replacement(sizes[0], sizes[1]),
                sizes[2].get<std::vector<std::size_t>>());
    }
    std::vector<int> list(30);
    for (int i = 0; i < 30; ++i) list[static_cast<std::size_t>(i)] = i;
    random.shuffle(list);
    EXPECT_EQ(list, numpy["shuffle"].get<std::vector<int>>());
  }
}

TEST(NumpyRandom, RefusesAnEmptyRange) {
  NumpyRandom random(0);
  EXPECT_NE(error_of([&] { random.randint(5, 5); }), "");
  EXPECT_NE(error_of([&] { random.randint(5, 4); }), "");
  EXPECT_NE(error_of([&] { random.randint(0, std::int64_t{1} << 33); }), "");
}

}  // namespace
}  // namespace lama::internal::masks
