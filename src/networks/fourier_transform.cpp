#include "networks/fourier_transform.h"

#include <string>
#include <vector>

namespace lama::internal::networks {
namespace {

std::vector<std::int64_t> dimensions(bool over_channels) {
  return over_channels ? std::vector<std::int64_t>{-3, -2, -1} : std::vector<std::int64_t>{-2, -1};
}

std::string name(model::FftNorm norm) {
  switch (norm) {
    case model::FftNorm::forward:
      return "forward";
    case model::FftNorm::backward:
      return "backward";
    case model::FftNorm::ortho:
      break;
  }
  return "ortho";
}

}  // namespace

torch::Tensor fourier_transform(const torch::Tensor& x, model::FftNorm norm, bool over_channels) {
  return torch::fft::rfftn(x, c10::nullopt, dimensions(over_channels), name(norm));
}

torch::Tensor inverse_fourier_transform(const torch::Tensor& spectrum, std::int64_t width,
                                        model::FftNorm norm, bool over_channels) {
  std::vector<std::int64_t> sizes = {spectrum.size(2), width};
  if (over_channels) sizes.insert(sizes.begin(), spectrum.size(1));
  const torch::Tensor defined =
      spectrum.is_cpu() ? spectrum : hermitian_columns(spectrum, width, over_channels);
  return torch::fft::irfftn(defined, sizes, dimensions(over_channels), name(norm));
}

torch::Tensor hermitian_columns(const torch::Tensor& spectrum, std::int64_t width,
                                bool over_channels) {
  std::vector<std::int64_t> mirrored = {2};
  if (over_channels) mirrored.push_back(1);
  const std::vector<std::int64_t> one_step(mirrored.size(), 1);
  const auto hermitian = [&](const torch::Tensor& column) {
    // Bin -k is where k is in the flipped column, one further.
    return (column + column.flip(mirrored).roll(one_step, mirrored).conj()) / 2;
  };
  const std::int64_t bins = spectrum.size(3);
  const std::int64_t between = width % 2 == 0 ? bins - 2 : bins - 1;
  std::vector<torch::Tensor> columns = {hermitian(spectrum.narrow(3, 0, 1)),
                                        spectrum.narrow(3, 1, between)};
  if (width % 2 == 0) columns.push_back(hermitian(spectrum.narrow(3, bins - 1, 1)));
  return torch::cat(columns, 3);
}

}  // namespace lama::internal::networks
