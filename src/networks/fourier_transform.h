// The transforms of the Fourier unit (paper section 2.1, steps a and c).
#pragma once

#include <torch/torch.h>

#include "model/generator_config.h"

namespace lama::internal::networks {

/// The half spectrum of `x` (N, C, H, W) over height and width, or over the channels too: N, C, H,
/// W / 2 + 1, complex.
torch::Tensor fourier_transform(const torch::Tensor& x, model::FftNorm norm, bool over_channels);

/// The real map, `width` wide, of a half spectrum that need not be that of a real map: complex
/// inverse transforms along height (and channels), then a real one along the width that ignores the
/// imaginary parts of bins 0 and, for even widths, width / 2. PyTorch does the same on the CPU; on
/// any other device the spectrum goes through hermitian_columns first, because cuFFT and others
/// leave the effect of such bins open. Derivatives of every order are those of this meaning.
torch::Tensor inverse_fourier_transform(const torch::Tensor& spectrum, std::int64_t width,
                                        model::FftNorm norm, bool over_channels);

/// `spectrum` with bin 0 and, for even widths, bin width / 2 of every row replaced by their
/// Hermitian parts, (v[k] + conj v[-k]) / 2 over height (and channels): the inverse ignores the
/// rest of those columns.
torch::Tensor hermitian_columns(const torch::Tensor& spectrum, std::int64_t width,
                                bool over_channels);

}  // namespace lama::internal::networks
