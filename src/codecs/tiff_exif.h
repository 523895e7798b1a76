// EXIF from and to TIFF files, between which libvips does not carry it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lama::internal::codecs {

/// The tags of a TIFF file's first page that EXIF has too (author, time, place, camera), as an EXIF
/// block; empty if there are none.
std::vector<std::uint8_t> exif_of_tiff(std::span<const std::uint8_t> file);

/// The tags that libvips does not write into TIFF files.
struct TiffExtras {
  std::span<const std::uint8_t> exif;  ///< a block, without "Exif\0\0" before it
  bool maker_note = true;              ///< whether to keep the block's maker note
  std::span<const std::uint8_t> iptc;
  int width = 0, height = 0;  ///< the picture's
};

/// Adds these to `file`, a little-endian TIFF file of one page: the EXIF block without its
/// thumbnail, orientation and resolution.
std::vector<std::uint8_t> with_extras(std::vector<std::uint8_t> file, const TiffExtras& extras);

}  // namespace lama::internal::codecs
