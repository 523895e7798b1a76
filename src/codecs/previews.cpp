#include "codecs/previews.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace lama::internal::codecs {

namespace {

constexpr std::string_view kHeader("Photoshop 3.0\0", 14);

}  // namespace

std::vector<PhotoshopResource> photoshop_resources(std::span<const std::uint8_t> resources) {
  static constexpr std::string_view kSignature("8BIM");
  if (!text_of(resources).starts_with(kHeader)) return {};
  std::vector<PhotoshopResource> found;
  auto rest = resources.subspan(kHeader.size());
  while (!rest.empty()) {
    // "8BIM", id (2), name (length byte and text, padded to even), size (4), data (padded to even)
    if (rest.size() < 12 || !text_of(rest).starts_with(kSignature)) return {};
    const auto id = static_cast<int>(big_endian(rest, 4, 2));
    const std::size_t name = (1 + std::size_t{rest[6]} + 1) / 2 * 2;
    if (rest.size() < 6 + name + 4) return {};
    const auto size_at = rest.subspan(6 + name);
    const auto size = static_cast<std::size_t>(big_endian(size_at, 0, 4));
    const std::size_t whole = 6 + name + 4 + size;
    if (whole > rest.size()) return {};
    found.push_back(
        {id, size_at.subspan(4, size), rest.first(std::min(whole + size % 2, rest.size()))});
    rest = rest.subspan(found.back().whole.size());
  }
  return found;
}

std::vector<std::uint8_t> without_photoshop_thumbnails(std::span<const std::uint8_t> resources) {
  constexpr int kThumbnail4 = 0x0409, kThumbnail5 = 0x040c;  // Photoshop 4, Photoshop 5 and later
  const auto found = photoshop_resources(resources);
  const bool bare = text_of(resources).starts_with(kHeader) && resources.size() == kHeader.size();
  if (found.empty() && !bare) return {};
  std::vector<std::uint8_t> kept(resources.begin(), resources.begin() + kHeader.size());
  for (const PhotoshopResource& resource : found) {
    if (resource.id == kThumbnail4 || resource.id == kThumbnail5) continue;
    kept.insert(kept.end(), resource.whole.begin(), resource.whole.end());
  }
  return kept;
}

namespace {

constexpr std::string_view kXmlSpace = " \t\r\n";

/// Whether to drop a property, by its namespace and local name.
using IsUnwanted = std::function<bool(std::string_view uri, std::string_view name)>;

/// The prefixes that `xml` declares anywhere, with their namespaces. Reads every byte only a few
/// times, however often the word "xmlns" appears.
std::map<std::string_view, std::string_view> namespaces_of(std::string_view xml) {
  constexpr std::string_view kDeclaration = "xmlns:";
  std::map<std::string_view, std::string_view> namespaces;
  for (std::size_t at = xml.find(kDeclaration); at != std::string_view::npos;
       at = xml.find(kDeclaration, at)) {
    const std::size_t name = at + kDeclaration.size();
    // A prefix contains no colon: the search repeats at most one declaration's word.
    const std::size_t name_end = xml.find_first_of("=: \t\r\n<>\"'", name);
    const std::size_t equals = xml.find_first_not_of(kXmlSpace, std::min(name_end, xml.size()));
    at = std::min(name_end, xml.size());
    if (equals == std::string_view::npos) break;
    if (xml[equals] != '=') continue;
    const std::size_t begin = xml.find_first_not_of(kXmlSpace, equals + 1);
    if (begin == std::string_view::npos) break;
    if (xml[begin] != '"' && xml[begin] != '\'') continue;
    const std::size_t end = xml.find(xml[begin], begin + 1);
    if (end == std::string_view::npos) break;
    namespaces.emplace(xml.substr(name, name_end - name), xml.substr(begin + 1, end - begin - 1));
    at = end;
  }
  return namespaces;
}

/// Removes properties from XML and copies the rest byte by byte.
class XmlFilter {
 public:
  XmlFilter(std::string_view xml, const IsUnwanted& is_unwanted)
      : rest_(xml), namespaces_(namespaces_of(xml)), is_unwanted_(is_unwanted) {}

  /// Nothing if the XML is not well-formed, as far as it was read.
  std::optional<std::string> run() {
    while (!rest_.empty()) {
      const bool whole = rest_[0] != '<'             ? take(std::min(rest_.find('<'), rest_.size()))
                         : rest_.starts_with("<!--") ? take_through("-->")
                         : rest_.starts_with("<![CDATA[") ? take_through("]]>")
                         : rest_.starts_with("<?")        ? take_through("?>")
                         : rest_.starts_with("<!")        ? take_through(">")
                         : rest_.starts_with("</")        ? take_end_tag()
                                                          : take_start_tag();
      if (!whole) return std::nullopt;
    }
    if (!open_.empty()) return std::nullopt;
    return std::move(kept_);
  }
  const std::set<std::string>& dropped() const { return dropped_; }

 private:
  bool take(std::size_t size) {
    if (open_.empty()) kept_ += rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  bool take_through(std::string_view end) {
    const std::size_t at = rest_.find(end);
    return at != std::string_view::npos && take(at + end.size());
  }

  bool take_end_tag() {
    const std::string_view name = rest_.substr(2, rest_.find_first_of(" \t\r\n>") - 2);
    if (open_.empty()) return take_through(">");
    if (open_.back() != name || !take_through(">")) return false;
    open_.pop_back();
    return true;
  }

  bool take_start_tag() {
    const std::size_t name_end = rest_.find_first_of(" \t\r\n/>");
    if (name_end == std::string_view::npos) return false;
    const std::string_view name = rest_.substr(1, name_end - 1);
    const bool goes = !open_.empty() || is_unwanted(name);
    std::string tag(rest_.substr(0, name_end));
    std::size_t at = name_end;
    while (true) {
      const std::size_t space = at;
      at = rest_.find_first_not_of(kXmlSpace, at);
      if (at == std::string_view::npos) return false;
      if (rest_[at] == '>' || rest_.substr(at).starts_with("/>")) {
        const bool empty = rest_[at] == '/';
        at += empty ? 2 : 1;
        if (!goes) kept_ += tag.append(rest_.substr(space, at - space));
        if (goes && !empty) open_.push_back(name);
        rest_.remove_prefix(at);
        return true;
      }
      // An attribute: name, equals sign, value in quotes.
      const std::size_t equals = rest_.find('=', at);
      if (equals == std::string_view::npos) return false;
      const std::string_view attribute = rest_.substr(at, rest_.find_first_of("= \t\r\n", at) - at);
      const std::size_t begin = rest_.find_first_not_of(kXmlSpace, equals + 1);
      if (begin == std::string_view::npos || (rest_[begin] != '"' && rest_[begin] != '\'')) {
        return false;
      }
      const std::size_t end = rest_.find(rest_[begin], begin + 1);
      if (end == std::string_view::npos) return false;
      at = end + 1;
      if (!goes && !is_unwanted(attribute)) tag.append(rest_.substr(space, at - space));
    }
  }

  bool is_unwanted(std::string_view qualified) {
    const std::size_t colon = qualified.find(':');
    if (colon == std::string_view::npos) return false;
    const auto found = namespaces_.find(qualified.substr(0, colon));
    const std::string_view uri = found == namespaces_.end() ? std::string_view() : found->second;
    if (!is_unwanted_(uri, qualified.substr(colon + 1))) return false;
    dropped_.emplace(qualified);
    return true;
  }

  std::string_view rest_;
  const std::map<std::string_view, std::string_view> namespaces_;
  const IsUnwanted& is_unwanted_;
  std::string kept_;
  std::vector<std::string_view> open_;  ///< open elements within a dropped element, the dropped one
                                        ///< first
  std::set<std::string> dropped_;
};

}  // namespace

std::string without_xmp_previews(std::string_view xmp, std::set<std::string>* dropped) {
  const IsUnwanted is_preview = [](std::string_view uri, std::string_view name) {
    static constexpr std::array<std::string_view, 6> kOfPictures = {
        "http://ns.adobe.com/hdr-gain-map/1.0/",      "http://ns.apple.com/HDRGainMap/1.0/",
        "http://ns.google.com/photos/1.0/container/", "http://ns.google.com/photos/1.0/depthmap/",
        "http://ns.google.com/photos/1.0/image/",     "http://ns.google.com/photos/dd/1.0/device/"};
    if (uri == "http://ns.google.com/photos/1.0/camera/") {
      return name.starts_with("MotionPhoto") || name.starts_with("MicroVideo");
    }
    return name == "Thumbnails" ||
           std::find(kOfPictures.begin(), kOfPictures.end(), uri) != kOfPictures.end();
  };
  XmlFilter filter(xmp, is_preview);
  auto kept = filter.run();
  if (!kept) return {};
  if (dropped != nullptr) dropped->insert(filter.dropped().begin(), filter.dropped().end());
  return *std::move(kept);
}

std::string without_xmp_extension(std::string_view xmp) {
  const IsUnwanted is_announcement = [](std::string_view uri, std::string_view name) {
    return uri == "http://ns.adobe.com/xmp/note/" && name == "HasExtendedXMP";
  };
  return XmlFilter(xmp, is_announcement).run().value_or("");
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

}  // namespace lama::internal::codecs
