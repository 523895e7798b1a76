#include "masks/folder_masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "codecs/pairs.h"
#include "codecs/picture.h"

namespace lama::internal::masks {
namespace {

/// The start of `size` pixels along a side of `room` pixels: inside, or, if they do not fit,
/// outside at both ends.
int draw_place(int size, int room, NumpyRandom& draw) {
  return static_cast<int>(size <= room ? draw.randint(0, room - size + 1)
                                       : draw.randint(room - size, 1));
}

}  // namespace

FolderMasks::FolderMasks(const FolderOptions& options) : options_(options) {
  for (codecs::Pair& pair : codecs::pair_with(options.indir, {}, {}).pairs) {
    files_.push_back(std::move(pair.picture));
  }
  if (files_.empty())
    throw Error(fmt::format("{}: it contains no pictures", options.indir.string()));
}

Mask FolderMasks::make(const MaskRequest& request, Random& random) const {
  Mask mask = known_everywhere(request);
  NumpyRandom& draw = random.numpy;
  const auto& file =
      files_[static_cast<std::size_t>(draw.randint(static_cast<std::int64_t>(files_.size())))];
  Mask drawn = mask_from(codecs::read_picture(file, "mask").image);
  const cv::Mat whole(drawn.height, drawn.width, CV_8U, drawn.missing.data());
  const cv::Rect box = cv::boundingRect(whole);
  if (box.empty()) throw Error(fmt::format("{}: this mask has no hole", file.string()));

  const double scale = draw.uniform(options_.min_scale, options_.max_scale) *
                       std::min(mask.width, mask.height) / std::min(drawn.width, drawn.height);
  const auto scaled = [scale](int side) {
    return std::max(1, static_cast<int>(std::lround(side * scale)));
  };
  cv::Mat hole;
  cv::resize(whole(box), hole, {scaled(box.width), scaled(box.height)}, 0, 0, cv::INTER_NEAREST);
  if (options_.horizontal_flip && draw.randint(2) == 1) cv::flip(hole, hole, 1);
  if (options_.vertical_flip && draw.randint(2) == 1) cv::flip(hole, hole, 0);
  const int x = draw_place(hole.cols, mask.width, draw);
  const int y = draw_place(hole.rows, mask.height, draw);

  const cv::Mat canvas(mask.height, mask.width, CV_8U, mask.missing.data());
  const cv::Rect shown = cv::Rect(x, y, hole.cols, hole.rows) & cv::Rect({0, 0}, canvas.size());
  hole(shown - cv::Point(x, y)).copyTo(canvas(shown));
  return mask;
}

}  // namespace lama::internal::masks
