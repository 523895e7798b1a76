#include "codecs/previews.h"

#include <algorithm>
#include <array>

namespace lama::codecs {

std::vector<std::uint8_t> without_photoshop_thumbnails(std::span<const std::uint8_t> resources) {
  static constexpr std::string_view kHeader("Photoshop 3.0\0", 14), kSignature("8BIM");
  constexpr int kThumbnail4 = 0x0409, kThumbnail5 = 0x040c;  // Photoshop 4, Photoshop 5 and later
  const auto starts_with = [](std::span<const std::uint8_t> bytes, std::string_view text) {
    return bytes.size() >= text.size() && std::equal(text.begin(), text.end(), bytes.begin());
  };
  if (!starts_with(resources, kHeader)) return {};
  std::vector<std::uint8_t> kept(resources.begin(), resources.begin() + kHeader.size());
  auto rest = resources.subspan(kHeader.size());
  while (!rest.empty()) {
    // "8BIM", id (2), name (length byte and text, padded to even), size (4), data (padded to even)
    if (rest.size() < 12 || !starts_with(rest, kSignature)) return {};
    const int id = rest[4] << 8 | rest[5];
    const std::size_t name = (1 + std::size_t{rest[6]} + 1) / 2 * 2;
    if (rest.size() < 6 + name + 4) return {};
    const auto size_at = rest.subspan(6 + name);
    const std::size_t size = std::size_t{size_at[0]} << 24 | std::size_t{size_at[1]} << 16 |
                             std::size_t{size_at[2]} << 8 | size_at[3];
    const std::size_t whole = 6 + name + 4 + size;
    if (whole > rest.size()) return {};
    const auto resource = rest.first(std::min(whole + size % 2, rest.size()));
    if (id != kThumbnail4 && id != kThumbnail5) {
      kept.insert(kept.end(), resource.begin(), resource.end());
    }
    rest = rest.subspan(resource.size());
  }
  return kept;
}

std::string without_xmp_thumbnails(std::string_view xmp) {
  constexpr auto kNone = std::string_view::npos;
  std::string kept;
  for (std::size_t at = 0;;) {
    const std::size_t begin = xmp.find('<', at);
    if (begin == kNone) return kept.append(xmp);
    const std::size_t name_end = xmp.find_first_of(" \t\r\n/>", begin + 1);
    const std::string name(xmp.substr(begin + 1, name_end - begin - 1));
    if (!name.ends_with(":Thumbnails")) {
      at = begin + 1;
      continue;
    }
    std::size_t end = xmp.find('>', begin);
    if (end != kNone && xmp[end - 1] != '/') {
      end = xmp.find("</" + name + ">", end);
      if (end != kNone) end = xmp.find('>', end);
    }
    if (end == kNone) return {};  // not well-formed: nothing worth keeping
    kept += xmp.substr(0, begin);
    xmp.remove_prefix(end + 1);
    at = 0;
  }
}

bool has_maker_note_preview(std::span<const std::uint8_t> exif,
                            std::span<const std::uint8_t> thumbnail) {
  static constexpr std::array<std::uint8_t, 3> kStartOfImage = {0xff, 0xd8, 0xff};
  auto at = exif.begin();
  while (true) {
    at = std::search(at, exif.end(), kStartOfImage.begin(), kStartOfImage.end());
    if (at == exif.end()) return false;
    const auto rest = std::span(at, exif.end());
    const bool is_thumbnail = !thumbnail.empty() && rest.size() >= thumbnail.size() &&
                              std::equal(thumbnail.begin(), thumbnail.end(), rest.begin());
    if (!is_thumbnail) return true;
    at += static_cast<std::ptrdiff_t>(thumbnail.size());
  }
}

}  // namespace lama::codecs
