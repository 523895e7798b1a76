#include "codecs/jpeg_quality.h"

// jpeglib.h needs FILE and size_t from here.
#include <cstdio>

#include <jpeglib.h>

#include <cmath>
#include <limits>

namespace lama::internal::codecs {
namespace {

struct Failed {};

}  // namespace

int jpeg_quality(std::span<const std::uint8_t> file) try {
  jpeg_error_mgr errors{};
  jpeg_decompress_struct source{};
  jpeg_compress_struct standard{};
  source.err = standard.err = jpeg_std_error(&errors);
  // libjpeg's own handler would end the process. An exception passes through its frames, which
  // Debian builds with unwind tables.
  errors.error_exit = [](j_common_ptr) { throw Failed{}; };
  errors.output_message = [](j_common_ptr) {};
  struct Guard {
    jpeg_decompress_struct& source;
    jpeg_compress_struct& standard;
    ~Guard() {
      jpeg_destroy_decompress(&source);
      jpeg_destroy_compress(&standard);
    }
  } const guard{source, standard};
  jpeg_create_decompress(&source);
  jpeg_create_compress(&standard);
  jpeg_mem_src(&source, file.data(), file.size());
  if (jpeg_read_header(&source, TRUE) != JPEG_HEADER_OK) return 0;
  const int number = source.comp_info[0].quant_tbl_no;  // libjpeg has not checked it yet
  if (number < 0 || number >= NUM_QUANT_TBLS) return 0;
  const JQUANT_TBL* table = source.quant_tbl_ptrs[number];
  if (table == nullptr) return 0;

  standard.in_color_space = JCS_YCbCr;
  standard.input_components = 3;
  jpeg_set_defaults(&standard);
  int nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int quality = 1; quality <= 100; ++quality) {
    jpeg_set_quality(&standard, quality, TRUE);
    double difference = 0;
    for (int i = 0; i < DCTSIZE2; ++i) {
      difference += std::abs(
          std::log(double(table->quantval[i]) / double(standard.quant_tbl_ptrs[0]->quantval[i])));
    }
    if (difference < least) {
      least = difference;
      nearest = quality;
    }
  }
  return nearest;
} catch (const Failed&) {
  return 0;
}

}  // namespace lama::internal::codecs
