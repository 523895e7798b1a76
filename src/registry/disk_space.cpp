#include "registry/disk_space.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lama::internal::registry {

void require_disk_space(const std::filesystem::path& folder, std::uint64_t bytes) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  // If the free space is unknown, the write will fail instead.
  if (error || space.available >= bytes) return;
  const auto megabytes = [](std::uint64_t n) { return static_cast<double>(n) * 1e-6; };
  throw Error(fmt::format("{}: {:.1f} MB more are needed there, but only {:.1f} MB are free",
                          folder.string(), megabytes(bytes), megabytes(space.available)));
}

}  // namespace lama::internal::registry
