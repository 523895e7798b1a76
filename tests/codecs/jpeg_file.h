// JPEG files, made by libjpeg with any segments, and parsed by hand.
#pragma once

// jpeglib.h needs FILE and size_t from here.
#include <cstdio>

#include <jpeglib.h>

#include <cstdlib>
#include <utility>

#include "image/image.h"
#include "tests/codecs/byte_order.h"

namespace lama::internal::testing {

struct JpegSegment {
  int marker;  ///< 0xe1 for APP1
  Bytes data;  ///< without marker and length
};

struct JpegOptions {
  int quality = 90;
  int sampling = 1;  ///< horizontal and vertical sampling factor of luma: 2 is 4:2:0
  bool progressive = false;
  std::vector<JpegSegment> segments = {};
  /// Horizontal and vertical factors of every component; empty: `sampling`.
  std::vector<std::pair<int, int>> factors = {};
  J_COLOR_SPACE stored_as = JCS_UNKNOWN;           ///< unknown: libjpeg's choice
  unsigned restart_interval = 0;                   ///< in MCUs
  std::vector<std::vector<unsigned>> tables = {};  ///< quantisation tables, instead of quality's
  bool arithmetic = false;
};

/// Encodes 8-bit grey (1 channel), RGB (3) or, unconverted, CMYK (4).
inline Bytes make_jpeg(const Image& image, const JpegOptions& options = {}) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  errors.emit_message = [](j_common_ptr, int) {};  // "caution": quantisation tables of 16 bits
  jpeg_create_compress(&jpeg);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's
  jpeg_mem_dest(&jpeg, &buffer, &size);
  jpeg.image_width = static_cast<JDIMENSION>(image.width());
  jpeg.image_height = static_cast<JDIMENSION>(image.height());
  jpeg.input_components = image.channels();
  jpeg.in_color_space = image.channels() == 1   ? JCS_GRAYSCALE
                        : image.channels() == 3 ? JCS_RGB
                                                : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, options.quality, TRUE);
  if (options.stored_as != JCS_UNKNOWN) jpeg_set_colorspace(&jpeg, options.stored_as);
  jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = options.sampling;
  for (std::size_t c = 0; c < options.factors.size(); ++c) {
    jpeg.comp_info[c].h_samp_factor = options.factors[c].first;
    jpeg.comp_info[c].v_samp_factor = options.factors[c].second;
  }
  for (std::size_t i = 0; i < options.tables.size(); ++i) {
    jpeg_add_quant_table(&jpeg, static_cast<int>(i), options.tables[i].data(), 100, FALSE);
    for (int c = 0; c < jpeg.num_components; ++c) {
      jpeg.comp_info[c].quant_tbl_no = c % static_cast<int>(options.tables.size());
    }
  }
  jpeg.restart_interval = options.restart_interval;
  jpeg.arith_code = options.arithmetic ? TRUE : FALSE;
  if (options.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (const JpegSegment& segment : options.segments) {
    jpeg_write_marker(&jpeg, segment.marker, segment.data.data(),
                      static_cast<unsigned>(segment.data.size()));
  }
  const std::size_t stride = static_cast<std::size_t>(image.width() * image.channels());
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.bytes().data()) + jpeg.next_scanline * stride;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes file(buffer, buffer + size);
  std::free(buffer);
  return file;
}

/// All segments up to the first scan. Trusts the file's form.
inline std::vector<JpegSegment> jpeg_segments(std::span<const std::uint8_t> file) {
  std::vector<JpegSegment> segments;
  for (file = file.subspan(2); file.size() >= 4;) {
    const int marker = file[1];
    if (marker == 0xda) break;
    const std::size_t size = big_endian(file.subspan(2, 2));
    const auto data = file.subspan(4, size - 2);
    segments.push_back({marker, Bytes(data.begin(), data.end())});
    file = file.subspan(2 + size);
  }
  return segments;
}

/// The joined data of the segments with this marker that begin with `magic`, without it.
inline Bytes jpeg_data(std::span<const std::uint8_t> file, int marker, std::string_view magic) {
  Bytes found;
  for (const JpegSegment& segment : jpeg_segments(file)) {
    if (segment.marker != marker || !text_of(segment.data).starts_with(magic)) continue;
    append(found, std::span(segment.data).subspan(magic.size()));
  }
  return found;
}

/// The parts of a JPEG's form that a new file should keep.
struct JpegForm {
  int sampling;
  bool progressive;
  std::vector<Bytes> tables;  ///< quantisation tables as stored

  friend bool operator==(const JpegForm&, const JpegForm&) = default;
};

inline JpegForm jpeg_form(std::span<const std::uint8_t> file) {
  JpegForm form{};
  for (const JpegSegment& segment : jpeg_segments(file)) {
    if (segment.marker == 0xdb) form.tables.push_back(segment.data);
    if (segment.marker != 0xc0 && segment.marker != 0xc1 && segment.marker != 0xc2) continue;
    form.progressive = segment.marker == 0xc2;
    form.sampling = segment.data[7] >> 4;  // precision, height, width, count, then id, sampling
  }
  return form;
}

}  // namespace lama::internal::testing
