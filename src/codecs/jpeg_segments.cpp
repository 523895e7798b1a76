#include "codecs/jpeg_segments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "codecs/exif_previews.h"
#include "codecs/previews.h"

namespace lama::internal::codecs {
namespace {

constexpr int kApp0 = 0xe0, kApp1 = 0xe1, kApp2 = 0xe2, kApp13 = 0xed, kApp14 = 0xee;
constexpr std::size_t kMostBytes = 65533;
constexpr std::string_view kJfif("JFIF\0", 5), kExif("Exif\0\0", 6),
    kXmp("http://ns.adobe.com/xap/1.0/\0", 29),
    kExtendedXmp("http://ns.adobe.com/xmp/extension/\0", 35), kProfile("ICC_PROFILE\0", 12),
    kMultiPicture("MPF\0", 4), kGainMap("urn:iso:std:iso:ts:21496:-1\0", 28),
    kPhotoshop("Photoshop 3.0\0", 14), kAdobe("Adobe", 5), kThermal("FLIR\0", 5);

bool is(const JpegSegment& segment, int marker, std::string_view magic) {
  return segment.marker == marker && text_of(segment.data).starts_with(magic);
}

bool holds_picture(const JpegSegment& segment) {
  const std::string_view text = text_of(segment.data);
  return text.find("\xff\xd8\xff") != std::string_view::npos ||
         text.find("\x89PNG\r\n\x1a\n") != std::string_view::npos;
}

/// The contents of all segments with this magic, joined; leaves out `skipped` more bytes of each.
std::string joined(const std::vector<JpegSegment>& segments, int marker, std::string_view magic,
                   std::size_t skipped = 0) {
  std::string all;
  for (const JpegSegment& segment : segments) {
    if (!is(segment, marker, magic)) continue;
    all += text_of(segment.data).substr(std::min(magic.size() + skipped, segment.data.size()));
  }
  return all;
}

/// Works on the segments of one file.
class Repair {
 public:
  Repair(std::vector<JpegSegment> segments, std::vector<std::string>& notes)
      : segments_(std::move(segments)), notes_(notes) {}

  void drop_pictures_behind() {
    if (drop([](const JpegSegment& s) { return is(s, kApp2, kMultiPicture); })) {
      notes_.emplace_back("the list of further pictures in the file (MPF) was dropped with them");
    }
    if (drop([](const JpegSegment& s) { return is(s, kApp2, kGainMap); })) {
      notes_.emplace_back("the gain map (ISO 21496-1) was dropped");
    }
  }

  void drop_jfif_thumbnails() {
    constexpr std::size_t kBytes = 14, kWidth = 12, kHeight = 13;  // ITU-T T.871, 10.1
    for (JpegSegment& segment : segments_) {
      if (!is(segment, kApp0, kJfif) || segment.data.size() <= kBytes) continue;
      if (segment.data[kWidth] == 0 || segment.data[kHeight] == 0) continue;
      segment.data.resize(kBytes);
      segment.data[kWidth] = segment.data[kHeight] = 0;
      notes_.emplace_back("the JFIF thumbnail was dropped");
    }
    if (drop([](const JpegSegment& s) { return is(s, kApp0, {"JFXX\0", 5}); })) {
      notes_.emplace_back("the JFIF extension was dropped: it holds a thumbnail");
    }
  }

  bool replace_exif_thumbnails(
      const std::function<std::vector<std::uint8_t>(std::size_t)>& make_thumbnail) {
    return std::all_of(segments_.begin(), segments_.end(), [&](JpegSegment& segment) {
      return !is(segment, kApp1, kExif) ||
             replace_exif_previews(std::span(segment.data).subspan(kExif.size()), make_thumbnail,
                                   notes_);
    });
  }

  void drop_photoshop_thumbnails() {
    // Resources that are longer than a segment continue in the next one.
    std::string old(kPhotoshop);
    old += joined(segments_, kApp13, kPhotoshop);
    const auto kept = without_photoshop_thumbnails(
        {reinterpret_cast<const std::uint8_t*>(old.data()), old.size()});
    if (text_of(kept) == old) return;
    const auto is_photoshop = [](const JpegSegment& s) { return is(s, kApp13, kPhotoshop); };
    const auto first = std::find_if(segments_.begin(), segments_.end(), is_photoshop);
    auto at = first - segments_.begin();
    drop(is_photoshop);
    notes_.emplace_back(kept.empty() ? "the Photoshop resources were dropped: they are damaged"
                                     : "the Photoshop thumbnail was dropped");
    for (std::size_t done = kPhotoshop.size(); done < kept.size(); ++at) {
      const std::size_t size = std::min(kMostBytes - kPhotoshop.size(), kept.size() - done);
      JpegSegment segment{kApp13, {kPhotoshop.begin(), kPhotoshop.end()}};
      const auto begin = kept.begin() + static_cast<std::ptrdiff_t>(done);
      segment.data.insert(segment.data.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
      segments_.insert(segments_.begin() + at, std::move(segment));
      done += size;
    }
  }

  void drop_xmp_previews() {
    std::set<std::string> dropped;
    constexpr std::size_t kPosition = 32 + 4 + 4;  // XMP part 3, 1.1.3.1: digest, length, offset
    const std::string extension = joined(segments_, kApp1, kExtendedXmp, kPosition);
    const bool extension_goes = without_xmp_previews(extension, &dropped) != extension;
    if (extension_goes) {
      drop([](const JpegSegment& s) { return is(s, kApp1, kExtendedXmp); });
      notes_.emplace_back("the extended XMP was dropped: it holds other pictures, or is damaged");
    }
    dropped.clear();
    for (JpegSegment& segment : segments_) {
      if (!is(segment, kApp1, kXmp)) continue;
      const std::string old(text_of(segment.data).substr(kXmp.size()));
      std::string kept = without_xmp_previews(old, &dropped);
      if (extension_goes) kept = without_xmp_extension(kept);
      if (kept == old) continue;
      if (kept.empty()) notes_.emplace_back("the XMP was dropped: it is damaged or not in UTF-8");
      segment.data.resize(kept.empty() ? 0 : kXmp.size());
      segment.data.insert(segment.data.end(), kept.begin(), kept.end());
    }
    drop([](const JpegSegment& s) { return s.marker == kApp1 && s.data.empty(); });
    if (!dropped.empty()) {
      notes_.push_back(fmt::format("XMP's statements about other pictures were dropped: {}",
                                   fmt::join(dropped, ", ")));
    }
  }

  /// A picture may continue in further segments with the same marker.
  void drop_unknown_pictures() {
    static constexpr std::array<std::pair<int, std::string_view>, 7> kKnown = {
        {{kApp0, kJfif},
         {kApp1, kExif},
         {kApp1, kXmp},
         {kApp1, kExtendedXmp},
         {kApp2, kProfile},
         {kApp13, kPhotoshop},
         {kApp14, kAdobe}}};
    const auto is_known = [](const JpegSegment& segment) {
      return segment.marker > 0xef ||
             std::any_of(kKnown.begin(), kKnown.end(),
                         [&](const auto& known) { return is(segment, known.first, known.second); });
    };
    std::set<int> markers;
    for (const JpegSegment& segment : segments_) {
      if (is_known(segment)) continue;
      if (holds_picture(segment) || is(segment, kApp1, kThermal)) markers.insert(segment.marker);
    }
    for (const int marker : markers) {
      drop([&](const JpegSegment& s) { return s.marker == marker && !is_known(s); });
      notes_.push_back(fmt::format("the application data in APP{} was dropped: it holds a picture",
                                   marker - kApp0));
    }
  }

  std::vector<JpegSegment> segments() && { return std::move(segments_); }

 private:
  template <typename Predicate>
  bool drop(const Predicate& is_unwanted) {
    return std::erase_if(segments_, is_unwanted) > 0;
  }

  std::vector<JpegSegment> segments_;
  std::vector<std::string>& notes_;
};

}  // namespace

std::optional<std::vector<JpegSegment>> repaired_segments(
    std::vector<JpegSegment> segments,
    const std::function<std::vector<std::uint8_t>(std::size_t)>& make_thumbnail,
    std::vector<std::string>& notes) {
  Repair repair(std::move(segments), notes);
  repair.drop_pictures_behind();
  repair.drop_jfif_thumbnails();
  if (!repair.replace_exif_thumbnails(make_thumbnail)) return std::nullopt;
  repair.drop_photoshop_thumbnails();
  repair.drop_xmp_previews();
  repair.drop_unknown_pictures();
  return std::move(repair).segments();
}

}  // namespace lama::internal::codecs
