#include <nlohmann/json.hpp>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"

namespace lama::internal {
namespace {

using testing::run_program;
using testing::small_model;

// A network takes no picture of 1 x 1 pixels: a fill's is extended as far.
TEST(Bench, RunsTheLeastThatTheNetworkTakes) {
  const auto run = run_program({"bench", "--model", small_model(), "--width", "1", "--height", "9",
                                "--runs", "1", "--hole", "100", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_GE(json.at("width"), 8);
  EXPECT_GE(json.at("height"), 9);
}

}  // namespace
}  // namespace lama::internal
