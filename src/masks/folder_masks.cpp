#include "masks/folder_masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "codecs/picture.h"
#include "codecs/picture_files.h"

namespace lama::internal::masks {
namespace {

/// The start of `size` pixels along a side of `room` pixels: inside, or, if they do not fit,
/// outside at both ends.
std::int64_t draw_place(std::int64_t size, std::int64_t room, NumpyRandom& draw) {
  return size <= room ? draw.randint(0, room - size + 1) : draw.randint(room - size, 1);
}

/// A side of a hole in its own picture, and where the mask shows it.
struct Side {
  int begin, length;         ///< in its own picture
  std::int64_t size, place;  ///< in the mask; it may reach far beyond
  bool mirrored;

  int first() const { return static_cast<int>(std::max<std::int64_t>(0, place)); }
  int end(int room) const { return static_cast<int>(std::min<std::int64_t>(room, place + size)); }
  /// The pixel that the mask shows at `at`: the nearest, as OpenCV understands it.
  int source(int at) const {
    const std::int64_t i = mirrored ? place + size - 1 - at : at - place;
    const double step = 1 / (static_cast<double>(size) / length);
    const int nearest = static_cast<int>(std::floor(static_cast<double>(i) * step));
    return begin + std::min(nearest, length - 1);
  }
};

}  // namespace

FolderMasks::FolderMasks(const FolderOptions& options) : options_(options) {
  for (const auto& file : codecs::list_pictures(options.indir).pictures) {
    files_.push_back(options.indir / file);
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
    constexpr std::int64_t kMost = std::int64_t{1} << 31;  // draw_place() can place it
    return std::clamp<std::int64_t>(std::llround(side * scale), 1, kMost);
  };
  Side across{box.x, box.width, scaled(box.width), 0, false};
  Side down{box.y, box.height, scaled(box.height), 0, false};
  across.mirrored = options_.horizontal_flip && draw.randint(2) == 1;
  down.mirrored = options_.vertical_flip && draw.randint(2) == 1;
  across.place = draw_place(across.size, mask.width, draw);
  down.place = draw_place(down.size, mask.height, draw);

  // Only the shown part: a thin mask at a large scale has more pixels than any memory.
  for (int y = down.first(); y < down.end(mask.height); ++y) {
    const std::uint8_t* from = whole.ptr(down.source(y));
    std::uint8_t* to = mask.missing.data() + std::ptrdiff_t{y} * mask.width;
    for (int x = across.first(); x < across.end(mask.width); ++x) to[x] = from[across.source(x)];
  }
  return mask;
}

}  // namespace lama::internal::masks
