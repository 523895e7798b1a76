#include "base/environment.h"

#include <cstdlib>

namespace lama::internal {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread sets any
  return value == nullptr ? "" : value;
}

fs::path cache_folder() {
  // The specification of XDG_CACHE_HOME: ignore relative paths.
  if (fs::path folder = environment("XDG_CACHE_HOME"); folder.is_absolute()) return folder;
  const fs::path home = environment("HOME");
  return home.empty() ? home : home / ".cache";
}

fs::path torch_checkpoints() {
  const fs::path torch = environment("TORCH_HOME");
  return (torch.empty() ? cache_folder() / "torch" : torch) / "hub" / "checkpoints";
}

}  // namespace lama::internal
