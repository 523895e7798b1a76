#include "config/section.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "config/key_error.h"
#include "tests/config/fixtures.h"

namespace lama::internal::config {
namespace {

using testing::error_of;

/// A config of several lines, so that errors name theirs.
Value several_lines(const std::string& a) {
  return parse_yaml("first: 1\na: " + a + "\n", "x.yaml");
}

template <typename T, typename... Arguments>
T read(const std::string& a, T value, Arguments... arguments) {
  const Value config = several_lines(a);
  Section section(config);
  section.read("a", value, arguments...);
  return value;
}

template <typename T, typename... Arguments>
std::string refusal(const std::string& a, T value, Arguments... arguments) {
  return error_of([&] { read(a, value, arguments...); });
}

TEST(Section, ReadsTypedValues) {
  EXPECT_EQ(read("7", 0, 1, 7), 7);
  EXPECT_EQ(read("'0x10'", 0, 1, 16), 16);
  EXPECT_EQ(read("9223372036854775807", std::int64_t{0}, std::int64_t{0},
                 std::numeric_limits<std::int64_t>::max()),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(read("25e-2", 0.0, 0.0, 1.0), 0.25);
  EXPECT_TRUE(read("True", false));
  EXPECT_FALSE(read("off", true));
  EXPECT_EQ(read("'/a b: c'", std::string()), "/a b: c");
  using Texts = std::vector<std::string>;
  EXPECT_EQ(read("[x, 1]", Texts()), (Texts{"x", "1"}));
  EXPECT_EQ(read("x", Texts()), Texts{"x"});
  EXPECT_EQ(read("[3, 1]", std::vector<std::int64_t>(), std::int64_t{0}, std::int64_t{9}),
            (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(read("[.5]", std::vector<double>(), 0.0, 1.0), std::vector<double>{0.5});
}

TEST(Section, ErrorsNameThePlaceTheKeyTheValueAndWhatIsExpected) {
  EXPECT_EQ(refusal("0", 1, 1, 9), "x.yaml: line 2: a: 0 is not a whole number from 1 to 9");
  EXPECT_EQ(refusal("1.5", 1, 1, 9), "x.yaml: line 2: a: 1.5 is not a whole number from 1 to 9");
  EXPECT_EQ(refusal("99999999999999999999", 1, 1, 9),
            "x.yaml: line 2: a: 99999999999999999999 is not a whole number from 1 to 9");
  EXPECT_EQ(refusal(".nan", 1.0, 0.0, 1.0), "x.yaml: line 2: a: .nan is not a number from 0 to 1");
  EXPECT_EQ(refusal("''", 1.0, 0.0, 1.0), "x.yaml: line 2: a:  is not a number from 0 to 1");
  EXPECT_EQ(refusal("maybe", true), "x.yaml: line 2: a: maybe is neither true nor false");
  EXPECT_EQ(refusal("[x]", std::string()), "x.yaml: line 2: a: expected one value");
  EXPECT_EQ(refusal("{b: 1}", std::vector<std::string>()), "x.yaml: line 2: a: expected a list");
  EXPECT_EQ(refusal("\n  - x\n  - [y]", std::vector<std::string>()),
            "x.yaml: line 4: a: expected a list of single values");
  EXPECT_EQ(
      refusal("\n  - 1\n  - 20", std::vector<std::int64_t>(), std::int64_t{0}, std::int64_t{9}),
      "x.yaml: line 4: a: 20 is not a whole number from 0 to 9");
  EXPECT_EQ(refusal("3", std::vector<double>(), 0.0, 1.0),
            "x.yaml: line 2: a: expected a list of numbers");
}

TEST(Section, AWordStandsForItsMeaning) {
  const auto length = [](const std::string& a) {
    const Value config = several_lines(a);
    Section section(config);
    int value = 0;
    section.read<int>("a", value, {{"short", 1}, {"long", 2}});
    return value;
  };
  EXPECT_EQ(length("long"), 2);
  EXPECT_EQ(error_of([&] { length("longer"); }),
            "x.yaml: line 2: a: longer is not one of short, long");
}

TEST(Section, AnAbsentKeyLeavesItsDefault) {
  const Value config = parse_yaml("b: 1\nn: null\n", "x.yaml");
  Section section(config);
  int number = 5;
  section.read("a", number, 1, 9);
  section.read("n", number, 1, 9);
  EXPECT_EQ(number, 5);
  EXPECT_FALSE(section.has("a"));
  EXPECT_TRUE(section.has("n"));
  EXPECT_TRUE(section.is_null("n"));
  EXPECT_FALSE(section.section("a"));
  EXPECT_FALSE(section.section("n"));
  EXPECT_NO_THROW(section.section_or_empty("n").require_no_others());
  EXPECT_EQ(error_of([&] { section.require("a"); }), "x.yaml: a: is missing");
  EXPECT_EQ(error_of([&] { section.required_section("a"); }), "x.yaml: a: is missing");
  EXPECT_EQ(error_of([&] { section.section("b"); }),
            "x.yaml: line 1: b: expected keys with values");
}

TEST(Section, NamesTheOverrideThatGaveAnotherKeyItsValue) {
  Value config = parse_yaml("{a: {c: 0}}", "x.yaml");
  config.entry("a").entry("c").origin = {"b.size=0"};
  const auto error = [&config] {
    return error_of([&config] {
      int number = 5;
      Section(config).required_section("a").read("c", number, 1, 9);
    });
  };
  EXPECT_EQ(error(), "b.size=0: 0 is not a whole number from 1 to 9 (used by a.c)");
  for (const std::string own : {"a.c=0", "+a.c=0", "c=0", "a={c: 0}", "a.c.d=0"}) {
    config.entry("a").entry("c").origin = {own};
    EXPECT_EQ(error(), own + ": a.c: 0 is not a whole number from 1 to 9");
  }
}

// As None is an argument of a Python function: Section::Null::none.
TEST(Section, NullMayBeAValue) {
  const Value config = parse_yaml("a: null\nb: null\nc: null\nd: null\n", "x.yaml");
  Section section(config, "", Section::Null::none);
  bool truth = true;
  section.read("a", truth);
  EXPECT_FALSE(truth);
  int number = 5;
  EXPECT_EQ(error_of([&] { section.read("b", number, 1, 9); }),
            "x.yaml: line 2: b: null is not a whole number from 1 to 9");
  EXPECT_EQ(error_of([&] {
              section.read<int>("c", number, {{"word", 1}});
            }),
            "x.yaml: line 3: c: null is not one of word");
  EXPECT_EQ(error_of([&] { section.section_or_empty("d"); }),
            "x.yaml: line 4: d: expected keys with values");
}

TEST(Section, SectionsWithinSectionsKnowTheirNames) {
  const Value config = parse_yaml("a:\n  b:\n    c: 0\n    e: 1\n", "x.yaml");
  Section a(config);
  Section b = a.required_section("a").required_section("b");
  int number = 5;
  EXPECT_EQ(error_of([&] { b.read("c", number, 1, 9); }),
            "x.yaml: line 3: a.b.c: 0 is not a whole number from 1 to 9");
  EXPECT_EQ(error_of([&] { b.require("d"); }), "x.yaml: line 2: a.b.d: is missing");
  EXPECT_EQ(error_of([&] { b.section_or_empty("d").fail("f", "is odd"); }),
            "x.yaml: line 2: a.b.d.f: is odd");
}

TEST(Section, AKeyWithoutReaderIsAnErrorThatSuggestsOne) {
  const Value config = parse_yaml("width: 1\nheigth: 2\nothers: 3\n", "x.yaml");
  Section section(config);
  int number = 0;
  section.read("width", number, 0, 9);
  section.read("height", number, 0, 9);
  EXPECT_EQ(error_of([&] { section.require_no_others(); }),
            "x.yaml: line 2: heigth: no such key; is height meant?");
  section.ignore("heigth");
  EXPECT_EQ(error_of([&] { section.require_no_others(); }),
            "x.yaml: line 3: others: no such key; there are width, height, heigth");
  EXPECT_EQ(section.value("others")->text, "3");
  EXPECT_NO_THROW(section.require_no_others());
}

TEST(Section, AnErrorAboutAKeyFindsItsPlace) {
  const Value config = parse_yaml("a:\n  b: 1\n", "x.yaml");
  const KeyError error("a.b", "1 is odd");
  EXPECT_STREQ(error.what(), "a.b: 1 is odd");
  EXPECT_EQ(config.origin_of(error.key()).text(), "x.yaml: line 2");
  EXPECT_EQ(config.origin_of("a.c.d").text(), "x.yaml: line 1");
  EXPECT_EQ(config.origin_of("q").text(), "x.yaml");
}

}  // namespace
}  // namespace lama::internal::config
