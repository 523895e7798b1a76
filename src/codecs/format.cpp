#include "codecs/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/lower_case.h"
#include "codecs/format_table.h"

namespace lama::internal::codecs {
namespace {

constexpr FormatRow kTable[] = {
    {Format::jpeg,
     true,
     false,
     "JPEG",
     "image/jpeg",
     "jpegload_buffer",
     "jpegsave_buffer",
     {".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp"}},
    {Format::png,
     true,
     true,
     "PNG",
     "image/png",
     "pngload_buffer",
     "pngsave_buffer",
     {".png", ".apng"}},
    {Format::webp,
     true,
     false,
     "WebP",
     "image/webp",
     "webpload_buffer",
     "webpsave_buffer",
     {".webp"}},
    {Format::tiff,
     true,
     true,
     "TIFF",
     "image/tiff",
     "tiffload_buffer",
     "tiffsave_buffer",
     {".tif", ".tiff"}},
    {Format::heif,
     true,
     false,
     "HEIF",
     "image/heif",
     "heifload_buffer",
     "heifsave_buffer",
     {".heic", ".heif", ".hif"}},
    {Format::avif,
     true,
     false,
     "AVIF",
     "image/avif",
     "heifload_buffer",
     "heifsave_buffer",
     {".avif"}},
    {Format::gif, false, true, "GIF", "image/gif", "gifload_buffer", nullptr, {".gif"}},
    {Format::jp2,
     false,
     false,
     "JPEG 2000",
     "image/jp2",
     "jp2kload_buffer",
     nullptr,
     {".jp2", ".j2k", ".jpf", ".jpx", ".j2c"}},
    {Format::jxl, false, false, "JPEG XL", "image/jxl", "jxlload_buffer", nullptr, {".jxl"}},
    {Format::pnm,
     false,
     true,
     "PNM",
     "image/x-portable-anymap",
     "ppmload_source",
     nullptr,
     {".pnm", ".pbm", ".pgm", ".ppm"}},
    {Format::bmp, false, true, "BMP", "image/bmp", nullptr, nullptr, {".bmp", ".dib"}},
};

/// "a, b or c".
std::string either(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += i == 0 ? "" : i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

/// HEIF and AVIF share a container. Its first box lists its brands: the major one, then, after a
/// version, compatible ones (ISO/IEC 14496-12, 4.3).
std::optional<Format> format_by_brands(std::string_view file) {
  const auto size =
      big_endian({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, 0, 4);
  const std::string_view box = file.substr(0, std::min<std::uint64_t>(size, 4096));
  std::optional<Format> format;
  for (std::size_t at = 8; at + 4 <= box.size(); at += at == 8 ? 8 : 4) {
    const std::string_view brand = box.substr(at, 4);
    if (brand == "avif" || brand == "avis") return Format::avif;
    for (const std::string_view known :
         {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}) {
      if (brand == known) format = Format::heif;
    }
  }
  return format;
}

std::optional<Format> read_only_format(std::string_view file) {
  if (file.starts_with("GIF87a") || file.starts_with("GIF89a")) return Format::gif;
  // A file of boxes, or a bare stream of markers.
  if (file.starts_with(std::string_view("\0\0\0\x0cjP  \r\n\x87\n", 12)) ||
      file.starts_with("\xff\x4f\xff\x51")) {
    return Format::jp2;
  }
  if (file.starts_with(std::string_view("\0\0\0\x0cJXL \r\n\x87\n", 12)) ||
      file.starts_with("\xff\x0a")) {
    return Format::jxl;
  }
  if (file.size() >= 3 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' &&
      std::isspace(static_cast<unsigned char>(file[2])) != 0) {
    return Format::pnm;
  }
  // The size of the second header, little-endian. Texts also begin with "BM".
  if (file.size() >= 18 && file.starts_with("BM") &&
      file.substr(15, 3) == std::string_view("\0\0\0", 3)) {
    return Format::bmp;
  }
  return std::nullopt;
}

}  // namespace

std::span<const FormatRow> format_table() { return kTable; }

const FormatRow& row_of(Format format) {
  for (const FormatRow& row : kTable) {
    if (row.format == format) return row;
  }
  throw std::logic_error("a format without a row");
}

std::string all_formats() {
  std::vector<std::string_view> names;
  for (const FormatRow& row : kTable) names.push_back(row.name);
  return either(names);
}

std::optional<Format> format_by_name(const std::filesystem::path& path) {
  const std::string extension = lower_case(path.extension().string());
  if (extension.empty()) return std::nullopt;
  for (const FormatRow& row : kTable) {
    const auto& endings = row.endings;
    if (std::find(endings.begin(), endings.end(), extension) != endings.end()) return row.format;
  }
  return std::nullopt;
}

std::string_view name_of(Format format) { return row_of(format).name; }

Format written_as(Format format) { return row_of(format).written ? format : Format::png; }

bool always_lossless(Format format) { return row_of(format).lossless; }

std::optional<Format> format_of(std::span<const std::uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with("\xff\xd8\xff")) return Format::jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n")) return Format::png;
  if (text.starts_with("RIFF") && text.substr(std::min<std::size_t>(8, text.size()), 4) == "WEBP") {
    return Format::webp;
  }
  // Byte order, then 42, or 43 for 64-bit offsets.
  for (const std::string_view magic :
       {std::string_view("II*\0", 4), std::string_view("MM\0*", 4), std::string_view("II+\0", 4),
        std::string_view("MM\0+", 4)}) {
    if (text.starts_with(magic)) return Format::tiff;
  }
  if (text.size() >= 12 && text.substr(4, 4) == "ftyp") return format_by_brands(text);
  return read_only_format(text);
}

Format format_for(const std::filesystem::path& path) {
  const auto format = format_by_name(path);
  if (format && row_of(*format).written) return *format;
  std::vector<std::string_view> endings;
  for (const FormatRow& row : kTable) {
    if (!row.written) continue;
    std::copy_if(row.endings.begin(), row.endings.end(), std::back_inserter(endings),
                 [](std::string_view ending) { return !ending.empty(); });
  }
  throw Error(fmt::format("{}: the output's name must end in {}{}", path.string(), either(endings),
                          format ? fmt::format("; {} is only read", name_of(*format)) : ""));
}

}  // namespace lama::internal::codecs
