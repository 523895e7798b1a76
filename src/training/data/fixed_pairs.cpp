#include "training/data/fixed_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "codecs/eight_bit_rgb.h"
#include "codecs/pairs.h"
#include "codecs/picture.h"
#include "image/mask.h"

namespace lama::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "_mask";

/// NAME and suffix, or the only file with that name if the suffix is a bare ending. Empty if there
/// is none. `files` are sorted.
fs::path find_picture(const std::vector<fs::path>& files, const std::string& name,
                      const std::string& suffix) {
  const fs::path wanted = name + suffix;
  if (std::binary_search(files.begin(), files.end(), wanted)) return wanted;
  if (!suffix.starts_with('.')) return {};
  std::vector<fs::path> found;
  std::copy_if(files.begin(), files.end(), std::back_inserter(found),
               [&name](const fs::path& file) {
                 return (file.parent_path() / file.stem()) == fs::path(name);
               });
  return found.size() == 1 ? found.front() : fs::path();
}

/// How far up the next multiple of `modulo` is.
int padding(int side, int modulo) { return modulo > 1 ? (modulo - side % modulo) % modulo : 0; }

/// Where the pixel `i` of a padded side comes from: mirrored with the edge, as often as it takes.
std::size_t source_of(int i, int side) {
  const int turn = i % (2 * side);
  return static_cast<std::size_t>(turn < side ? turn : 2 * side - 1 - turn);
}

}  // namespace

FixedPairs::FixedPairs(const FixedPairsOptions& options) : options_(options) {
  const fs::path& folder = options.indir;
  if (!fs::is_directory(folder)) {
    throw Error(fmt::format("{}: no such folder of pictures with masks", folder.string()));
  }
  std::vector<fs::path> files;
  for (codecs::Pair& pair : codecs::pair_with(folder, {}, {}).pairs) {
    files.push_back(std::move(pair.picture));
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& mask : files) {
    const std::string stem = mask.stem().string();
    const std::size_t mark = stem.rfind(kMark);
    if (mark == std::string::npos) continue;
    const std::string name = (mask.parent_path() / stem.substr(0, mark)).string();
    fs::path picture = find_picture(files, name, options.img_suffix);
    if (picture.empty()) {
      throw Error(fmt::format("{}: this mask has no picture {}{}", mask.string(), name,
                              options.img_suffix));
    }
    pairs_.push_back(
        {mask.lexically_relative(folder).replace_extension().string(), std::move(picture), mask});
  }
  if (pairs_.empty()) {
    throw Error(fmt::format("{}: no pairs NAME{} and NAME{}*.png in it or in folders below it",
                            folder.string(), options.img_suffix, kMark));
  }
}

FixedPairs::Padded FixedPairs::read(std::size_t first, int most) const {
  Padded padded;
  Batch& batch = padded.batch;
  for (std::size_t i = first; i < pairs_.size() && batch.count < most; ++i) {
    const Pair& pair = pairs_[i];
    const Image picture = codecs::eight_bit_rgb(codecs::read_picture(pair.picture, "photo"));
    const Mask mask = mask_from(codecs::read_picture(pair.mask, "mask").image);
    const int width = picture.width(), height = picture.height();
    if (mask.width != width || mask.height != height) {
      throw Error(fmt::format("{}: {} x {} pixels, but its mask {} has {} x {}",
                              pair.picture.string(), width, height, pair.mask.string(), mask.width,
                              mask.height));
    }
    if (batch.count == 0) {
      padded.width = width;
      padded.height = height;
      batch.width = width + padding(width, options_.pad_out_to_modulo);
      batch.height = height + padding(height, options_.pad_out_to_modulo);
    } else if (width != padded.width || height != padded.height) {
      break;
    }
    ++batch.count;
    batch.names.push_back(pair.name);
    const auto row_of = [&](int y) {
      return source_of(y, height) * static_cast<std::size_t>(width);
    };
    for (std::size_t c = 0; c < 3; ++c) {
      for (int y = 0; y < batch.height; ++y) {
        for (int x = 0; x < batch.width; ++x) {
          const std::size_t at = row_of(y) + source_of(x, width);
          batch.pictures.push_back(static_cast<float>(picture.bytes()[3 * at + c]) / 255);
        }
      }
    }
    for (int y = 0; y < batch.height; ++y) {
      for (int x = 0; x < batch.width; ++x) {
        batch.masks.push_back(mask.missing[row_of(y) + source_of(x, width)]);
      }
    }
  }
  return padded;
}

}  // namespace lama::training
