#include "weights/generator_names.h"

#include <gtest/gtest.h>

namespace lama::internal::weights {
namespace {

TEST(GeneratorPrefix, OfTheWaysInWhichFilesNameIt) {
  EXPECT_EQ(generator_prefix({"model.1.weight"}), "");
  EXPECT_EQ(generator_prefix({"generator.model.1.weight", "discriminator.model0.0.weight"}),
            "generator.");
  EXPECT_EQ(generator_prefix({"model.model.1.weight"}), "model.");
  EXPECT_EQ(generator_prefix({"module.model.1.weight"}), "module.");
  EXPECT_EQ(generator_prefix({"_orig_mod.model.1.weight"}), "_orig_mod.");
  EXPECT_EQ(generator_prefix({"generator._orig_mod.model.1.weight"}), "generator._orig_mod.");
  EXPECT_EQ(generator_prefix({"_orig_mod.generator.model.1.weight"}), "_orig_mod.generator.");
  EXPECT_EQ(generator_prefix({"dis_state_dict.model.1.weight", "gen_state_dict.model.1.weight"}),
            "gen_state_dict.");
}

TEST(GeneratorPrefix, ComponentsAreWhole) {
  // "supermodel", "model.x" and a regenerator are not generators.
  EXPECT_EQ(generator_prefix({"supermodel.1.weight"}), "");
  EXPECT_EQ(generator_prefix({"model.x.weight"}), "");
  EXPECT_EQ(generator_prefix({"regenerator.w"}), "");
}

TEST(GeneratorPrefix, OfAnotherArchitectureInDataParallel) {
  EXPECT_EQ(generator_prefix({"module.a", "module.b"}), "module.");
  EXPECT_EQ(generator_prefix({"module.a", "b"}), "");
}

}  // namespace
}  // namespace lama::internal::weights
