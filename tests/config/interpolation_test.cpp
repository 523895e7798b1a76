#include "config/interpolation.h"

#include <fmt/format.h>

#include <cstdlib>

#include "tests/config/fixtures.h"

namespace lama::internal::config {
namespace {

using testing::error_of;
using testing::flat;

/// The value of `k` in a config with other keys.
Value resolved(const std::string& k) {
  Value tree = parse_yaml(
      "{a: {b: 1, c: [x, y], d: '${a.b}0', e: '${.b}', f: {g: '${..b}'}}, name: b, q: '7', "
      "hydra: {job: {name: train}}}",
      "x.yaml");
  tree.entry("k") = parse_yaml(k, "x.yaml");
  return Interpolation(tree, 1'600'000'000).resolved("k");
}

std::string text(const std::string& k) { return resolved("'" + k + "'").text; }
std::string refusal(const std::string& k) {
  return error_of([&] { resolved("'" + k + "'"); });
}

TEST(Interpolation, ReplacesReferencesWholeAndInTexts) {
  EXPECT_EQ(text("${a.b}"), "1");
  EXPECT_EQ(text("x${a.b}y${a.d}z"), "x1y10z");
  EXPECT_EQ(text("${a.e}"), "1");
  EXPECT_EQ(text("${a.f.g}"), "1");
  EXPECT_EQ(text("${.q}"), "7");
  EXPECT_EQ(text("${a.${name}}"), "1");
  EXPECT_EQ(text("${hydra:job.name}"), "train");
  EXPECT_EQ(text("a\\${b}"), "a${b}");
  EXPECT_EQ(text("part{00..39}.tar $x"), "part{00..39}.tar $x");
}

TEST(Interpolation, AReferenceMayStandForASection) {
  const std::map<std::string, std::string> expected = {{"b", "1"},  {"c.0", "x"}, {"c.1", "y"},
                                                       {"d", "10"}, {"e", "1"},   {"f.g", "1"}};
  EXPECT_EQ(flat(resolved("'${a}'")), expected);
  EXPECT_EQ(refusal("x ${a}"), "x.yaml: k: x ${a} has a whole section in a text");
}

TEST(Interpolation, TellsTheTime) {
  ::setenv("TZ", "UTC", 1);
  EXPECT_EQ(text("${now:%Y-%m-%d_%H-%M-%S}"), "2020-09-13_12-26-40");
  EXPECT_EQ(text("${now:%H:%M}"), "12:26");
}

TEST(Interpolation, ReadsTheEnvironment) {
  ::setenv("LAMA_TEST_VARIABLE", "/x y", 1);
  ::unsetenv("LAMA_TEST_NOTHING");
  EXPECT_EQ(text("${env:LAMA_TEST_VARIABLE}/z"), "/x y/z");
  EXPECT_EQ(text("${oc.env:LAMA_TEST_VARIABLE}"), "/x y");
  EXPECT_EQ(text("${env:LAMA_TEST_NOTHING,3}"), "3");
  // Containers do not set USER.
  const std::string user = text("${env:USER}");
  ::unsetenv("USER");
  EXPECT_NE(text("${env:USER}"), "${env:USER}");
  ::setenv("USER", user.c_str(), 1);
}

TEST(Interpolation, AVariableThatIsNotSetLeavesItsValueAndIsTold) {
  const Value tree = parse_yaml("{a: {b: 'x${env:LAMA_TEST_NOTHING}', c: 1}, d: '${a.b}'}", "y");
  Interpolation interpolation(tree, 0);
  EXPECT_EQ(flat(interpolation.resolved("")),
            (std::map<std::string, std::string>{
                {"a.b", "x${env:LAMA_TEST_NOTHING}"}, {"a.c", "1"}, {"d", "${a.b}"}}));
  ASSERT_EQ(interpolation.unset().size(), 2U);
  EXPECT_EQ(interpolation.unset()[0].key, "a.b");
  EXPECT_EQ(interpolation.unset()[1].key, "d");
  EXPECT_EQ(interpolation.unset()[1].variable, "LAMA_TEST_NOTHING");
}

TEST(Interpolation, RefusesWhatHasNoValue) {
  EXPECT_EQ(refusal("${a.x}"), "x.yaml: k: ${a.x}: no such key");
  EXPECT_EQ(refusal("${}"), "x.yaml: k: ${}: no such key");
  EXPECT_EQ(refusal("${hydra:run.dir}"), "x.yaml: k: ${hydra:run.dir}: no such key");
  EXPECT_EQ(refusal("a ${b"), "x.yaml: k: a ${b has a ${ without its }");
  EXPECT_EQ(refusal("${k}"), "x.yaml: k: its references run in a circle: k, k");
  EXPECT_EQ(refusal("x${k}"), "x.yaml: k: its references run in a circle: k, k");
  EXPECT_NE(refusal("${eval:1+1}").find("only env, oc.env, now and hydra"), std::string::npos);
}

TEST(Interpolation, ACircleIsNamedByWhereItBegins) {
  const Value tree = parse_yaml("s: {k: '${a}', l: '${s}'}\na: ${b}\nb: ${a}\n", "x.yaml");
  EXPECT_EQ(error_of([&] { Interpolation(tree, 0).resolved("s.k"); }),
            "x.yaml: line 1: s.k: its references run in a circle: s.k, a, b, a");
  EXPECT_NE(error_of([&] { Interpolation(tree, 0).resolved("s.l"); }).find("run in a circle"),
            std::string::npos);
}

TEST(Interpolation, LittleDoesNotMakeMuch) {
  std::string yaml = "a0: xxxxxxxxxx\n";
  for (int i = 1; i < 30; ++i) yaml += fmt::format("a{0}: ${{a{1}}}${{a{1}}}\n", i, i - 1);
  const Value tree = parse_yaml(yaml, "x");
  EXPECT_NE(error_of([&] { Interpolation(tree, 0).resolved("a29"); }).find("too many references"),
            std::string::npos);
}

}  // namespace
}  // namespace lama::internal::config
