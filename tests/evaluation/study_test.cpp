#include "evaluation/study.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/cli/files.h"

namespace lama::internal::evaluation {
namespace {

using nlohmann::json;
using testing::TemporaryFolder;

class StudyAnswers : public ::testing::Test {
 protected:
  /// `first` answers for "a", `second` for "b", `none` undecided.
  std::filesystem::path save(const std::string& name, int first, int second, int none) const {
    json answers = {{"format", "lama study answers 1"}, {"names", {"a", "b"}}};
    answers["answers"] = json::array();
    const auto add = [&](int count, const json& chosen) {
      for (int i = 0; i < count; ++i) answers["answers"].push_back({{"chosen", chosen}});
    };
    add(first, "a");
    add(second, "b");
    add(none, nullptr);
    testing::put(folder_ / name, testing::bytes_of(answers.dump()));
    return folder_ / name;
  }
  TemporaryFolder folder_;
};

TEST_F(StudyAnswers, AreCountedOverFilesWithWilsonsInterval) {
  const auto found = count_answers({save("1", 50, 10, 4), save("2", 31, 9, 0)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].chosen, (std::array<std::size_t, 2>{81, 19}));
  EXPECT_EQ(found[0].undecided, 4U);
  EXPECT_EQ(found[0].answers, 2U);
  EXPECT_NEAR(found[0].share(), 0.81, 1e-12);
  // R: prop.test(81, 100, correct = FALSE)$conf.int
  EXPECT_NEAR(found[0].interval()[0], 0.7222, 1e-4);
  EXPECT_NEAR(found[0].interval()[1], 0.8749, 1e-4);
}

TEST_F(StudyAnswers, WithoutADecisionHaveNoShare) {
  const auto found = count_answers({save("1", 0, 0, 3)});
  EXPECT_EQ(found[0].decided(), 0U);
  EXPECT_TRUE(std::isnan(found[0].share()));
  EXPECT_TRUE(std::isnan(found[0].interval()[0]));
}

TEST_F(StudyAnswers, OfTheSameBytesCountOnce) {
  const auto file = save("1", 1, 0, 0);
  const auto found =
      count_answers({file, folder_.path() / "." / "1", save("copy", 1, 0, 0), save("2", 0, 1, 0)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].chosen, (std::array<std::size_t, 2>{1, 1}));
  EXPECT_EQ(found[0].answers, 2U);
}

TEST_F(StudyAnswers, OfHugeFilesAreRefusedBeforeTheyAreParsed) {
  testing::put(folder_ / "bad.json", testing::bytes_of(std::string(2'000'000, '[')));
  const std::string error = testing::error_of([&] { count_answers({folder_ / "bad.json"}); });
  EXPECT_NE(error.find("bad.json: 2000000 bytes is more than"), std::string::npos) << error;
}

TEST_F(StudyAnswers, OfOtherFilesAreRefusedByName) {
  for (const std::string text :
       {"", "[]", "{\"format\": \"other\"}",
        "{\"format\": \"lama study answers 1\", \"names\": [\"a\", \"a\"], "
        "\"answers\": [{\"chosen\": \"a\"}]}",
        "{\"format\": \"lama study answers 1\", \"names\": [\"a\", \"b\"], "
        "\"answers\": [{\"chosen\": \"c\"}]}"}) {
    testing::put(folder_ / "bad.json", testing::bytes_of(text));
    const std::string error = testing::error_of([&] { count_answers({folder_ / "bad.json"}); });
    EXPECT_NE(error.find("bad.json: not a file of answers"), std::string::npos) << text;
  }
}

// People would choose by the size.
TEST(StudyPage, RefusesAResultOfAnotherSize) {
  const TemporaryFolder folder;
  testing::put_noise(folder / "a.png", 40, 30);
  testing::put_noise(folder / "small.png", 20, 15);
  testing::put_mask(folder / "a_mask000.png", 40, 30, 10, 8, 25, 20);
  Dataset dataset{.folder = folder.path(), .predictions = {folder / "p", folder / "q"}};
  dataset.items.push_back({.name = "a",
                           .picture = folder / "a.png",
                           .mask = folder / "a_mask000.png",
                           .results = {folder / "a.png", folder / "a.png"}});
  EXPECT_NE(study_page(dataset, 1).find("data:image/jpeg"), std::string::npos);
  dataset.items[0].results[1] = folder / "small.png";
  const std::string error = testing::error_of([&] { (void)study_page(dataset, 1); });
  EXPECT_NE(error.find("small.png: the result is 20 x 15 pixels and the picture 40 x 30"),
            std::string::npos)
      << error;
}

}  // namespace
}  // namespace lama::internal::evaluation
