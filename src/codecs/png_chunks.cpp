#include "codecs/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cstddef>

namespace lama::internal::codecs {
namespace {

constexpr std::size_t kSignature = 8, kAround = 12;  // a chunk's size, type and checksum

void put(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

}  // namespace

std::vector<PngChunk> png_chunks(std::span<const std::uint8_t> file) {
  std::vector<PngChunk> chunks;
  for (std::size_t at = kSignature; at + kAround <= file.size();) {
    const std::size_t size = std::size_t{file[at]} << 24 | std::size_t{file[at + 1]} << 16 |
                             std::size_t{file[at + 2]} << 8 | std::size_t{file[at + 3]};
    if (size > file.size() - at - kAround) break;
    const std::string_view type(reinterpret_cast<const char*>(file.data()) + at + 4, 4);
    if (type != "IDAT") chunks.push_back({type, file.subspan(at + 8, size)});
    at += kAround + size;
  }
  return chunks;
}

std::string_view png_keyword(const PngChunk& chunk) {
  if (chunk.type != "tEXt" && chunk.type != "zTXt" && chunk.type != "iTXt") return {};
  const std::string_view text(reinterpret_cast<const char*>(chunk.data.data()), chunk.data.size());
  return text.substr(0, text.find('\0'));
}

std::vector<std::uint8_t> with_png_chunks(std::span<const std::uint8_t> file,
                                          const std::vector<PngChunk>& chunks) {
  constexpr std::size_t kHeaderEnd = kSignature + kAround + 13;
  std::vector<std::uint8_t> out(file.begin(), file.begin() + kHeaderEnd);
  for (const PngChunk& chunk : chunks) {
    put(out, static_cast<std::uint32_t>(chunk.data.size()));
    const std::size_t checked = out.size();
    out.insert(out.end(), chunk.type.begin(), chunk.type.end());
    out.insert(out.end(), chunk.data.begin(), chunk.data.end());
    put(out, static_cast<std::uint32_t>(crc32_z(0, out.data() + checked, out.size() - checked)));
  }
  out.insert(out.end(), file.begin() + kHeaderEnd, file.end());
  return out;
}

}  // namespace lama::internal::codecs
