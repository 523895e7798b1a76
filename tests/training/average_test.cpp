#include "training/average.h"

#include "model/architecture.h"
#include "tests/training/hashed.h"

namespace lama::internal::training {
namespace {

TEST(Average, MovesParametersAndTakesStatistics) {
  model::GeneratorConfig config;
  config.ngf = 4;
  config.n_downsampling = 2;
  config.n_blocks = 1;
  networks::Generator average(model::architecture(config)), trained(model::architecture(config));
  testing::fill_hashed(*trained);
  networks::NamedTensors before;
  for (const auto& parameter : average->named_parameters()) {
    before.emplace_back(parameter.key(), parameter.value().detach().clone());
  }
  update_average(*average, *trained, 0.9);
  const auto moved = average->named_parameters(), target = trained->named_parameters();
  for (const auto& [name, old] : before) {
    EXPECT_TRUE(moved[name].allclose(0.9 * old + 0.1 * target[name], 1e-6, 1e-7)) << name;
  }
  const auto statistics = average->named_buffers();
  for (const auto& buffer : trained->named_buffers()) {
    EXPECT_TRUE(statistics[buffer.key()].equal(buffer.value())) << buffer.key();
  }
  update_average(*average, *trained, 0);
  EXPECT_TRUE(moved["model.1.ffc.convl2l.weight"].equal(target["model.1.ffc.convl2l.weight"]));
}

}  // namespace
}  // namespace lama::internal::training
