#include "evaluation/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "evaluation/discriminative_scores.h"
#include "evaluation/frechet.h"
#include "evaluation/kernel_distance.h"

namespace lama::internal::evaluation {
namespace {

constexpr int kGroups = 10;

/// Of the existing values; NaN if there are none.
Statistic statistic(const std::vector<PairValues>& values, double PairValues::*member,
                    std::span<const std::size_t> items) {
  double sum = 0, squares = 0;
  std::size_t count = 0;
  for (const std::size_t i : items) {
    if (std::isnan(values[i].*member)) continue;
    sum += values[i].*member;
    ++count;
  }
  if (count == 0) return {};
  const double mean = sum / static_cast<double>(count);
  for (const std::size_t i : items) {
    if (std::isnan(values[i].*member)) continue;
    squares += (values[i].*member - mean) * (values[i].*member - mean);
  }
  return {mean, std::sqrt(squares / static_cast<double>(count))};
}

/// The harmonic mean of a score and 1 - FID / 100, as in the published
/// saicinpainting/evaluation/evaluator.py.
double fid100_f1(double score, double fid) {
  const double relative = std::max(0.0, 100 - fid) / 100;
  return 2 * score * relative / (score + relative + 1e-3);
}

/// The rows of the items, one after the other.
Features joined(const std::vector<CropFeatures>& crops, std::span<const std::size_t> items) {
  Features all{plugin::FillFeatures::kFeatures, {}};
  for (const std::size_t i : items) {
    all.values.insert(all.values.end(), crops[i].begin(), crops[i].end());
  }
  return all;
}

class Summarizer {
 public:
  Summarizer(const Evaluation& evaluation, std::size_t folder)
      : evaluation_(evaluation), values_(evaluation.values[folder]), folder_(folder) {}

  Group group(const std::string& name, std::span<const std::size_t> items) const {
    Group group{name, items.size(), {}};
    for (const Metric& metric : metrics()) {
      if (metric.value == nullptr) continue;
      const Statistic found = statistic(values_, metric.value, items);
      if (!std::isnan(found.mean)) group.metrics[std::string(metric.name)] = found;
    }
    if (has_features() && items.size() > 1) {
      group.metrics["fid"].mean = frechet_distance(select(evaluation_.results[folder_], items),
                                                   select(evaluation_.truth, items));
    }
    if (!evaluation_.truth_crops.empty()) {
      const Features truth = joined(evaluation_.truth_crops, items),
                     fills = joined(evaluation_.result_crops[folder_], items);
      if (truth.count() > 1) {
        group.metrics["features_frechet"].mean = frechet_distance(fills, truth);
        group.metrics["kid"].mean = kernel_distance(fills, truth);
      }
    }
    return group;
  }

  Group total(std::span<const std::size_t> items) const {
    Group total = group("total", items);
    const auto fid = total.metrics.find("fid");
    if (fid == total.metrics.end()) return total;
    const double distance = fid->second.mean;
    const auto scores = discriminative_scores(evaluation_.results[folder_], evaluation_.truth);
    total.metrics["p_ids"].mean = scores.paired;
    total.metrics["u_ids"].mean = scores.unpaired;
    total.metrics["ssim_fid100_f1"].mean = fid100_f1(total.metrics["ssim"].mean, distance);
    if (const auto lpips = total.metrics.find("lpips"); lpips != total.metrics.end()) {
      total.metrics["lpips_fid100_f1"].mean = fid100_f1(1 - lpips->second.mean, distance);
    }
    return total;
  }

 private:
  bool has_features() const { return evaluation_.truth.count() > 0; }

  const Evaluation& evaluation_;
  const std::vector<PairValues>& values_;
  std::size_t folder_;
};

}  // namespace

double badness(const Metric& metric, double value) {
  switch (metric.better) {
    case Better::higher:
      return -value;
    case Better::lower:
      return value;
    case Better::nearer_zero:
      return std::abs(value);
    case Better::nearer_one:
      break;
  }
  return std::abs(value - 1);
}

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> kMetrics = {
      {"features", "Features",
       "Distance of EfficientNet-Lite1's features in the hole, the mean of six stages.",
       Better::lower, &PairValues::features},
      {"features_1", "Features 1", "The same of the first stage: edges.", Better::lower,
       &PairValues::features_1},
      {"features_2", "Features 2", "Of the second stage.", Better::lower, &PairValues::features_2},
      {"features_3", "Features 3", "Of the third stage.", Better::lower, &PairValues::features_3},
      {"features_4", "Features 4", "Of the fourth stage.", Better::lower, &PairValues::features_4},
      {"features_5", "Features 5", "Of the fifth stage.", Better::lower, &PairValues::features_5},
      {"features_6", "Features 6", "Of the sixth stage: objects.", Better::lower,
       &PairValues::features_6},
      {"features_frechet", "Fréchet distance",
       "Fréchet distance between features of crops around holes.", Better::lower, nullptr},
      {"fid", "FID", "Fréchet distance between Inception features of results and true pictures.",
       Better::lower, nullptr},
      {"hole_l1", "Hole L1", "Mean absolute difference in the hole (values 0 to 1).", Better::lower,
       &PairValues::hole_l1},
      {"hole_psnr", "Hole PSNR", "Peak signal-to-noise ratio in the hole, in dB.", Better::higher,
       &PairValues::hole_psnr},
      {"hole_ssim", "Hole SSIM", "Structural similarity in the hole.", Better::higher,
       &PairValues::hole_ssim},
      {"kid", "KID", "Kernel distance between features of crops around holes.", Better::lower,
       nullptr},
      {"l1", "L1", "Mean absolute difference of whole pictures (values 0 to 1).", Better::lower,
       &PairValues::l1},
      {"lightness_bias", "Lightness bias",
       "Mean L* of the hole, result minus truth: negative is too dark.", Better::nearer_zero,
       &PairValues::lightness_bias},
      {"lpips", "LPIPS", "Distance of whole pictures in a deep network's features.", Better::lower,
       &PairValues::lpips},
      {"lpips_fid100_f1", "LPIPS-FID F1", "Harmonic mean of 1 - LPIPS and 1 - FID / 100.",
       Better::higher, nullptr},
      {"p_ids", "P-IDS",
       "Share of results that a linear classifier finds more real than their truth.",
       Better::higher, nullptr},
      {"psnr", "PSNR", "Peak signal-to-noise ratio of whole pictures, in dB.", Better::higher,
       &PairValues::psnr},
      {"ring_delta_e", "Ring ΔE", "Colour error along the hole's edge (CIE 1976): shows seams.",
       Better::lower, &PairValues::ring_delta_e},
      {"sharpness", "Sharpness", "Sharpness of the hole, as a share of the truth's.",
       Better::nearer_one, &PairValues::sharpness},
      {"spectrum", "Spectrum", "Difference to the truth's spectrum in the hole, in dB.",
       Better::lower, &PairValues::spectrum},
      {"ssim", "SSIM", "Structural similarity of whole pictures.", Better::higher,
       &PairValues::ssim},
      {"ssim_fid100_f1", "SSIM-FID F1", "Harmonic mean of SSIM and 1 - FID / 100.", Better::higher,
       nullptr},
      {"u_ids", "U-IDS",
       "Share of pictures that a linear classifier assigns to the wrong kind; 0.5 at best.",
       Better::higher, nullptr}};
  return kMetrics;
}

int area_group(double area) {
  // In float32 and against edges i * 0.1 in double precision, as in the published code: 0.3 is in
  // 30-40%, 0.7 in 60-70%.
  const double share = static_cast<float>(area);
  int group = 0;
  while (group + 1 < kGroups && share >= (group + 1) * 0.1) ++group;
  return group;
}

std::vector<Summary> summarize(const Evaluation& evaluation) {
  std::array<std::vector<std::size_t>, kGroups> members;
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < evaluation.items.size(); ++i) {
    members[static_cast<std::size_t>(area_group(evaluation.areas[i]))].push_back(i);
    all.push_back(i);
  }
  std::vector<Summary> summaries;
  for (std::size_t folder = 0; folder < evaluation.names.size(); ++folder) {
    const Summarizer summarizer(evaluation, folder);
    Summary& summary = summaries.emplace_back(Summary{evaluation.names[folder], {}});
    for (std::size_t g = 0; g < kGroups; ++g) {
      if (members[g].empty()) continue;
      summary.groups.push_back(
          summarizer.group(fmt::format("{}-{}%", 10 * g, 10 * (g + 1)), members[g]));
    }
    summary.groups.push_back(summarizer.total(all));
  }
  return summaries;
}

}  // namespace lama::internal::evaluation
