#include "evaluation/report.h"

#include "tests/cli/files.h"

namespace lama::internal::evaluation {
namespace {

using testing::TemporaryFolder;

/// Items "a" and "b" of one folder of predictions; the first one's hole is empty.
Evaluation measured(const TemporaryFolder& folder) {
  testing::put_noise(folder / "photo.png", 12, 10);
  testing::put_mask(folder / "mask.png", 12, 10, 1, 2, 5, 4);
  Evaluation evaluation;
  evaluation.names = {"fills"};
  for (const char* name : {"a", "b"}) {
    evaluation.items.push_back(
        {name, folder / "photo.png", folder / "mask.png", {folder / "photo.png"}});
  }
  evaluation.areas = {0, 0.1};
  evaluation.values.assign(1, std::vector<PairValues>(2));
  evaluation.values[0][0].lpips = 0.2;
  evaluation.values[0][1].lpips = 0.1;
  evaluation.values[0][1].features = 0.5;
  evaluation.results.resize(1);
  return evaluation;
}

TEST(Report, ShowsExamplesByFeaturesAlsoIfTheFirstHoleIsEmpty) {
  const TemporaryFolder folder;
  const Evaluation evaluation = measured(folder);
  const std::string page = html_report({.folder = "set", .items = evaluation.items}, evaluation,
                                       summarize(evaluation), {}, {});
  EXPECT_NE(page.find("fills: best by Features<"), std::string::npos);
  EXPECT_EQ(page.find("best by LPIPS"), std::string::npos);
}

}  // namespace
}  // namespace lama::internal::evaluation
