"""Makes tests/data/fills.safetensors: what PyTorch and NumPy say of the fills in evaluation.safetensors.

usage: make_fills.py [--out tests/data/fills.safetensors]

Feature distances by stage and pooled features of EfficientNet-Lite1 (efficientnet_lite.py, hashed weights), sharpness,
spectra, and kernel distances of the feature sets that are there.
"""
import argparse
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import efficientnet_lite
import hashed
import safetensors_io

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def unit(x):
    return x / (x.pow(2).sum(1, keepdim=True).sqrt() + 1e-6)


def stage_distances(network, fill, truth, mask):
    distances = []
    for a, b in list(zip(network(fill), network(truth)))[:6]:
        weight = F.interpolate(mask, size=a.shape[-2:], mode="area")
        distances.append(float(((unit(a) - unit(b)).pow(2).sum(1, keepdim=True) * weight).sum() / weight.sum()))
    return distances


def sharpness(picture, mask):
    grey = picture.mean(1, keepdim=True)
    high = (grey - F.avg_pool2d(grey, 5, 1, 2)).abs()
    ring = F.max_pool2d(mask, 61, 1, 30) - mask
    return float((high * mask).sum() / mask.sum() / ((high * ring).sum() / ring.sum()))


def spectrum(pictures, mask):
    """The radial mean powers of the windows in the hole, one row for each picture."""
    rise = np.sin(np.pi * (np.arange(32) + 0.5) / 32) ** 2
    waves = np.minimum(np.arange(32), 32 - np.arange(32))
    radius = np.floor(np.hypot(waves[:, None], waves) + 0.5).astype(int)
    power = np.zeros((len(pictures), 16))
    height, width = mask.shape
    for y in range(0, height - 31, 16):
        for x in range(0, width - 31, 16):
            if mask[y:y + 32, x:x + 32].mean() < 0.75:
                continue
            for row, picture in zip(power, pictures):
                grey = picture[y:y + 32, x:x + 32].mean(-1) / 255
                norm = np.abs(np.fft.fft2((grey - grey.mean()) * np.outer(rise, rise))) ** 2
                row += [norm[radius == r].sum() for r in range(16)]
    return power


def kernel_distance(a, b):
    def k(x, y):
        return (float(x @ y) / len(x) + 1) ** 3
    a, b = a.astype(np.float64), b.astype(np.float64)
    same = [np.mean([k(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j]) for s in (a, b)]
    return sum(same) - 2 * np.mean([k(x, y) for x in a for y in b])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=DATA / "fills.safetensors")
    arguments = parser.parse_args()
    given, _ = safetensors_io.load(DATA / "evaluation.safetensors")
    pictures = [given[name] for name in ("truth", "result0", "result1")]
    tensors = [torch.from_numpy(p.transpose(2, 0, 1)[None].astype(np.float64) / 255) for p in pictures]
    mask = given["mask"] > 0
    hole = torch.from_numpy(mask[None, None].astype(np.float64))
    network = hashed.fill(efficientnet_lite.EfficientNetLite(1, False)).double().eval()
    with torch.no_grad():
        out = {"distances": np.array([stage_distances(network, fill, tensors[0], hole) for fill in tensors[1:]]),
               "features": network(tensors[0])[6].mean((2, 3))[0].numpy()}
    sharp = [sharpness(t, hole) for t in tensors]
    out["sharpness"] = np.array([s / max(1e-6, sharp[0]) for s in sharp[1:]])
    power = spectrum(pictures, mask) + 1e-6
    out["spectrum"] = np.array([np.abs(10 * np.log10(p[1:] / power[0, 1:])).mean() for p in power[1:]])
    for name in ("many", "few"):
        out[f"kernel.{name}"] = np.array([kernel_distance(given[f"features.{name}.result"], given[f"features.{name}.truth"])])
    for name, values in out.items():
        print(name, values.ravel()[:12])
    safetensors_io.save(arguments.out, out)


if __name__ == "__main__":
    main()
