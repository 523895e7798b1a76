#include "base/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace lama::internal {
namespace {

TEST(Environment, AnUnsetVariableIsAsGoodAsAnEmptyOne) {
  ::setenv("LAMA_TEST_VARIABLE", "x y", 1);
  EXPECT_EQ(environment("LAMA_TEST_VARIABLE"), "x y");
  ::setenv("LAMA_TEST_VARIABLE", "", 1);
  EXPECT_EQ(environment("LAMA_TEST_VARIABLE"), "");
  ::unsetenv("LAMA_TEST_VARIABLE");
  EXPECT_EQ(environment("LAMA_TEST_VARIABLE"), "");
}

TEST(Environment, ReplacesVariablesForANewProcess) {
  ::setenv("LAMA_TEST_VARIABLE", "old", 1);
  ::setenv("LAMA_TEST_VARIABLE_2", "kept", 1);
  const auto variables = environment_with({"LAMA_TEST_VARIABLE=new", "LAMA_TEST_VARIABLE_3=more"});
  const auto count = [&variables](const char* variable) {
    return std::count(variables.begin(), variables.end(), variable);
  };
  EXPECT_EQ(count("LAMA_TEST_VARIABLE=new"), 1);
  EXPECT_EQ(count("LAMA_TEST_VARIABLE=old"), 0);
  EXPECT_EQ(count("LAMA_TEST_VARIABLE_2=kept"), 1);
  EXPECT_EQ(count("LAMA_TEST_VARIABLE_3=more"), 1);
  ::unsetenv("LAMA_TEST_VARIABLE");
  ::unsetenv("LAMA_TEST_VARIABLE_2");
}

TEST(Environment, NamesTheFoldersOfCaches) {
  ::setenv("HOME", "/home/user", 1);
  ::unsetenv("TORCH_HOME");
  ::unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(cache_folder(), "/home/user/.cache");
  EXPECT_EQ(torch_checkpoints(), "/home/user/.cache/torch/hub/checkpoints");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(cache_folder(), "/home/user/.cache");
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(cache_folder(), "/cache");
  EXPECT_EQ(torch_checkpoints(), "/cache/torch/hub/checkpoints");
  ::setenv("TORCH_HOME", "/torch", 1);
  EXPECT_EQ(torch_checkpoints(), "/torch/hub/checkpoints");
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  EXPECT_EQ(cache_folder(), "");
}

}  // namespace
}  // namespace lama::internal
