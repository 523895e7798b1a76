#include "export/computation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/export/models.h"
#include "tests/testing.h"

namespace lama::internal::exporting {
namespace {

using Kind = Operation::Kind;
model::Architecture network(const std::string& name) {
  return testing::exported_model(name).network;
}

std::ptrdiff_t count(const std::vector<Operation>& operations, Kind kind) {
  return std::count_if(operations.begin(), operations.end(),
                       [kind](const Operation& operation) { return operation.kind == kind; });
}

TEST(Computation, EveryOperationHasItsInputsBeforeIt) {
  for (const char* const name : {"networks/odd", "networks/deep", "options/regular"}) {
    const auto operations = computation(network(name), name);
    EXPECT_EQ(operations[0].kind, Kind::input);
    for (std::size_t i = 1; i < operations.size(); ++i) {
      EXPECT_FALSE(operations[i].inputs.empty());
      for (const std::size_t input : operations[i].inputs) EXPECT_LT(input, i);
    }
    EXPECT_EQ(operations.back().channels, 3);
    EXPECT_EQ(operations.back().level, 0);
  }
}

TEST(Computation, EveryParameterIsUsed) {
  for (const char* const name : {"networks/odd", "networks/shallow", "options/regular"}) {
    const model::Architecture generator = network(name);
    const auto operations = computation(generator, name);
    for (const model::Parameter& parameter : model::parameters(generator)) {
      EXPECT_TRUE(std::any_of(operations.begin(), operations.end(),
                              [&](const Operation& operation) {
                                return !operation.name.empty() &&
                                       parameter.name.starts_with(operation.name + ".");
                              }))
          << parameter.name;
    }
  }
}

TEST(Computation, ABlockHasTwoFourierUnits) {
  EXPECT_EQ(count(computation(network("networks/deep"), "x"), Kind::fourier_unit), 36);
  EXPECT_EQ(count(computation(network("options/regular"), "x"), Kind::fourier_unit), 0);
}

TEST(Computation, EnlargesBilinearlyBeforeAConvolution) {
  model::GeneratorConfig config = network("networks/odd").config;
  config.bilinear_deconv = true;
  const auto operations = computation(model::architecture(config), "x");
  EXPECT_EQ(count(operations, Kind::enlarge), config.n_downsampling);
  EXPECT_EQ(count(operations, Kind::transposed_convolution), 0);
  EXPECT_EQ(operations.back().level, 0);
}

TEST(Computation, NamesWhatIsNotExported) {
  const std::pair<std::string, std::string> cases[] = {
      {"lfu", "local Fourier units"},
      {"gated", "gates"},
      {"rotated_block", "learnable spatial transforms"},
      {"instance_norm", "instance norms"},
      {"md_sum", "multidilated convolutions"},
      {"fft_forward", "options of the Fourier unit"},
      {"depthwise", "depthwise convolutions"}};
  for (const auto& one : cases) {
    EXPECT_EQ(testing::error_of([&] { computation(network("options/" + one.first), "x.ckpt"); }),
              "x.ckpt: a network with " + one.second + " cannot be exported");
  }
  model::Architecture interpolated = network("networks/odd");
  interpolated.config.missing_pixels = model::MissingPixels::interpolated;
  EXPECT_NE(testing::error_of([&] { computation(interpolated, "x"); }).find("interpolated"),
            std::string::npos);
}

}  // namespace
}  // namespace lama::internal::exporting
