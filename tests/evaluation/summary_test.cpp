#include "evaluation/summary.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluation/tables.h"
#include "tests/testing.h"

namespace lama::internal::evaluation {
namespace {

TEST(AreaGroup, IsThePublishedOneAtTheEdgesToo) {
  // numpy.searchsorted(numpy.linspace(0, 1, 11), numpy.float32(area), side="right") - 1
  EXPECT_EQ(area_group(0), 0);
  EXPECT_EQ(area_group(0.0999), 0);
  EXPECT_EQ(area_group(0.1), 1);
  EXPECT_EQ(area_group(0.2), 2);
  EXPECT_EQ(area_group(0.3), 3);
  EXPECT_EQ(area_group(0.4), 4);
  EXPECT_EQ(area_group(0.5), 5);
  EXPECT_EQ(area_group(0.6), 6);
  EXPECT_EQ(area_group(0.7), 6) << "float32 0.7 is less than 7 * 0.1";
  EXPECT_EQ(area_group(0.8), 8);
  EXPECT_EQ(area_group(0.9), 8) << "float32 0.9 is less than 9 * 0.1";
  EXPECT_EQ(area_group(1), 9);
}

/// Four items in two groups; features of known Fréchet distance.
Evaluation example() {
  Evaluation evaluation;
  evaluation.names = {"a"};
  evaluation.areas = {0.15, 0.05, 0.15, 0.15};
  evaluation.items.resize(4);
  std::vector<PairValues> values(4);
  const double ssim[] = {0.9, 0.8, 0.7, 0.5};
  for (std::size_t i = 0; i < 4; ++i) {
    values[i].ssim = ssim[i];
    values[i].lpips = 0.1;
    values[i].hole_l1 = i == 0 ? std::nan("") : 0.25;
  }
  evaluation.values = {values};
  evaluation.truth = {1, {0, 1, 2, 4}};
  evaluation.results = {{1, {3, 1, 5, 7}}};
  return evaluation;
}

TEST(Summary, HasMeansAndPopulationDeviationsOfEachGroup) {
  const auto summaries = summarize(example());
  ASSERT_EQ(summaries.size(), 1U);
  const auto& groups = summaries[0].groups;
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].name, "0-10%");
  EXPECT_EQ(groups[0].items, 1U);
  EXPECT_EQ(groups[1].name, "10-20%");
  EXPECT_EQ(groups[1].items, 3U);
  EXPECT_NEAR(groups[1].metrics.at("ssim").mean, 0.7, 1e-12);
  EXPECT_NEAR(groups[1].metrics.at("ssim").deviation, std::sqrt(0.08 / 3), 1e-12);
  EXPECT_NEAR(groups[1].metrics.at("hole_l1").mean, 0.25, 1e-12)
      << "what is not defined counts not";
  EXPECT_FALSE(groups[0].metrics.contains("fid")) << "one picture has no FID";
  EXPECT_NEAR(groups[1].metrics.at("fid").mean, 9, 1e-9) << "moved by 3, as wide as before";
  EXPECT_EQ(groups[2].name, "total");
  EXPECT_NEAR(groups[2].metrics.at("ssim").mean, 0.725, 1e-12);
}

TEST(Summary, HasThePublishedIntegralScoresOfTheTotal) {
  const auto summaries = summarize(example());
  const auto& total = summaries[0].total().metrics;
  const double relative = (100 - total.at("fid").mean) / 100;
  EXPECT_NEAR(total.at("ssim_fid100_f1").mean, 2 * 0.725 * relative / (0.725 + relative + 1e-3),
              1e-12);
  EXPECT_NEAR(total.at("lpips_fid100_f1").mean, 2 * 0.9 * relative / (0.9 + relative + 1e-3),
              1e-12);
  EXPECT_FALSE(summaries[0].groups[1].metrics.contains("ssim_fid100_f1"));
}

TEST(Tables, HaveThePublishedLayout) {
  // pandas's output for the published evaluator's results with these values.
  std::vector<Summary> summaries = {{"a", {{"0-10%", 1, {}}, {"10-20%", 2, {}}, {"total", 3, {}}}}};
  auto& groups = summaries[0].groups;
  groups[0].metrics = {{"lpips", {0.1, 0}}, {"ssim", {0.95, 0}}};
  groups[1].metrics = {{"fid", {12.34567}}, {"lpips", {0.2, 0.05}}, {"ssim", {0.9, 0.01}}};
  groups[2].metrics = {{"fid", {10.5}},
                       {"lpips", {0.15, 0.07}},
                       {"lpips_fid100_f1", {0.88}},
                       {"ssim", {0.925, 0.02}}};
  EXPECT_EQ(summary_table(summaries, '\t'),
            "\tfid\tlpips\tlpips\tlpips_fid100_f1\tssim\tssim\n"
            "\tmean\tmean\tstd\tmean\tmean\tstd\n"
            "0-10%\t\t0.1000\t0.0000\t\t0.9500\t0.0000\n"
            "10-20%\t12.3457\t0.2000\t0.0500\t\t0.9000\t0.0100\n"
            "total\t10.5000\t0.1500\t0.0700\t0.8800\t0.9250\t0.0200\n");
}

TEST(Tables, OfSeveralFoldersNameThemInTheFirstColumn) {
  const Statistic value{0.5, 0.25};
  const std::vector<Summary> summaries = {{"a,b", {{"total", 1, {{"ssim", value}}}}},
                                          {"c", {{"total", 1, {{"l1", value}}}}}};
  EXPECT_EQ(summary_table(summaries, ','),
            ",,l1,l1,ssim,ssim\n"
            ",,mean,std,mean,std\n"
            "\"a,b\",total,,,0.5000,0.2500\n"
            "c,total,0.5000,0.2500,,\n");
}

TEST(Tables, OfItemsHaveARowForEachResult) {
  Evaluation evaluation = example();
  evaluation.items[0].name = "x_mask000";
  const std::string text = item_table(evaluation, '\t');
  EXPECT_EQ(
      text.substr(0, text.find('\n')),
      "predictions\titem\tarea\thole_l1\thole_psnr\thole_ssim\tl1\tlightness_bias\tlpips\tpsnr"
      "\tring_delta_e\tsharpness\tspectrum\tssim");
  EXPECT_NE(text.find("\na\tx_mask000\t0.1500\t\t0.0000"), std::string::npos) << text;
}

TEST(Tables, AsJsonLeaveOutMissingValues) {
  const auto json = to_json(summarize(example()));
  EXPECT_EQ(json[0]["groups"]["10-20%"]["items"], 3);
  EXPECT_TRUE(json[0]["groups"]["10-20%"]["ssim"].contains("std"));
  EXPECT_FALSE(json[0]["groups"]["total"]["fid"].contains("std"));
}

}  // namespace
}  // namespace lama::internal::evaluation
