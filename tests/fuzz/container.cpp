// Containers and metadata of picture files: nothing is decoded.
#include <vector>

#include "base/error.h"
#include "codecs/container.h"
#include "codecs/exif_previews.h"
#include "codecs/format.h"
#include "codecs/iptc.h"
#include "codecs/metadata_bounds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lama::internal::codecs;  // NOLINT(google-build-using-namespace)
  const std::span<const std::uint8_t> file(data, size);
  try {
    if (const auto format = format_of(file)) {
      require_bounded_metadata(file, *format);
      (void)read_container(file, *format);
      (void)embedded_pictures(file, *format);
    }
  } catch (const lama::internal::Error&) {
  }
  // The blocks that stand in such files, each alone.
  std::vector<std::uint8_t> exif(file.begin(), file.end());
  std::vector<std::string> notes;
  (void)replace_exif_previews(
      exif, [](std::size_t most) { return std::vector<std::uint8_t>(most / 2); }, notes);
  (void)iptc_of_resources(file);
  (void)iptc_of_png_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
