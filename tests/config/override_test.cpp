#include "config/override.h"

#include "tests/config/fixtures.h"

namespace lama::internal::config {
namespace {

using testing::error_of;
using testing::flat;
using Action = Override::Action;

TEST(Override, SetsAddsAndRemoves) {
  const Override set = parse_override("data.batch_size=10");
  EXPECT_EQ(set.action, Action::set);
  EXPECT_EQ(set.key, "data.batch_size");
  EXPECT_EQ(set.value.text, "10");
  EXPECT_EQ(set.value.origin.text(), "data.batch_size=10");
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
  EXPECT_EQ(value("null").kind, Value::Kind::null);
  EXPECT_EQ(value("").kind, Value::Kind::scalar);
  EXPECT_EQ(value("'null'").text, "null");
  EXPECT_TRUE(value("\"3\"").quoted);
  EXPECT_EQ(flat(value("[a, 1]")), (std::map<std::string, std::string>{{"0", "a"}, {"1", "1"}}));
  EXPECT_EQ(flat(value("{a: {b: 1}}")), (std::map<std::string, std::string>{{"a.b", "1"}}));
}

TEST(Override, ChangesAConfigAndIsNamedByWhatItChanged) {
  Value config = parse_yaml("a:\n  b: 1\n  c: 2\n", "x.yaml");
  apply(parse_override("a.b=3"), config);
  apply(parse_override("+d.e={f: 4}"), config);
  apply(parse_override("~a.c=2"), config);
  EXPECT_EQ(flat(config), (std::map<std::string, std::string>{{"a.b", "3"}, {"d.e.f", "4"}}));
  EXPECT_EQ(config.origin_of("a.b").text(), "a.b=3");
  EXPECT_EQ(config.origin_of("a").text(), "x.yaml: line 1");
  EXPECT_EQ(config.origin_of("d.e.f").text(), "+d.e={f: 4}");
  EXPECT_EQ(error_of([&] { apply(parse_override("~a.c"), config); }),
            "~a.c: no such key to remove");
  EXPECT_EQ(error_of([&] { apply(parse_override("~a.b=1"), config); }),
            "~a.b=1: its value is not 1");
}

TEST(Override, WhatIsNoneIsRefusedWithTheReason) {
  const auto refusal = [](const std::string& text) {
    return error_of([&] { parse_override(text); });
  };
  for (const char* text : {"=3", "a..b=3", ".a=3", "a b=3", "", "~", "+=1", "a.=1"}) {
    EXPECT_NE(refusal(text).find("expected KEY=VALUE"), std::string::npos) << text;
  }
  EXPECT_EQ(refusal("batch"), "batch: expected KEY=VALUE");
  EXPECT_EQ(refusal("k={a:1}"), "k={a:1}: a:1 needs a space after its colon");
  EXPECT_NE(refusal("data@x=y").find("packages"), std::string::npos);
  EXPECT_TRUE(refusal("k=[1").starts_with("k=[1: "));
}

}  // namespace
}  // namespace lama::internal::config
