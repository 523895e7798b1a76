#include "codecs/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "codecs/format_table.h"

namespace lama::internal::codecs {
namespace {

constexpr FormatRow kTable[] = {
    {Format::jpeg, false, "JPEG", "image/jpeg", "jpeg", {".jpg", ".jpeg", ".jpe", ".jfif"}},
    {Format::png, true, "PNG", "image/png", "png", {".png"}},
    {Format::webp, false, "WebP", "image/webp", "webp", {".webp"}},
    {Format::tiff, true, "TIFF", "image/tiff", "tiff", {".tif", ".tiff"}},
    {Format::heif, false, "HEIF", "image/heif", "heif", {".heic", ".heif", ".hif"}},
    {Format::avif, false, "AVIF", "image/avif", "heif", {".avif"}},
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
  const auto byte = [&file](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(file[at]));
  };
  const std::size_t size = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
  const std::string_view box = file.substr(0, std::min<std::size_t>(size, 4096));
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
  std::string extension = path.extension().string();
  if (extension.empty()) return std::nullopt;
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const FormatRow& row : kTable) {
    const auto& endings = row.endings;
    if (std::find(endings.begin(), endings.end(), extension) != endings.end()) return row.format;
  }
  return std::nullopt;
}

std::string_view name_of(Format format) { return row_of(format).name; }

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
  return std::nullopt;
}

Format format_for(const std::filesystem::path& path) {
  if (const auto format = format_by_name(path)) return *format;
  std::vector<std::string_view> endings;
  for (const FormatRow& row : kTable) {
    std::copy_if(row.endings.begin(), row.endings.end(), std::back_inserter(endings),
                 [](std::string_view ending) { return !ending.empty(); });
  }
  throw Error(fmt::format("{}: the output's name must end in {}", path.string(), either(endings)));
}

}  // namespace lama::internal::codecs
