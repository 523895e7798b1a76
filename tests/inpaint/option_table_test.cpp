#include "inpaint/option_table.h"

#include <set>
#include <string>

#include "tests/testing.h"

namespace lama::internal {
namespace {

TEST(OptionTable, HasEveryNameOnceAndTheDefaultsFirst) {
  std::set<std::string> names;
  for (const Option& option : option_table()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_EQ(&option_named(option.name), &option);
    if (const auto* type = std::get_if<Enumeration>(&option.type)) {
      EXPECT_EQ(type->get(FillOptions()), 0) << option.name;
      FillOptions options;
      for (std::size_t i = 0; i < type->choices.size(); ++i) {
        set_option(options, option, type->choices[i].name);
        EXPECT_EQ(type->get(options), static_cast<int>(i)) << option.name;
      }
    }
  }
}

TEST(OptionTable, ChecksEveryRange) {
  const std::string name = "dilate";
  for (const char* text : {"0", "1000"}) {
    FillOptions options;
    set_option(options, option_named(name), text);
    EXPECT_EQ(std::to_string(*options.dilate), text);
    check_options(options, true, Door::library);
  }
  for (const char* text : {"-1", "1001", "1.5", "", "x", "99999999999999999999", "5 "}) {
    FillOptions options;
    EXPECT_THROW(set_option(options, option_named(name), text), BadOption) << text;
  }
  EXPECT_EQ(testing::error_of([] { check_options({.feather = -1}, true, Door::command_line); }),
            "--feather must be a whole number from 0 to 1000, not -1");
  EXPECT_EQ(testing::error_of([] { check_options({.mask_threshold = 0}, true, Door::library); }),
            "mask_threshold must be a number above 0 and at most 1, not 0");
  EXPECT_THROW(check_options({.strategy = static_cast<Strategy>(4)}, true, Door::library),
               BadOption);
}

TEST(FillOptions, FillInTheDefaultsOfTheProcedure) {
  const InpaintOptions usual = inpaint_options({});
  EXPECT_EQ(usual.dilate, 5);
  EXPECT_EQ(usual.feather, 3);
  for (const FillOptions& exact :
       {FillOptions{.published = true}, FillOptions{.fill_transparent = true}}) {
    EXPECT_EQ(inpaint_options(exact).dilate, 0);
    EXPECT_EQ(inpaint_options(exact).feather, 0);
    EXPECT_EQ(inpaint_options(exact).published, exact.published);
    EXPECT_EQ(inpaint_options(exact).opaque, exact.fill_transparent);
  }
  EXPECT_EQ(inpaint_options({.dilate = 7, .published = true}).dilate, 7);
}

}  // namespace
}  // namespace lama::internal
