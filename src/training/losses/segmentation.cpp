#include "training/losses/segmentation.h"

#include <algorithm>
#include <array>
#include <vector>

namespace lama::internal::training {
namespace {

/// How often ADE20K's classes are, in ten thousandths of all pixels (object150_info.csv, published
/// with the dataset). A class's weight is the inverse of its share.
constexpr std::array<int, 150> kAde20kShares = {
    1576, 1072, 878, 621, 480, 450, 398, 231, 198, 183, 181, 166, 160, 151, 118, 110, 109, 104, 104,
    103,  98,   74,  67,  65,  61,  60,  53,  52,  46,  44,  44,  44,  33,  31,  30,  27,  26,  24,
    24,   23,   23,  22,  22,  20,  19,  19,  18,  18,  18,  18,  18,  18,  18,  17,  17,  17,  17,
    17,   15,   15,  15,  15,  14,  14,  14,  14,  14,  13,  13,  13,  12,  12,  12,  12,  11,  10,
    9,    9,    9,   9,   9,   8,   8,   8,   8,   8,   7,   7,   7,   7,   7,   7,   7,   6,   6,
    6,    6,    6,   6,   6,   6,   6,   6,   6,   5,   5,   5,   5,   5,   5,   5,   5,   5,   5,
    5,    5,    5,   5,   5,   5,   5,   4,   4,   4,   4,   4,   4,   4,   4,   4,   4,   4,   4,
    4,    3,    3,   3,   3,   3,   3,   3,   3,   3,   3,   3,   3,   3,   2,   2,   2};

}  // namespace

torch::Tensor segmentation_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                         const SegmentationConfig& config) {
  torch::Tensor weights;
  if (config.ade20k_weights) {
    std::vector<double> inverse(kAde20kShares.size());
    std::transform(kAde20kShares.begin(), kAde20kShares.end(), inverse.begin(),
                   [](int share) { return 1e4 / share; });
    weights = torch::tensor(inverse, logits.options());
  }
  torch::Tensor classes = labels.squeeze(1).to(torch::kLong);
  classes = classes.masked_fill(classes < 0, config.ignore_label);
  return torch::cross_entropy_loss(logits, classes, weights, at::Reduction::Mean,
                                   config.ignore_label);
}

}  // namespace lama::internal::training
