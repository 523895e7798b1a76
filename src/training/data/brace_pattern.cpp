#include "training/data/brace_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace lama::internal::training {
namespace {

constexpr std::size_t kMaxNames = 1'000'000;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // As large as kMaxNames allows to count in, and whole.
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 0) {
    return std::nullopt;
  }
  return value;
}

/// The texts that one brace stands for. `inside` is between its braces.
std::vector<std::string> choices(const std::string& pattern, std::string_view inside) {
  if (const auto dots = inside.find(".."); dots != std::string_view::npos) {
    const std::string_view low = inside.substr(0, dots), high = inside.substr(dots + 2);
    const auto first = number(low), last = number(high);
    if (!first || !last || *first > *last) {
      throw Error(
          fmt::format("{}: {{{}}} is no range of numbers such as {{000..039}}", pattern, inside));
    }
    if (static_cast<std::uint64_t>(*last - *first) >= kMaxNames) {
      throw Error(fmt::format("{}: {{{}}} is more than a million names", pattern, inside));
    }
    std::vector<std::string> numbers;
    for (std::int64_t i = *first; i <= *last; ++i) {
      numbers.push_back(fmt::format("{:0{}}", i, std::min<std::size_t>(low.size(), 20)));
    }
    return numbers;
  }
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= inside.size();) {
    const std::size_t comma = std::min(inside.find(',', at), inside.size());
    words.emplace_back(inside.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

}  // namespace

std::vector<std::string> expand_braces(const std::string& pattern) {
  std::vector<std::string> names = {""};
  std::size_t at = 0;
  while (at < pattern.size()) {
    const std::size_t open = std::min(pattern.find('{', at), pattern.size());
    for (std::string& name : names) name += pattern.substr(at, open - at);
    if (open == pattern.size()) break;
    const std::size_t close = pattern.find_first_of("{}", open + 1);
    if (close == std::string::npos || pattern[close] == '{') {
      throw Error(fmt::format("{}: a brace that is not closed, or one in another", pattern));
    }
    const auto each =
        choices(pattern, std::string_view(pattern).substr(open + 1, close - open - 1));
    if (names.size() * each.size() > kMaxNames) {
      throw Error(fmt::format("{}: more than a million names", pattern));
    }
    std::vector<std::string> longer;
    longer.reserve(names.size() * each.size());
    for (const std::string& name : names) {
      for (const std::string& choice : each) longer.push_back(name + choice);
    }
    names = std::move(longer);
    at = close + 1;
  }
  return names;
}

}  // namespace lama::internal::training
