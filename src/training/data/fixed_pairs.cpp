#include "training/data/fixed_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "base/error.h"
#include "codecs/eight_bit_rgb.h"
#include "codecs/picture.h"
#include "codecs/picture_files.h"
#include "image/mask.h"
#include "image/mirrored.h"
#include "training/data/mat.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "_mask";

/// How far up the next multiple of `modulo` is.
int padding(int side, int modulo) { return modulo > 1 ? (modulo - side % modulo) % modulo : 0; }

/// The pixels of a side of `from` pixels that those of a padded one, `to`, copy.
std::vector<int> sources(int from, int to) {
  std::vector<int> list;
  list.reserve(to);
  for (int i = 0; i < to; ++i) list.push_back(static_cast<int>(mirrored_index(i, from)));
  return list;
}

/// 0..1, at another size.
cv::Mat as_floats(const Image& photo, cv::Size size) {
  cv::Mat picture;
  mat_of(photo).convertTo(picture, CV_32F);
  // A division, as the published code: the nearest float of the quotient.
  for (float* value = picture.ptr<float>(); value != picture.ptr<float>() + 3 * photo.pixels();
       ++value) {
    *value /= 255;
  }
  if (size == picture.size()) return picture;
  cv::Mat resized;
  cv::resize(picture, resized, size, 0, 0, cv::INTER_AREA);
  return resized;
}

/// By the nearest pixel, as OpenCV understands it.
Mask scaled_mask(const Mask& mask, cv::Size size) {
  if (size == cv::Size(mask.width, mask.height)) return mask;
  Mask scaled{size.width, size.height, std::vector<std::uint8_t>(size.area())};
  const cv::Mat in(mask.height, mask.width, CV_8U, const_cast<std::uint8_t*>(mask.missing.data()));
  cv::Mat out(size, CV_8U, scaled.missing.data());
  cv::resize(in, out, size, 0, 0, cv::INTER_NEAREST);
  return scaled;
}

/// Appends a pair of the same size, mirrored up to that of the batch.
void append(Batch& batch, const cv::Mat& picture, const Mask& mask) {
  ++batch.count;
  const std::vector<int> columns = sources(mask.width, batch.width),
                         rows = sources(mask.height, batch.height);
  const std::size_t pixels = columns.size() * rows.size();
  const auto more = [](std::vector<float>& values, std::size_t count) {
    values.resize(values.size() + count);
    return values.data() + values.size() - count;
  };
  float* out = more(batch.pictures, 3 * pixels);
  for (int c = 0; c < 3; ++c) {
    for (const int y : rows) {
      const auto* row = picture.ptr<cv::Vec3f>(y);
      for (const int x : columns) *out++ = row[x][c];
    }
  }
  out = more(batch.masks, pixels);
  for (const int y : rows) {
    const std::uint8_t* row = mask.missing.data() + std::ptrdiff_t{y} * mask.width;
    for (const int x : columns) *out++ = row[x];
  }
}

}  // namespace

void FixedPairs::require_folders(const FixedDataConfig& config) {
  for (const std::string& folder : config.indir) {
    if (fs::is_directory(folder)) continue;
    throw Error(fmt::format(
        "{}: no such folder of pictures with masks: `lama masks make` makes one, data.val=null "
        "trains without",
        folder));
  }
}

FixedPairs::FixedPairs(const FixedDataConfig& config) : config_(config) {
  require_folders(config);
  for (const std::string& folder : config.indir) add_folder(folder);
}

void FixedPairs::add_folder(const fs::path& folder) {
  const bool apart = config_.kind == FixedDataConfig::Kind::our_eval;
  const std::string suffix = apart ? ".png" : config_.img_suffix;
  const fs::path masks_folder = apart ? folder / "mask" : folder,
                 pictures_folder = apart ? folder / "img" : folder;
  const std::vector<fs::path> masks = codecs::list_pictures(masks_folder).pictures;
  const codecs::PictureNames pictures(apart ? codecs::list_pictures(pictures_folder).pictures
                                            : masks);
  const std::size_t before = pairs_.size();
  for (const fs::path& mask : masks) {
    const std::string stem = mask.stem().string();
    const std::size_t mark = stem.rfind(kMark);
    if (mark == std::string::npos) continue;
    const fs::path wanted =
        (apart ? fs::path() : mask.parent_path()) / (stem.substr(0, mark) + suffix);
    const fs::path* picture =
        pictures.find(fs::path(wanted).replace_extension(), wanted.extension().native());
    if (picture == nullptr) {
      throw Error(fmt::format("{}: this mask has no picture {}", (masks_folder / mask).string(),
                              (pictures_folder / wanted).string()));
    }
    const fs::path name = (apart ? fs::path("mask") : fs::path()) / mask.parent_path() / stem;
    pairs_.push_back({name.string(), pictures_folder / *picture, masks_folder / mask});
  }
  if (pairs_.size() == before) {
    throw Error(
        fmt::format("{}: no pictures with masks {}: NAME{} and NAME{}*.png", folder.string(),
                    apart ? "in img and mask" : "in it or in folders below it", suffix, kMark));
  }
}

FixedPairs::Padded FixedPairs::read(std::size_t first, int most) const {
  Padded padded;
  Batch& batch = padded.batch;
  // As cv::resize computes sizes of factors.
  const auto scaled = [this](int side) {
    return std::max(1, cvRound(side * config_.scale_factor));
  };
  for (std::size_t i = first; i < pairs_.size() && batch.count < most; ++i) {
    const Pair& pair = pairs_[i];
    std::vector<std::uint8_t> file = codecs::read_picture_file(pair.picture, "photo");
    const codecs::PictureSize stated = codecs::read_size(file, pair.picture.string(), "photo");
    const cv::Size size(scaled(stated.width), scaled(stated.height));
    if (batch.count == 0) {
      padded.width = size.width;
      padded.height = size.height;
      batch.width = size.width + padding(size.width, config_.pad_out_to_modulo);
      batch.height = size.height + padding(size.height, config_.pad_out_to_modulo);
    } else if (size != cv::Size(padded.width, padded.height)) {
      break;  // before this picture is decoded: the next batch begins with it
    }
    const Mask hole = mask_from(codecs::read_mask(codecs::read_picture_file(pair.mask, "mask"),
                                                  {stated.width, stated.height},
                                                  {pair.picture.string(), pair.mask.string()}));
    const Image photo = codecs::eight_bit_rgb(
        codecs::read_picture(std::move(file), pair.picture.string(), "photo"));
    append(batch, as_floats(photo, size), scaled_mask(hole, size));
    batch.names.push_back(pair.name);
  }
  return padded;
}

}  // namespace lama::internal::training
