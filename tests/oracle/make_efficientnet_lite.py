"""Makes what PyTorch computes with EfficientNet-Lite, in float64.

    tests/data/training/efficientnet_lite.safetensors

The networks' weights are hashed numbers (hashed.py) and, under "published.", those of the files in FEATURES, which
scripts/fetch-feature-network fetches: of these only two numbers a map and a gradient are kept. The gradients are of the sum of all
maps' products with hashed directions, and under "loss" of the perceptual loss. At the kinks of ReLU6 rounding decides about a
gradient, so pictures are taken that come near none; "picture." in the metadata says which.
"""
import argparse
import os

import torch

import efficientnet_lite
import hashed
import safetensors_io

MARGIN = 1e-5  # of activations to 0 and 6
LOSS_STAGES = (2, 3, 5, 7)


class Relu6:
    """In the place of PyTorch's; knows how near to a kink it came."""

    def __init__(self):
        self.distance = float("inf")

    def __call__(self, x):
        self.distance = min(self.distance, x.detach().abs().min().item(), (x.detach() - 6).abs().min().item())
        return x.clamp(0, 6)


def array(tensor, step=1):
    return tensor.detach().reshape(-1)[::step].float().numpy()


def away_from_kinks(network, height, width):
    """Pictures of whose activations none is near a kink, and their number."""
    for number in range(1000):
        pictures = hashed.numbers(f"picture{number}", (1, 3, height, width), 0).double()
        efficientnet_lite.F.relu6 = relu6 = Relu6()
        network(pictures)
        if relu6.distance > MARGIN:
            return pictures.requires_grad_(), str(number)
    raise SystemExit("no picture is away from all kinks")


def run(network, x):
    maps = network(x)
    total = sum((m * hashed.numbers(f"direction.map{i}", tuple(m.shape))).mean() for i, m in enumerate(maps))
    return maps, torch.autograd.grad(total, x)[0]


def loss(network, prediction, target):
    pairs = [pair for i, pair in enumerate(zip(network(prediction), network(target)), 1) if i in LOSS_STAGES]
    return sum(((p - t) ** 2).mean() / (t ** 2).mean() for p, t in pairs) / len(pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", metavar="FEATURES")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "../data/training"))
    arguments = parser.parse_args()
    tensors, metadata = {}, {}
    for size, file in efficientnet_lite.FILES.items():
        for dilated in (False, True):
            case = f"lite{size}" + (".dilated" if dilated else "")
            network = efficientnet_lite.EfficientNetLite(size, dilated)
            hashed.fill(network).double()
            x, metadata[f"picture.{case}"] = away_from_kinks(network, 27, 22)  # odd and even sides at every stride
            maps, gradient = run(network, x)
            for i, m in enumerate(maps):
                tensors[f"{case}.map{i}"] = array(m, 23)
            tensors[case + ".gradient"] = array(gradient, 5)
            network.load_state_dict(torch.load(os.path.join(arguments.features, file), map_location="cpu"))
            x, metadata[f"picture.published.{case}"] = away_from_kinks(network, 27, 22)
            maps, gradient = run(network, x)
            tensors[f"published.{case}"] = hashed.products([(f"map{i}", m) for i, m in enumerate(maps)] + [("gradient", gradient)])
    network = hashed.fill(efficientnet_lite.EfficientNetLite(0, True)).double()
    prediction, metadata["picture.loss"] = away_from_kinks(network, 24, 20)
    value = 30 * loss(network, prediction, hashed.numbers("target", tuple(prediction.shape), 0).double())
    tensors["loss"] = array(value)
    tensors["loss.gradient"] = array(torch.autograd.grad(value, prediction)[0], 5)
    path = os.path.join(arguments.out, "efficientnet_lite.safetensors")
    safetensors_io.save(path, tensors, metadata)
    print(f"{len(tensors)} tensors, {os.path.getsize(path)} bytes, {metadata}")


if __name__ == "__main__":
    main()
