"""Makes tests/data/fourier_unit.safetensors: one FourierUnit and raw inverse transforms, many sizes.

    conv_layer.weight, bn.*   the unit's parameters (5 channels, F32)
    in.HxW, out.HxW           [H,W,5] F32; out is a float64 run rounded to F32
    spec.HxW                  [H,W/2+1,3,2] F32 half spectrum (real, imaginary) that no real picture has
    irfft.HxW                 [H,W,3] what irfftn(norm="ortho") over (H,W) makes of it

The raw spectra are not Hermitian in columns 0 and W/2, so they pin down what the inverse does there:
a complex inverse transform along H first, then a real one along W that ignores those imaginary parts.
"""
import argparse
import os

import numpy as np
import torch

import lama_reference as ref
import pictures
import safetensors_io

CHANNELS = 5
UNIT_SIZES = [(1, 1), (1, 8), (8, 1), (5, 7), (8, 8), (9, 13), (16, 12), (6, 31), (17, 34)]
INVERSE_SIZES = [(1, 2), (2, 1), (8, 8), (7, 9), (12, 10), (5, 64), (64, 5), (31, 37)]


def stepwise_inverse(spectrum, w):
    """The definition stated above, independent of irfftn."""
    f = torch.fft.ifft(spectrum, dim=-2, norm="ortho")
    for column in {0} | ({w // 2} if w % 2 == 0 else set()):
        f[..., column] = f[..., column].real.to(f.dtype)
    n = f.shape[-1]
    mirrored = [w - k if k >= n else k for k in range(w)]
    full = f[..., mirrored]
    full[..., n:] = full[..., n:].conj()
    return torch.fft.ifft(full, dim=-1, norm="ortho").real


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(pictures.DATA, "fourier_unit.safetensors"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(5)

    unit = ref.FourierUnit(CHANNELS).eval()
    with torch.no_grad():
        unit.conv_layer.weight.normal_(0, (1 / CHANNELS) ** 0.5)
        unit.bn.weight.uniform_(0.6, 1.4)
        unit.bn.bias.normal_(0, 0.2)
        unit.bn.running_mean.normal_(0, 0.3)
        unit.bn.running_var.uniform_(0.5, 2)
    tensors = {k: v.numpy() for k, v in unit.state_dict().items() if not k.endswith("num_batches_tracked")}
    unit64 = ref.FourierUnit(CHANNELS).eval().double()
    unit64.load_state_dict(unit.state_dict())

    hwc = lambda t: t[0].permute(1, 2, 0).float().numpy()
    worst = 0
    for h, w in UNIT_SIZES:
        x = torch.randn(1, CHANNELS, h, w) + 0.3
        with torch.no_grad():
            y, y32 = unit64(x.double()), unit(x)
        assert y.abs().max() > 0.05
        worst = max(worst, ((y32 - y).abs().max() / y.pow(2).mean().sqrt()).item())
        tensors[f"in.{h}x{w}"], tensors[f"out.{h}x{w}"] = hwc(x), hwc(y)
    print(f"FourierUnit: float32 differs from float64 by at most {worst:.1e} of the rms")

    worst = 0
    for h, w in INVERSE_SIZES:
        spec = torch.randn(3, h, w // 2 + 1, 2)
        full = torch.view_as_complex(spec.double())
        y = torch.fft.irfftn(full, s=(h, w), dim=(-2, -1), norm="ortho")
        y32 = torch.fft.irfftn(torch.view_as_complex(spec), s=(h, w), dim=(-2, -1), norm="ortho")
        assert torch.allclose(y, stepwise_inverse(full.clone(), w), atol=1e-12)
        worst = max(worst, ((y32 - y).abs().max() / y.pow(2).mean().sqrt()).item())
        tensors[f"spec.{h}x{w}"] = spec.permute(1, 2, 0, 3).contiguous().numpy()
        tensors[f"irfft.{h}x{w}"] = y.permute(1, 2, 0).float().numpy()
    print(f"irfftn: float32 differs from float64 by at most {worst:.1e} of the rms")
    safetensors_io.save(args.out, tensors, {"channels": str(CHANNELS)})


main()
