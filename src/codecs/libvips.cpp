#include "codecs/libvips.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <string_view>

#include "base/error.h"
#include "codecs/load_codecs.h"

namespace lama::internal::codecs {

using vips::VImage;

void start_libvips() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Libraries do not print. Important warnings become errors (fail_on).
    g_log_set_default_handler([](const gchar*, GLogLevelFlags, const gchar*, gpointer) {}, nullptr);
    if (VIPS_INIT("lama") != 0) throw Error("libvips does not start");
    vips_cache_set_max(0);  // every picture is read once: cache none
  });
}

void load_codecs() { start_libvips(); }

std::string reason(const vips::VError& error) {
  // A consequence, which libvips reports before the reason.
  constexpr std::string_view kBadSeek = "source: bad seek to ";
  std::string_view text = error.what();
  vips_error_clear();
  while (text.starts_with(kBadSeek) && text.find('\n') < text.size() - 1) {
    text.remove_prefix(text.find('\n') + 1);
  }
  // For impossible sizes libvips has no message.
  return text.empty() ? "libvips cannot take its size or form"
                      : std::string(text.substr(0, text.find('\n')));
}

bool lacks_memory(const std::string& why) {
  constexpr std::string_view kSigns[] = {"out of memory", "Error creating thread",
                                         "Cannot allocate memory", "emory allocation",
                                         // WebP's sizes are checked before.
                                         "webpsave: unable to encode"};
  return std::any_of(std::begin(kSigns), std::end(kSigns),
                     [&why](std::string_view sign) { return why.find(sign) != std::string::npos; });
}

bool may_lack_memory(const std::string& why) {
  // OpenJPEG's words and libheif's, for damage and unknown colours too.
  return why.find("Failed to decode") != std::string::npos ||
         why.find("Unsupported color conversion") != std::string::npos;
}

Blob own(VipsBlob* blob) {
  return {blob, [](VipsBlob* b) { vips_area_unref(VIPS_AREA(b)); }};
}

std::span<const std::uint8_t> bytes_of(const Blob& blob) {
  std::size_t size = 0;
  const void* data = vips_blob_get(blob.get(), &size);
  return {static_cast<const std::uint8_t*>(data), size};
}

std::span<const std::uint8_t> get_blob(const VImage& image, const char* field) {
  if (image.get_typeof(field) == 0) return {};
  std::size_t size = 0;
  const void* data = image.get_blob(field, &size);
  return {static_cast<const std::uint8_t*>(data), size};
}

void set_blob(VImage& image, const char* field, std::span<const std::uint8_t> data) {
  vips_image_set_blob_copy(image.get_image(), field, data.data(), data.size());
}

}  // namespace lama::internal::codecs
