#include "base/environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace lama::internal {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread sets any
  return value == nullptr ? "" : value;
}

std::vector<std::string> environment_with(std::vector<std::string> variables) {
  std::vector<std::string> result = std::move(variables);
  const auto given = static_cast<std::ptrdiff_t>(result.size());
  for (char** at = environ; *at != nullptr; ++at) {
    // Of two variables of one name, programs take the first or the last.
    const std::string_view text = *at, name = text.substr(0, text.find('=') + 1);
    const bool replaced =
        std::any_of(result.begin(), result.begin() + given,
                    [name](const std::string& variable) { return variable.starts_with(name); });
    if (!replaced) result.emplace_back(text);
  }
  return result;
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
