#include "base/first_few.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lama::internal {

std::string first_few(std::vector<std::string> items) {
  constexpr std::size_t kShown = 12;
  if (items.size() > kShown) {
    items[kShown] = fmt::format("and {} more", items.size() - kShown);
    items.resize(kShown + 1);
  }
  return fmt::format("{}", fmt::join(items, "; "));
}

}  // namespace lama::internal
