#include "training/samples.h"

#include <algorithm>
#include <vector>

namespace lama::internal::training {
namespace {

/// 3, H, W in [0, 1]; nothing if there is none.
torch::Tensor picture_of(const TrainingStep::Result& result, const std::string& key,
                         std::int64_t item, bool rescale) {
  const Inpainting& inpainting = result.inpainting;
  const auto enlarged = [&](const torch::Tensor& logits) {
    return logits.defined() ? torch::upsample_nearest2d(
                                  logits, {inpainting.image.size(2), inpainting.image.size(3)})
                            : logits;
  };
  torch::Tensor batch;
  if (key == "image") batch = inpainting.image;
  if (key == "mask") batch = inpainting.mask;
  if (key == "predicted_image") batch = inpainting.predicted;
  if (key == "inpainted") batch = inpainting.inpainted;
  if (key == "discr_output_real") batch = enlarged(result.real_logits);
  if (key == "discr_output_fake") batch = enlarged(result.fake_logits);
  if (key == "discr_output_diff" && result.real_logits.defined()) {
    batch = enlarged(result.real_logits - result.fake_logits);
  }
  if (!batch.defined()) return {};
  torch::Tensor picture = batch[item].detach().to(torch::kCPU, torch::kFloat);
  if (rescale) {
    picture = picture - picture.min();
    picture = picture / (picture.max() + 1e-5);
  }
  return picture.expand({3, picture.size(1), picture.size(2)});
}

torch::Tensor grown(const torch::Tensor& mask, std::int64_t reach_x, std::int64_t reach_y) {
  return torch::max_pool2d(mask, {2 * reach_y + 1, 2 * reach_x + 1}, {1, 1}, {reach_y, reach_x});
}

/// `picture` with a red line in a white one along the hole's border, as scikit-image's
/// mark_boundaries(mode="thick") draws it.
torch::Tensor outlined(const torch::Tensor& picture, const torch::Tensor& mask) {
  const torch::Tensor missing = (mask > 0.5).to(torch::kFloat).unsqueeze(0);
  const auto with_neighbours = [](const torch::Tensor& x) {
    return torch::max(grown(x, 1, 0), grown(x, 0, 1));
  };
  // Where not all of a pixel and its four neighbours are the same.
  const torch::Tensor border = with_neighbours(missing) * with_neighbours(1 - missing);
  const torch::Tensor red = torch::tensor({1.F, 0.F, 0.F}).view({3, 1, 1});
  const torch::Tensor line = border.squeeze(0), around = grown(border, 1, 1).squeeze(0);
  return torch::where(line > 0, red, torch::where(around > 0, torch::ones({}), picture));
}

Image image_of(const torch::Tensor& picture) {
  const torch::Tensor bytes =
      (picture * 255).clamp(0, 255).to(torch::kUInt8).permute({1, 2, 0}).contiguous();
  Image image(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), 3, Depth::u8);
  std::copy_n(bytes.data_ptr<std::uint8_t>(), bytes.numel(), image.bytes().data());
  return image;
}

}  // namespace

std::optional<Image> sample_strip(const TrainingStep::Result& result,
                                  const VisualizerConfig& config) {
  const torch::NoGradGuard no_gradients;
  const std::int64_t count =
      std::min<std::int64_t>(result.inpainting.image.size(0), config.max_items_in_batch);
  std::vector<torch::Tensor> rows;
  for (std::int64_t item = 0; item < count; ++item) {
    const torch::Tensor mask = result.inpainting.mask[item].to(torch::kCPU);
    std::vector<torch::Tensor> pictures;
    for (const std::string& key : config.key_order) {
      const bool rescale = std::count(config.rescale_keys.begin(), config.rescale_keys.end(), key);
      const torch::Tensor picture = picture_of(result, key, item, rescale);
      if (!picture.defined()) continue;
      const bool plain = config.last_without_mask && &key == &config.key_order.back();
      pictures.push_back(plain ? picture : outlined(picture, mask));
    }
    if (pictures.empty()) return std::nullopt;
    rows.push_back(torch::cat(pictures, 2));
  }
  return image_of(torch::cat(rows, 1));
}

}  // namespace lama::internal::training
