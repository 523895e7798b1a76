#include "masks/numpy_random.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/error.h"

namespace lama::internal::masks {

/// Uniform over 0 to `most`: truncates draws to the number of bits of `most` until one fits.
std::uint32_t NumpyRandom::bounded(std::uint32_t most) {
  if (most == 0) return 0;
  const std::uint32_t bits = 0xffffffffU >> std::countl_zero(most);
  std::uint32_t value = 0;
  do {
    value = twister_.next() & bits;
  } while (value > most);
  return value;
}

std::int64_t NumpyRandom::randint(std::int64_t low, std::int64_t high) {
  if (low >= high || high - 1 - low > 0xffffffff) {
    throw Error(
        fmt::format("no whole number can be drawn from {} up to but without {}", low, high));
  }
  return low + bounded(static_cast<std::uint32_t>(high - 1 - low));
}

std::size_t NumpyRandom::choice(std::span<const double> probabilities) {
  std::vector<double> cdf(probabilities.size());
  std::partial_sum(probabilities.begin(), probabilities.end(), cdf.begin());
  const double sum = cdf.back();
  for (double& value : cdf) value /= sum;
  return static_cast<std::size_t>(std::upper_bound(cdf.begin(), cdf.end(), random()) - cdf.begin());
}

std::vector<std::size_t> NumpyRandom::choice_without_replacement(std::size_t n, std::size_t size) {
  std::vector<std::size_t> indices(n);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  shuffle(indices);
  indices.resize(size);
  return indices;
}

}  // namespace lama::internal::masks
