#include "config/value.h"

#include <fmt/format.h>

#include "tests/config/fixtures.h"

namespace lama::internal::config {
namespace {

using testing::error_of;
using testing::flat;

std::string yaml_refusal(const std::string& yaml) {
  return error_of([&] { parse_yaml(yaml, "x.yaml"); });
}

TEST(Value, WhatIsWrittenIsReadBackTheSame) {
  const std::string yaml =
      "{a: 1, b: [x, 'true', null, {c: ''}], d: {e: '1e-3', f: 1e-3, g: '${x}: y', h: 'it''s # "
      "no'}, "
      "i: {}, j: []}";
  const Value value = parse_yaml(yaml, "x");
  const std::string written = to_yaml(value);
  const Value again = parse_yaml(written, "y");
  EXPECT_EQ(flat(again), flat(value)) << written;
  EXPECT_EQ(to_yaml(again), written);
  // Text that looks like something else stays text.
  EXPECT_TRUE(again.at("d.e")->quoted);
  EXPECT_FALSE(again.at("d.f")->quoted);
  EXPECT_TRUE(again.find("b")->items[1].quoted);
}

TEST(Value, MergingJoinsMapsAndReplacesAllElse) {
  Value value = parse_yaml("{a: {b: 1, c: [1, 2]}, d: 3}", "x");
  merge(value, parse_yaml("{a: {c: [4], e: 5}, d: {f: 6}}", "y"));
  EXPECT_EQ(to_yaml(value), to_yaml(parse_yaml("{a: {b: 1, c: [4], e: 5}, d: {f: 6}}", "z")));
  EXPECT_EQ(value.at("a.b")->origin.source, "x");
  EXPECT_EQ(value.at("a.e")->origin.source, "y");
}

TEST(Value, KnowsItsFileAndLine) {
  const Value value = parse_yaml("a: 1\nb:\n  c: [x,\n      y]\n  d: >\n    text\n", "x.yaml");
  EXPECT_EQ(value.origin.text(), "x.yaml");
  EXPECT_EQ(value.at("a")->origin.text(), "x.yaml: line 1");
  EXPECT_EQ(value.at("b")->origin.text(), "x.yaml: line 2") << "of its key";
  EXPECT_EQ(value.at("b.c")->items[1].origin.text(), "x.yaml: line 4");
  EXPECT_EQ(value.at("b.d")->origin.text(), "x.yaml: line 5");
  EXPECT_EQ(value.origin_of("b.c.z").text(), "x.yaml: line 3");
}

TEST(Value, RemovesByDottedName) {
  Value value = parse_yaml("{a: {b: 1, c: 2}}", "x");
  EXPECT_TRUE(value.remove("a.b"));
  EXPECT_FALSE(value.remove("a.b"));
  EXPECT_FALSE(value.remove("x.y"));
  EXPECT_EQ(flat(value), (std::map<std::string, std::string>{{"a.c", "2"}}));
}

TEST(Value, WhatIsNoConfigIsRefusedByName) {
  EXPECT_TRUE(yaml_refusal("b: 1\na: [1\n").starts_with("x.yaml: line "));
  EXPECT_EQ(yaml_refusal("a: *nothing\n").rfind("x.yaml: line 1: ", 0), 0U);
  EXPECT_EQ(yaml_refusal("a: 1\na: 2\n"), "x.yaml: line 2: a comes twice");
  EXPECT_EQ(yaml_refusal("b: 1\n[a]: 1\n"), "x.yaml: line 2: a key that is not a name");
  // A text of one line, such as an override, has no lines to name.
  EXPECT_EQ(yaml_refusal("{a: 1, a: 2}"), "x.yaml: a comes twice");
  EXPECT_NE(yaml_refusal(std::string(kMaxBytes + 1, '#')).find("a config has at most 1048576"),
            std::string::npos);
  EXPECT_NE(yaml_refusal(fmt::format("{:[>100}{:]>100}", "", "")).find("more than 60 levels"),
            std::string::npos);
  // Beyond yaml-cpp's own limit too.
  EXPECT_EQ(yaml_refusal(fmt::format("a: 1\nb: {:[>9000}", "")),
            "x.yaml: line 2: more than 60 levels");
  EXPECT_EQ(yaml_refusal("a: 1\nb: &b {c: *b}\n"), "x.yaml: line 2: an alias of a value around it");
  EXPECT_EQ(yaml_refusal("&a [*a]"), "x.yaml: an alias of a value around it");
  // A few lines of aliases that stand for 8^8 values.
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n",
                          i, i - 1);
  }
  EXPECT_NE(yaml_refusal(laughs).find("more than 10000 values"), std::string::npos);
}

}  // namespace
}  // namespace lama::internal::config
