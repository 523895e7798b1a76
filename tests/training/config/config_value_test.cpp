#include "training/config/config_value.h"

#include <fmt/format.h>

#include "tests/training/config/fixtures.h"

namespace lama::training {
namespace {

using testing::error_of;
using testing::flat;

std::string refusal(const std::string& yaml) {
  return error_of([&] { parse_yaml(yaml, "x.yaml"); });
}

TEST(ConfigValue, WhatIsWrittenIsReadBackTheSame) {
  const std::string yaml =
      "{a: 1, b: [x, 'true', null, {c: ''}], d: {e: '1e-3', f: 1e-3, g: '${x}: y', h: 'it''s # "
      "no'}, "
      "i: {}, j: []}";
  const ConfigValue value = parse_yaml(yaml, "x");
  const std::string written = to_yaml(value);
  const ConfigValue again = parse_yaml(written, "y");
  EXPECT_EQ(flat(again), flat(value)) << written;
  EXPECT_EQ(to_yaml(again), written);
  // Text that looks like something else stays text.
  EXPECT_TRUE(again.at("d.e")->quoted);
  EXPECT_FALSE(again.at("d.f")->quoted);
  EXPECT_TRUE(again.find("b")->items[1].quoted);
}

TEST(ConfigValue, MergingJoinsMapsAndReplacesAllElse) {
  ConfigValue value = parse_yaml("{a: {b: 1, c: [1, 2]}, d: 3}", "x");
  merge(value, parse_yaml("{a: {c: [4], e: 5}, d: {f: 6}}", "y"));
  EXPECT_EQ(to_yaml(value), to_yaml(parse_yaml("{a: {b: 1, c: [4], e: 5}, d: {f: 6}}", "z")));
  EXPECT_EQ(value.at("a.b")->origin, "x");
  EXPECT_EQ(value.at("a.e")->origin, "y");
}

TEST(ConfigValue, RemovesByDottedName) {
  ConfigValue value = parse_yaml("{a: {b: 1, c: 2}}", "x");
  EXPECT_TRUE(value.remove("a.b"));
  EXPECT_FALSE(value.remove("a.b"));
  EXPECT_FALSE(value.remove("x.y"));
  EXPECT_EQ(flat(value), (std::map<std::string, std::string>{{"a.c", "2"}}));
}

TEST(ConfigValue, WhatIsNoConfigIsRefusedByName) {
  EXPECT_TRUE(refusal("a: [1").starts_with("x.yaml: line "));
  EXPECT_EQ(refusal("{a: 1, a: 2}"), "x.yaml: line 1: a comes twice");
  EXPECT_EQ(refusal("{[a]: 1}"), "x.yaml: line 1: a key that is not a name");
  EXPECT_NE(refusal(fmt::format("{:[>100}{:]>100}", "", "")).find("more than 60 levels"),
            std::string::npos);
  // A few lines of aliases that stand for 8^8 values.
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n",
                          i, i - 1);
  }
  EXPECT_NE(refusal(laughs).find("more than 10000 values"), std::string::npos);
}

}  // namespace
}  // namespace lama::training
