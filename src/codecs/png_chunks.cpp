#include "codecs/png_chunks.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cstddef>

#include "base/bytes.h"
#include "base/error.h"

namespace lama::internal::codecs {
namespace {

constexpr std::size_t kSignature = 8, kAround = 12;  // a chunk's size, type and checksum
constexpr std::size_t kMostChunks = 10000;

/// Calls `use`(where the chunk begins, chunk) as far as the file goes.
template <typename Use>
void for_each_chunk(std::span<const std::uint8_t> file, const Use& use) {
  for (std::size_t at = kSignature; at + kAround <= file.size();) {
    const auto size = static_cast<std::size_t>(big_endian(file, at, 4));
    if (size > file.size() - at - kAround) break;
    const std::string_view type = text_of(file.subspan(at + 4, 4));
    use(at, PngChunk{type, file.subspan(at + 8, size)});
    at += kAround + size;
  }
}

}  // namespace

std::vector<PngChunk> png_chunks(std::span<const std::uint8_t> file) {
  std::vector<PngChunk> chunks;
  for_each_chunk(file, [&](std::size_t /*at*/, const PngChunk& chunk) {
    if (chunk.type == "IDAT") return;
    if (chunks.size() == kMostChunks) {
      throw Error(fmt::format("it has more than {} chunks besides its pixels", kMostChunks));
    }
    chunks.push_back(chunk);
  });
  return chunks;
}

void require_png_checksums(std::span<const std::uint8_t> file) {
  for_each_chunk(file, [&](std::size_t at, const PngChunk& chunk) {
    constexpr int kAncillary = 0x20;
    if ((chunk.type[0] & kAncillary) != 0) return;
    const std::uint8_t* checked = file.data() + at + 4;
    const std::uint64_t stored = big_endian(file, at + 8 + chunk.data.size(), 4);
    if (crc32_z(0, checked, 4 + chunk.data.size()) != stored) {
      throw Error(fmt::format("it is damaged: the checksum of the chunk at byte {} is wrong", at));
    }
  });
}

std::string_view png_keyword(const PngChunk& chunk) {
  if (chunk.type != "tEXt" && chunk.type != "zTXt" && chunk.type != "iTXt") return {};
  const std::string_view text = text_of(chunk.data);
  return text.substr(0, text.find('\0'));
}

std::vector<std::uint8_t> with_png_chunks(std::span<const std::uint8_t> file,
                                          const std::vector<PngChunk>& chunks) {
  constexpr std::size_t kHeaderEnd = kSignature + kAround + 13;
  std::vector<std::uint8_t> out(file.begin(), file.begin() + kHeaderEnd);
  for (const PngChunk& chunk : chunks) {
    append_big_endian(out, chunk.data.size(), 4);
    const std::size_t checked = out.size();
    out.insert(out.end(), chunk.type.begin(), chunk.type.end());
    out.insert(out.end(), chunk.data.begin(), chunk.data.end());
    append_big_endian(out, crc32_z(0, out.data() + checked, out.size() - checked), 4);
  }
  out.insert(out.end(), file.begin() + kHeaderEnd, file.end());
  return out;
}

}  // namespace lama::internal::codecs
