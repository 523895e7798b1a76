#include "codecs/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "base/error.h"

namespace lama::codecs {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 12> kEndings = {{
    {".jpg", Format::jpeg},
    {".jpeg", Format::jpeg},
    {".jpe", Format::jpeg},
    {".jfif", Format::jpeg},
    {".png", Format::png},
    {".webp", Format::webp},
    {".tif", Format::tiff},
    {".tiff", Format::tiff},
    {".heic", Format::heif},
    {".heif", Format::heif},
    {".hif", Format::heif},
    {".avif", Format::avif},
}};

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

std::optional<Format> format_by_name(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [ending, format] : kEndings) {
    if (extension == ending) return format;
  }
  return std::nullopt;
}

std::string_view name_of(Format format) {
  static constexpr std::string_view kNames[] = {"JPEG", "PNG", "WebP", "TIFF", "HEIF", "AVIF"};
  return kNames[static_cast<std::size_t>(format)];
}

bool always_lossless(Format format) { return format == Format::png || format == Format::tiff; }

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
  std::string endings;
  for (std::size_t i = 0; i < kEndings.size(); ++i) {
    endings += i == 0 ? "" : i + 1 == kEndings.size() ? " or " : ", ";
    endings += kEndings[i].first;
  }
  throw Error(fmt::format("{}: the output's name must end in {}", path.string(), endings));
}

}  // namespace lama::codecs
