#include "networks/one_thread.h"

#include <thread>

#include "networks/feature_layers.h"
#include "tests/testing.h"

namespace lama::internal::networks {
namespace {

/// In a new thread, whose number of threads is no other test's.
TEST(OneThread, RestoresTheNumberThatFeatureNetworksLeaveAtOne) {
  std::thread([] {
    at::set_num_threads(3);
    {
      const OneThread alone;
      EXPECT_EQ(compute("sum", [] { return at::get_num_threads(); }), 1);
    }
    EXPECT_EQ(at::get_num_threads(), 3);
    EXPECT_EQ(testing::error_of([] {
                compute("sum", [] { return at::ones({2}).expand({3}); });
              }).find("sum: "),
              0U);
  }).join();
}

}  // namespace
}  // namespace lama::internal::networks
