// The chunks of a PNG file that libvips does not report or would rewrite.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lama::internal::codecs {

/// Views into the file.
struct PngChunk {
  std::string_view type;
  std::span<const std::uint8_t> data;
};

/// All chunks except the pixels', as far as the file goes. Throws Error if there are more than
/// 10000.
std::vector<PngChunk> png_chunks(std::span<const std::uint8_t> file);

/// Throws Error if the checksum of a chunk that a picture needs is wrong: some builds of libvips
/// ignore that.
void require_png_checksums(std::span<const std::uint8_t> file);

/// The keyword of a text chunk; empty for other chunks.
std::string_view png_keyword(const PngChunk& chunk);

/// `file`, well-formed, with these chunks after the header chunk.
std::vector<std::uint8_t> with_png_chunks(std::span<const std::uint8_t> file,
                                          const std::vector<PngChunk>& chunks);

}  // namespace lama::internal::codecs
