#include "codecs/jpeg_blocks.h"

// jpeglib.h needs FILE and size_t from here.
#include <cstdio>

#include <jpeglib.h>
// jerror.h must follow jpeglib.h.
#include <jerror.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>
#include <utility>

#include "codecs/jpeg_segments.h"

namespace lama::internal::codecs {
namespace {

/// The reason why a JPEG cannot be repaired block by block.
struct Impossible {
  std::string reason;
};

using Block = std::array<double, DCTSIZE2>;

/// The mapping from the stored picture to the upright one: the stored pixel (x, y) is the upright
/// pixel of index first + x * right + y * down.
struct Layout {
  std::ptrdiff_t first, right, down;
  int width, height;  ///< of the stored picture

  std::ptrdiff_t index(int x, int y) const { return first + x * right + y * down; }
};

/// `width` and `height` are those of the upright picture.
Layout layout_for(int width, int height, int orientation) {
  const std::ptrdiff_t row = width, last_row = (height - std::ptrdiff_t{1}) * width;
  switch (orientation) {
    case 2:
      return {row - 1, -1, row, width, height};
    case 3:
      return {last_row + row - 1, -1, -row, width, height};
    case 4:
      return {last_row, 1, -row, width, height};
    case 5:
      return {0, row, 1, height, width};
    case 6:
      return {row - 1, row, -1, height, width};
    case 7:
      return {last_row + row - 1, -row, -1, height, width};
    case 8:
      return {last_row, -row, 1, height, width};
    default:
      return {0, 1, row, width, height};
  }
}

/// A component's value of a pixel: a weighted sum of its channels.
struct Mix {
  std::array<double, 4> weights{};
  double offset = 0;

  double operator()(const std::uint8_t* pixel, int channels) const {
    double sum = offset;
    for (int c = 0; c < channels; ++c) sum += weights[static_cast<std::size_t>(c)] * pixel[c];
    return sum;
  }
  /// The same for inverted channels.
  Mix inverted() const {
    Mix mix{{}, offset};
    for (std::size_t c = 0; c < 4; ++c) {
      mix.weights[c] = -weights[c];
      mix.offset += 255 * weights[c];
    }
    return mix;
  }
};

/// How to compute component `c` from the image's channels.
Mix mix_for(const jpeg_decompress_struct& source, std::size_t c) {
  // JFIF (ITU-T T.871), 7: the inverses of its decoding equations.
  static constexpr std::array<Mix, 3> kLumaAndChroma = {
      {{{0.299, 0.587, 0.114}, 0},
       {{-0.299 / 1.772, -0.587 / 1.772, 0.5}, 128},
       {{0.5, -0.587 / 1.402, -0.114 / 1.402}, 128}}};
  Mix same{};
  same.weights[c] = 1;
  // In images 0 is no ink. In files too, unless Adobe's programs wrote them; and their luma and
  // chroma describe the ink's complement.
  const bool adobe = source.saw_Adobe_marker;
  switch (source.jpeg_color_space) {
    case JCS_YCbCr:
      return kLumaAndChroma[c];
    case JCS_CMYK:
      return adobe ? same.inverted() : same;
    case JCS_YCCK:
      if (c == 3) return adobe ? same.inverted() : same;
      return adobe ? kLumaAndChroma[c] : kLumaAndChroma[c].inverted();
    default:
      return same;
  }
}

/// The matrix of the one-dimensional DCT (ITU-T T.81, A.3.3): row k is the k-th cosine.
const Block& cosines() {
  static const Block matrix = [] {
    Block made{};
    for (std::size_t k = 0; k < DCTSIZE; ++k) {
      for (std::size_t n = 0; n < DCTSIZE; ++n) {
        made[k * DCTSIZE + n] =
            (k == 0 ? std::sqrt(0.125) : 0.5) *
            std::cos(static_cast<double>((2 * n + 1) * k) * std::numbers::pi / (2 * DCTSIZE));
      }
    }
    return made;
  }();
  return matrix;
}

enum class Direction { forward, inverse };

/// The two-dimensional DCT: the one-dimensional DCT of rows, then of columns.
Block dct(const Block& in, Direction direction) {
  const Block& matrix = cosines();
  const auto weight = [&](std::size_t to, std::size_t from) {
    return direction == Direction::forward ? matrix[to * DCTSIZE + from]
                                           : matrix[from * DCTSIZE + to];
  };
  Block rows{}, out{};
  for (std::size_t y = 0; y < DCTSIZE; ++y) {
    for (std::size_t to = 0; to < DCTSIZE; ++to) {
      for (std::size_t from = 0; from < DCTSIZE; ++from) {
        rows[y * DCTSIZE + to] += weight(to, from) * in[y * DCTSIZE + from];
      }
    }
  }
  for (std::size_t to = 0; to < DCTSIZE; ++to) {
    for (std::size_t from = 0; from < DCTSIZE; ++from) {
      for (std::size_t x = 0; x < DCTSIZE; ++x) {
        out[to * DCTSIZE + x] += weight(to, from) * rows[from * DCTSIZE + x];
      }
    }
  }
  return out;
}

/// One component of the picture and its new samples.
class Component {
 public:
  Component(const jpeg_decompress_struct& source, int number, const Image& image,
            const Mask& replaced, const Layout& layout)
      : info_(source.comp_info[number]),
        mix_(mix_for(source, static_cast<std::size_t>(number))),
        pixels_wide_(source.max_h_samp_factor / info_.h_samp_factor),
        pixels_high_(source.max_v_samp_factor / info_.v_samp_factor),
        image_(image),
        replaced_(replaced),
        layout_(layout) {
    if (source.max_h_samp_factor % info_.h_samp_factor != 0 ||
        source.max_v_samp_factor % info_.v_samp_factor != 0) {
      throw Impossible{"its chroma samples lie between pixels"};
    }
    if (info_.quant_table == nullptr) throw Impossible{"it is incomplete"};
    const auto& table = info_.quant_table->quantval;
    if (std::find(std::begin(table), std::end(table), 0) != std::end(table)) {
      throw Impossible{"it quantises by zero"};
    }
  }

  int rows() const { return static_cast<int>(info_.height_in_blocks); }

  /// Remakes the blocks of a row that the hole touches.
  void remake_row(JBLOCKROW blocks, int row) const {
    for (int column = 0; column < static_cast<int>(info_.width_in_blocks); ++column) {
      if (is_touched(column, row)) remake(blocks[column], column, row);
    }
  }

 private:
  /// The replaced pixels of a sample.
  struct Replaced {
    int count = 0;
    double sum = 0;  ///< of their new values
  };

  bool is_touched(int column, int row) const {
    const int left = column * DCTSIZE * pixels_wide_, top = row * DCTSIZE * pixels_high_;
    const int right = std::min(left + DCTSIZE * pixels_wide_, layout_.width);
    const int bottom = std::min(top + DCTSIZE * pixels_high_, layout_.height);
    for (int y = top; y < bottom; ++y) {
      const std::uint8_t* mask = replaced_.missing.data() + layout_.index(left, y);
      for (int x = left; x < right; ++x, mask += layout_.right) {
        if (*mask != 0) return true;
      }
    }
    return false;
  }

  Replaced replaced_at(int sample_x, int sample_y) const {
    Replaced found;
    for (int dy = 0; dy < pixels_high_; ++dy) {
      for (int dx = 0; dx < pixels_wide_; ++dx) {
        // The picture's last pixels repeat beyond its edges.
        const int x = std::min(sample_x * pixels_wide_ + dx, layout_.width - 1);
        const int y = std::min(sample_y * pixels_high_ + dy, layout_.height - 1);
        const auto pixel = static_cast<std::size_t>(layout_.index(x, y));
        if (replaced_.missing[pixel] == 0) continue;
        ++found.count;
        found.sum +=
            mix_(image_.bytes().data() + pixel * static_cast<std::size_t>(image_.channels()),
                 image_.channels());
      }
    }
    return found;
  }

  void remake(JCOEF* coefficients, int column, int row) const {
    constexpr double kLevelShift = 128, kMost = 1023;  // ITU-T T.81, A.3.1 and F.1.2
    Block block;
    for (std::size_t i = 0; i < DCTSIZE2; ++i) {
      block[i] = double{1} * coefficients[i] * info_.quant_table->quantval[i];
    }
    block = dct(block, Direction::inverse);
    const int pixels = pixels_wide_ * pixels_high_;
    for (int i = 0; i < DCTSIZE2; ++i) {
      const auto [count, sum] =
          replaced_at(column * DCTSIZE + i % DCTSIZE, row * DCTSIZE + i / DCTSIZE);
      double& sample = block[static_cast<std::size_t>(i)];
      sample = (sample * (pixels - count) + sum - kLevelShift * count) / pixels;
    }
    block = dct(block, Direction::forward);
    for (std::size_t i = 0; i < DCTSIZE2; ++i) {
      const double steps = std::round(block[i] / info_.quant_table->quantval[i]);
      coefficients[i] = static_cast<JCOEF>(std::clamp(steps, -kMost, kMost));
    }
  }

  const jpeg_component_info& info_;
  Mix mix_;
  int pixels_wide_, pixels_high_;  ///< of a sample
  const Image& image_;
  const Mask& replaced_;
  const Layout& layout_;
};

/// Where libjpeg writes. After an error its own destination in memory does not say where its buffer
/// lies, so that the buffer could not be freed.
class Destination : public jpeg_destination_mgr {
 public:
  Destination() : jpeg_destination_mgr() {
    init_destination = [](j_compress_ptr codec) { of(codec).renew(); };
    empty_output_buffer = [](j_compress_ptr codec) -> boolean {
      of(codec).keep(kStep);
      of(codec).renew();
      return TRUE;
    };
    term_destination = [](j_compress_ptr codec) {
      of(codec).keep(kStep - of(codec).free_in_buffer);
    };
  }
  std::vector<std::uint8_t> file;

 private:
  static constexpr std::size_t kStep = 16384;

  static Destination& of(j_compress_ptr codec) { return static_cast<Destination&>(*codec->dest); }
  void renew() {
    next_output_byte = buffer_.data();
    free_in_buffer = kStep;
  }
  void keep(std::size_t size) {
    file.insert(file.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size));
  }

  std::array<JOCTET, kStep> buffer_{};
};

/// libjpeg's reader and writer, which go away with this object.
class Codec {
 public:
  Codec() {
    source.err = target.err = jpeg_std_error(&errors_);
    // libjpeg's own handlers would print and end the process. An exception passes through its
    // frames, which Debian builds with unwind tables.
    errors_.error_exit = [](j_common_ptr codec) { fail(codec); };
    errors_.emit_message = [](j_common_ptr codec, int level) {
      // Padding before a marker is common and harmless. Other warnings mean damage.
      if (level < 0 && codec->err->msg_code != JWRN_EXTRANEOUS_DATA) fail(codec);
    };
    jpeg_create_decompress(&source);
    jpeg_create_compress(&target);
    target.dest = &written_;
  }
  ~Codec() {
    jpeg_destroy_decompress(&source);
    jpeg_destroy_compress(&target);
  }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  std::vector<std::uint8_t> take_file() { return std::move(written_.file); }

  jpeg_decompress_struct source{};
  jpeg_compress_struct target{};

 private:
  [[noreturn]] static void fail(j_common_ptr codec) {
    std::array<char, JMSG_LENGTH_MAX> text{};
    codec->err->format_message(codec, text.data());
    throw Impossible{fmt::format("libjpeg says \"{}\"", text.data())};
  }

  jpeg_error_mgr errors_{};
  Destination written_;
};

/// Throws if libjpeg would decode the file to another kind of pixels than `image`'s.
void check_kind(const jpeg_decompress_struct& source, const Image& image, const Mask& replaced,
                const Layout& layout) {
  int channels = 0;
  switch (source.jpeg_color_space) {
    case JCS_GRAYSCALE:
      channels = 1;
      break;
    case JCS_RGB:
    case JCS_YCbCr:
      channels = 3;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      channels = 4;
      break;
    default:
      break;
  }
  if (channels == 0 || channels != source.num_components) {
    throw Impossible{"its kind of colour is unknown"};
  }
  if (source.arith_code) throw Impossible{"it is arithmetic-coded"};
  if (source.data_precision != 8) throw Impossible{"its samples do not have 8 bits"};
  if (image.channels() != channels || image.depth() != Depth::u8 ||
      layout.width != static_cast<int>(source.image_width) ||
      layout.height != static_cast<int>(source.image_height) || replaced.width != image.width() ||
      replaced.height != image.height()) {
    throw Impossible{"the new picture is of another kind"};
  }
}

/// Throws unless the file has all bits of every coefficient of a progressive picture. Decoders
/// smooth incomplete coefficients (ITU-T T.81, K.8), but would not smooth the complete output.
void check_complete(const jpeg_decompress_struct& source) {
  if (!source.progressive_mode || source.coef_bits == nullptr) return;
  for (int c = 0; c < source.num_components; ++c) {
    for (const int missing_bits : source.coef_bits[c]) {
      if (missing_bits != 0) throw Impossible{"it is an incomplete progressive picture"};
    }
  }
}

std::vector<JpegSegment> segments_of(const jpeg_decompress_struct& source) {
  std::vector<JpegSegment> segments;
  for (auto marker = source.marker_list; marker != nullptr; marker = marker->next) {
    segments.push_back({marker->marker, {marker->data, marker->data + marker->data_length}});
  }
  return segments;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> repair_jpeg(std::span<const std::uint8_t> source,
                                                     const Image& image, const Mask& replaced,
                                                     int orientation,
                                                     const JpegRepair& options) try {
  Codec codec;
  jpeg_decompress_struct& in = codec.source;
  jpeg_compress_struct& out = codec.target;

  constexpr unsigned kWhole = 0xffff;
  jpeg_save_markers(&in, JPEG_COM, kWhole);
  for (int n = 0; n < 16; ++n) jpeg_save_markers(&in, JPEG_APP0 + n, kWhole);
  jpeg_mem_src(&in, source.data(), source.size());
  jpeg_read_header(&in, TRUE);
  const Layout layout = layout_for(image.width(), image.height(), orientation);
  check_kind(in, image, replaced, layout);
  jvirt_barray_ptr* const coefficients = jpeg_read_coefficients(&in);
  check_complete(in);

  std::vector<std::string> notes;
  const auto segments = repaired_segments(segments_of(in), options.make_thumbnail, notes);
  if (!segments) throw Impossible{"a preview in its EXIF cannot be taken out"};
  if (const std::size_t rest = in.src->bytes_in_buffer; rest > 0) {
    notes.push_back(fmt::format(
        "{} bytes after the picture were dropped: other versions of it, a film or padding", rest));
  }

  for (int c = 0; c < in.num_components; ++c) {
    const Component component(in, c, image, replaced, layout);
    for (int row = 0; row < component.rows(); ++row) {
      JBLOCKARRAY blocks =
          in.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&in), coefficients[c],
                                     static_cast<JDIMENSION>(row), 1, TRUE);
      component.remake_row(blocks[0], row);
    }
  }

  jpeg_copy_critical_parameters(&in, &out);
  if (in.progressive_mode) jpeg_simple_progression(&out);
  out.restart_interval = in.restart_interval;
  out.optimize_coding = TRUE;
  out.write_JFIF_header = out.write_Adobe_marker = FALSE;  // the segments contain them, if the
                                                           // source has them
  jpeg_write_coefficients(&out, coefficients);
  for (const JpegSegment& segment : *segments) {
    jpeg_write_marker(&out, segment.marker, segment.data.data(),
                      static_cast<unsigned>(segment.data.size()));
  }
  jpeg_finish_compress(&out);

  if (options.note) std::for_each(notes.begin(), notes.end(), options.note);
  return codec.take_file();
} catch (const Impossible& impossible) {
  if (options.note) {
    options.note(
        fmt::format("all of the JPEG was encoded again, because its blocks cannot be kept: {}",
                    impossible.reason));
  }
  return std::nullopt;
}

}  // namespace lama::internal::codecs
