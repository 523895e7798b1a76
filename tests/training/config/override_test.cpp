#include "training/config/override.h"

#include "tests/training/config/fixtures.h"

namespace lama::training {
namespace {

using testing::error_of;
using testing::flat;
using Action = Override::Action;

TEST(Override, SetsAddsAndRemoves) {
  const Override set = parse_override("data.batch_size=10");
  EXPECT_EQ(set.action, Action::set);
  EXPECT_EQ(set.key, "data.batch_size");
  EXPECT_EQ(set.value.text, "10");
  EXPECT_EQ(set.value.origin, "data.batch_size=10");
  EXPECT_EQ(parse_override("+seed=3").action, Action::add);
  EXPECT_EQ(parse_override("++seed=3").key, "seed");
  EXPECT_EQ(parse_override("~data.val").action, Action::remove);
  EXPECT_EQ(parse_override("~data.val").key, "data.val");
}

TEST(Override, ValuesAreTakenAsTheyStandUnlessTheyBeginAsYaml) {
  const auto value = [](const std::string& text) {
    return parse_override(fmt::format("k={}", text)).value;
  };
  EXPECT_EQ(value("/a b/c: d #e").text, "/a b/c: d #e");
  EXPECT_EQ(value("a=b").text, "a=b");
  EXPECT_EQ(value("${location.data_root_dir}/x").text, "${location.data_root_dir}/x");
  EXPECT_EQ(value("part{00..39}.tar").text, "part{00..39}.tar");
  EXPECT_EQ(value("null").kind, ConfigValue::Kind::null);
  EXPECT_EQ(value("").kind, ConfigValue::Kind::scalar);
  EXPECT_EQ(value("'null'").text, "null");
  EXPECT_TRUE(value("\"3\"").quoted);
  EXPECT_EQ(flat(value("[a, 1]")), (std::map<std::string, std::string>{{"0", "a"}, {"1", "1"}}));
  EXPECT_EQ(flat(value("{a: {b: 1}}")), (std::map<std::string, std::string>{{"a.b", "1"}}));
}

TEST(Override, WhatIsNoneIsRefusedWithTheReason) {
  const auto refusal = [](const std::string& text) {
    return error_of([&] { parse_override(text); });
  };
  for (const char* text : {"=3", "a..b=3", ".a=3", "a b=3", "", "~", "+=1", "a.=1"}) {
    EXPECT_NE(refusal(text).find("expected KEY=VALUE"), std::string::npos) << text;
  }
  EXPECT_EQ(refusal("batch"), "batch: has no value: say batch=VALUE");
  EXPECT_EQ(refusal("k={a:1}"), "k={a:1}: a:1 needs a space after its colon");
  EXPECT_NE(refusal("data@x=y").find("packages"), std::string::npos);
  EXPECT_TRUE(refusal("k=[1").starts_with("k=[1: line "));
}

}  // namespace
}  // namespace lama::training
