#include "base/similar_name.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace lama::internal {
namespace {

/// The number of inserted, deleted or replaced letters between a and b (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> similar_name(std::string_view misspelt,
                                        std::span<const std::string> names) {
  constexpr std::size_t kLongest = 200;  // a longer text is not a name
  if (misspelt.size() > kLongest) return std::nullopt;
  const std::string* nearest = nullptr;
  std::size_t least = 0;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(misspelt, name);
    if (nearest != nullptr && distance >= least) continue;
    nearest = &name;
    least = distance;
  }
  // Beyond a third of its letters, any name is equally near.
  if (nearest == nullptr || least * 3 > nearest->size()) return std::nullopt;
  return *nearest;
}

}  // namespace lama::internal
