#include "networks/fourier_transform.h"

#include <vector>

#include "tests/training/hashed.h"

namespace lama::internal::networks {
namespace {

using model::FftNorm;
using testing::difference;
using testing::hashed;

/// N, C, H, W / 2 + 1 complex numbers that are no real map's spectrum.
torch::Tensor spectrum(std::int64_t channels, std::int64_t height, std::int64_t width) {
  const model::Shape shape = {2, channels, height, width / 2 + 1};
  return torch::complex(hashed("real", shape, torch::kDouble, -1, 1),
                        hashed("imaginary", shape, torch::kDouble, -1, 1));
}

/// The definition (design: complex along the height, then along the width from the real parts of
/// what stands alone there), as sums.
torch::Tensor plain_inverse(const torch::Tensor& spectrum, std::int64_t width) {
  const std::int64_t height = spectrum.size(2), bins = spectrum.size(3);
  const auto waves = [](std::int64_t n, std::int64_t of, std::int64_t period) {
    const torch::Tensor angle =
        torch::outer(torch::arange(n, torch::kDouble), torch::arange(of, torch::kDouble)) *
        (2 * M_PI / static_cast<double>(period));
    return torch::complex(angle.cos(), angle.sin());
  };
  const torch::Tensor columns =
      torch::einsum("yk,nckx->ncyx", {waves(height, height, height), spectrum});
  torch::Tensor twice = torch::full({bins}, 2.0, torch::kDouble);
  twice[0] = 1;
  if (width % 2 == 0) twice[bins - 1] = 1;
  const torch::Tensor across = waves(width, bins, width);
  const torch::Tensor sum =
      torch::einsum("ncyk,xk->ncyx", {torch::real(columns) * twice, torch::real(across)}) -
      torch::einsum("ncyk,xk->ncyx", {torch::imag(columns) * twice, torch::imag(across)});
  return sum / std::sqrt(static_cast<double>(height * width));
}

struct Size {
  std::int64_t height, width;
};
const std::vector<Size> kSizes = {{1, 1}, {1, 2}, {2, 1}, {2, 2},   {3, 5},
                                  {5, 4}, {8, 8}, {7, 6}, {13, 11}, {16, 9}};

TEST(FourierTransform, InverseIgnoresWhatStandsAloneAcrossTheWidth) {
  for (const auto& [height, width] : kSizes) {
    const torch::Tensor z = spectrum(3, height, width);
    EXPECT_LE(difference(plain_inverse(z, width),
                         inverse_fourier_transform(z, width, FftNorm::ortho, false)),
              1e-12)
        << height << " x " << width;
  }
}

// A library may leave the meaning of an inconsistent spectrum open: this decides it before.
TEST(FourierTransform, HermitianColumnsHaveTheSameInverse) {
  for (const bool over_channels : {false, true}) {
    for (const auto& [height, width] : kSizes) {
      const torch::Tensor z = spectrum(4, height, width);
      const torch::Tensor defined = hermitian_columns(z, width, over_channels);
      EXPECT_LE(
          difference(inverse_fourier_transform(z, width, FftNorm::ortho, over_channels),
                     inverse_fourier_transform(defined, width, FftNorm::ortho, over_channels)),
          1e-12)
          << height << " x " << width;
      // And then it is a real map's: a transform of any library gives it back.
      const torch::Tensor map =
          inverse_fourier_transform(defined, width, FftNorm::ortho, over_channels);
      EXPECT_LE(difference(torch::view_as_real(defined), torch::view_as_real(fourier_transform(
                                                             map, FftNorm::ortho, over_channels))),
                1e-12)
          << height << " x " << width;
    }
  }
}

TEST(FourierTransform, RealColumnsWouldBeAnotherMeaning) {
  torch::Tensor z = spectrum(2, 8, 8);
  const torch::Tensor right = inverse_fourier_transform(z, 8, FftNorm::ortho, false);
  torch::imag(z).slice(3, 0, 1).zero_();
  EXPECT_GE(difference(right, inverse_fourier_transform(z, 8, FftNorm::ortho, false)), 1e-2);
}

/// Derivatives along a direction, from differences: of a linear function they are exact.
TEST(FourierTransform, FirstAndSecondDerivativesAreThoseOfTheMeaning) {
  for (const bool through_hermitian : {false, true}) {
    for (const auto& [height, width] : kSizes) {
      const auto function = [&, width = width](const torch::Tensor& parts) {
        torch::Tensor z = torch::view_as_complex(parts);
        if (through_hermitian) z = hermitian_columns(z, width, false);
        return inverse_fourier_transform(z, width, FftNorm::ortho, false).pow(3).sum();
      };
      const torch::Tensor at = torch::view_as_real(spectrum(2, height, width)).contiguous();
      const torch::Tensor direction = hashed("direction", at.sizes().vec(), torch::kDouble, -1, 1);
      const auto gradient = [&](const torch::Tensor& point, bool again) {
        const torch::Tensor x = testing::leaf(point);
        const torch::Tensor first = torch::autograd::grad({function(x)}, {x}, {}, true, again)[0];
        return again ? torch::autograd::grad({(first * direction).sum()}, {x})[0] : first;
      };
      const double step = 1e-5;
      const torch::Tensor above = at + step * direction, below = at - step * direction;
      const double slope = (function(above) - function(below)).item<double>() / (2 * step);
      EXPECT_NEAR((gradient(at, false) * direction).sum().item<double>() / slope, 1, 1e-7);
      EXPECT_LE(difference((gradient(above, false) - gradient(below, false)) / (2 * step),
                           gradient(at, true)),
                1e-7)
          << height << " x " << width;
    }
  }
}

}  // namespace
}  // namespace lama::internal::networks
