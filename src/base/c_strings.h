// Texts for exec and posix_spawn.
#pragma once

#include <string>
#include <vector>

namespace lama::internal {

/// Pointers to the `texts`, which must outlive them, and a null pointer.
inline std::vector<char*> c_strings(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace lama::internal
