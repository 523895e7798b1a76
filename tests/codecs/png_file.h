// PNG files, made and parsed by hand, so that tests do not compare libvips with itself.
#pragma once

#include <algorithm>

#include "tests/codecs/byte_order.h"

namespace lama::internal::testing {

struct PngChunk {
  std::string type;
  Bytes data;
};

inline std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc % 2 != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

inline Bytes png_file(const std::vector<PngChunk>& chunks) {
  Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  for (const PngChunk& chunk : chunks) {
    put_big_endian(file, static_cast<std::uint32_t>(chunk.data.size()), 4);
    const std::size_t checked = file.size();
    append(file, bytes_of(chunk.type));
    append(file, chunk.data);
    put_big_endian(file, crc32(std::span(file).subspan(checked)), 4);
  }
  return file;
}

/// The chunks of a file. Trusts the file's form.
inline std::vector<PngChunk> png_chunks(std::span<const std::uint8_t> file) {
  std::vector<PngChunk> chunks;
  for (file = file.subspan(8); file.size() >= 12;) {
    const std::size_t size = big_endian(file.first(4));
    const auto data = file.subspan(8, size);
    chunks.push_back({text_of(file.subspan(4, 4)), Bytes(data.begin(), data.end())});
    file = file.subspan(12 + size);
  }
  return chunks;
}

/// A zlib stream of stored blocks.
inline Bytes stored(std::span<const std::uint8_t> data) {
  Bytes stream = {0x78, 0x01};
  std::uint32_t a = 1, b = 0;
  for (const std::uint8_t byte : data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  do {
    const auto block = data.first(std::min<std::size_t>(data.size(), 65535));
    data = data.subspan(block.size());
    stream.push_back(data.empty() ? 1 : 0);
    put_little_endian(stream, static_cast<std::uint32_t>(block.size()), 2);
    put_little_endian(stream, static_cast<std::uint32_t>(~block.size()), 2);
    append(stream, block);
  } while (!data.empty());
  put_big_endian(stream, b << 16 | a, 4);
  return stream;
}

enum PngColour { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

inline PngChunk png_header(int width, int height, int bits, PngColour colour) {
  PngChunk header{"IHDR", {}};
  put_big_endian(header.data, static_cast<std::uint32_t>(width), 4);
  put_big_endian(header.data, static_cast<std::uint32_t>(height), 4);
  append(header.data,
         Bytes{static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(colour), 0, 0, 0});
  return header;
}

/// A file of `rows` of packed samples, in PNG's form, with `extra` chunks before the pixels.
inline Bytes make_png(int width, int bits, PngColour colour, const std::vector<Bytes>& rows,
                      const std::vector<PngChunk>& extra = {}) {
  Bytes filtered;
  for (const Bytes& row : rows) {
    filtered.push_back(0);  // no filter
    append(filtered, row);
  }
  std::vector<PngChunk> chunks = {png_header(width, static_cast<int>(rows.size()), bits, colour)};
  chunks.insert(chunks.end(), extra.begin(), extra.end());
  chunks.push_back({"IDAT", stored(filtered)});
  chunks.push_back({"IEND", {}});
  return png_file(chunks);
}

}  // namespace lama::internal::testing
