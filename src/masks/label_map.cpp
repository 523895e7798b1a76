#include "masks/label_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "base/error.h"
#include "codecs/picture.h"
#include "image/mask.h"
#include "image/nearest.h"

namespace lama::internal::masks {
namespace {

namespace fs = std::filesystem;

LabelMap from_picture(const fs::path& file) {
  const Image image = codecs::read_picture(file, "label map").image;
  if (image.depth() == Depth::f32 || image.colour_model() == ColourModel::cmyk ||
      (image.colour_channels() == 3 && image.depth() != Depth::u8)) {
    throw Error(
        fmt::format("{}: labels are grey values of 8 or 16 bits or colours of 8 bits per channel",
                    file.string()));
  }
  LabelMap map{image.width(), image.height(), std::vector<std::uint32_t>(image.pixels())};
  visit_samples(image, [&](const auto* samples) {
    for (std::uint32_t& label : map.labels) {
      label = static_cast<std::uint32_t>(samples[0]);
      if (image.colour_channels() == 3) {
        label += (static_cast<std::uint32_t>(samples[1]) << 8) +
                 (static_cast<std::uint32_t>(samples[2]) << 16);
      }
      samples += image.channels();
    }
  });
  return map;
}

LabelMap from_masks(const std::vector<fs::path>& files) {
  LabelMap map;
  std::uint32_t label = 0;
  for (const fs::path& file : files) {
    const Mask mask = mask_from(codecs::read_picture(file, "mask of an object").image);
    if (label == 0)
      map = {mask.width, mask.height, std::vector<std::uint32_t>(mask.missing.size())};
    if (mask.width != map.width || mask.height != map.height) {
      throw Error(fmt::format("{}: {} x {} pixels, but {} has {} x {}", file.string(), mask.width,
                              mask.height, files.front().string(), map.width, map.height));
    }
    ++label;
    for (std::size_t i = 0; i < map.labels.size(); ++i) {
      if (mask.missing[i] != 0) map.labels[i] = label;
    }
  }
  return map;
}

}  // namespace

std::optional<LabelMap> read_labels(const codecs::FolderNames& folder, const fs::path& name) {
  const fs::path file = folder.find(name.string() + ".png");
  if (fs::exists(file)) return from_picture(file);
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder.find(name), none)) {
    if (entry.path().extension() == ".png") files.push_back(entry.path());
  }
  if (files.empty()) return std::nullopt;
  std::sort(files.begin(), files.end());
  return from_masks(files);
}

LabelMap resize(const LabelMap& map, int width, int height) {
  LabelMap result{width, height, {}};
  result.labels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    const auto* row =
        map.labels.data() + std::ptrdiff_t{nearest(y, height, map.height)} * map.width;
    for (int x = 0; x < width; ++x) result.labels.push_back(row[nearest(x, width, map.width)]);
  }
  return result;
}

}  // namespace lama::internal::masks
