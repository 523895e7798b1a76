// The stored pictures of tests/data/pictures, by other writers: see tests/oracle/make_pictures.py.
#pragma once

#include <algorithm>

#include "codecs/picture.h"
#include "tests/codecs/byte_order.h"
#include "tests/testing.h"

namespace lama::internal::testing {

inline fs::path picture_file(const std::string& name) { return data("pictures/" + name); }

inline Bytes file_bytes(const std::string& name) { return get(picture_file(name)); }

inline codecs::Picture read_fixture(const std::string& name) {
  return codecs::read_picture(picture_file(name), "photo");
}

/// A file beside a picture, such as NAME.raw with its samples.
inline Bytes beside(const std::string& name, const std::string& extension) {
  return get(picture_file(name).replace_extension(extension));
}

inline codecs::Picture read_bytes(Bytes file) {
  return codecs::read_picture(std::move(file), "file", "photo");
}

/// Writes a picture in another format and reads it again.
inline codecs::Picture rewritten(const codecs::Picture& picture, codecs::Format format,
                                 const codecs::WriteOptions& options = {}) {
  return read_bytes(codecs::encode_picture(picture.image, format, picture, options, "out"));
}

/// The largest difference between samples of the same form, in steps of the depth (floats: in steps
/// of 16 bits).
inline double largest_difference(const Image& image, const Bytes& raw) {
  EXPECT_EQ(image.bytes().size(), raw.size());
  if (image.bytes().size() != raw.size()) return 1e9;
  Image other = image;
  other.bytes() = raw;
  const double unit = image.depth() == Depth::f32 ? 65535 : 1;
  double most = 0;
  visit_samples(image, [&](const auto* a) {
    visit_samples(other, [&](const auto* b) {
      const std::size_t count = image.pixels() * static_cast<std::size_t>(image.channels());
      for (std::size_t i = 0; i < count; ++i) {
        most =
            std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])) * unit);
      }
    });
  });
  return most;
}

}  // namespace lama::internal::testing
