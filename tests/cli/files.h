// Files and pictures for the tests of the program.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "codecs/picture.h"
#include "image/mask.h"
#include "tests/bytes.h"
#include "tests/codecs/png_file.h"
#include "tests/testing.h"

namespace lama::internal::testing {

/// A small network for tests that do not look at the picture.
inline std::string small_model() { return data("networks/shallow.safetensors").string(); }

/// Writes an RGB picture of noise, as PNG.
inline void put_noise(const fs::path& path, int width, int height) {
  std::mt19937 random(1);
  std::vector<Bytes> rows(static_cast<std::size_t>(height),
                          Bytes(static_cast<std::size_t>(3 * width)));
  for (Bytes& row : rows) std::generate(row.begin(), row.end(), std::ref(random));
  put(path, make_png(width, 8, kRgb, rows));
}

/// Writes a mask that marks the rectangle from (x0, y0) up to but without (x1, y1), as PNG.
inline void put_mask(const fs::path& path, int width, int height, int x0, int y0, int x1, int y1) {
  std::vector<Bytes> rows;
  for (int y = 0; y < height; ++y) {
    Bytes& row = rows.emplace_back();
    for (int x = 0; x < width; ++x) {
      row.push_back(y >= y0 && y < y1 && x >= x0 && x < x1 ? 255 : 0);
    }
  }
  put(path, make_png(width, 8, kGrey, rows));
}

inline Image read_image(const fs::path& path) { return codecs::read_picture(path, "photo").image; }

/// The largest differences between two 8-bit pictures of the same form, and the number of samples
/// that differ.
struct Differences {
  int hole = 0, outside = 0;
  std::size_t samples = 0;
};
inline Differences differences(const Image& a, const Image& b, const Mask& hole) {
  Differences most;
  EXPECT_EQ(a.bytes().size(), b.bytes().size());
  if (a.bytes().size() != b.bytes().size()) return {255, 255, a.bytes().size()};
  const auto channels = static_cast<std::size_t>(a.channels());
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    int& worst = hole.missing[i / channels] != 0 ? most.hole : most.outside;
    const int difference = std::abs(a.bytes()[i] - b.bytes()[i]);
    worst = std::max(worst, difference);
    if (difference > 0) ++most.samples;
  }
  return most;
}

}  // namespace lama::internal::testing
