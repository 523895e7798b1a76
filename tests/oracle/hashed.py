"""Numbers that a program in any language can make again, so that fixtures hold results only.

Element i of a tensor called NAME is low + (high - low) * h(i) / 2^24 in float64, rounded to float32, where h(i) are the upper
24 bits of MurmurHash3's 32-bit finaliser of fnv1a(NAME) + i * 0x9E3779B9 (mod 2^32), fnv1a being the 32-bit hash of NAME's bytes.
A network's parameters are drawn under their names in the state dict, with these ranges:

    weight of 2 or more dimensions   +-sqrt(6 / elements per output)      (per input for a transposed convolution)
    other weight                     0.8 .. 1.2
    bias, running_mean               -0.1 .. 0.1
    running_var                      0.5 .. 1.5
    angle                            -40 .. 60
"""
import numpy as np
import torch


def fnv1a(name):
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def numbers(name, shape, low=-1.0, high=1.0):
    n = int(np.prod(shape))
    with np.errstate(over="ignore"):
        h = np.uint32(fnv1a(name)) + np.arange(n, dtype=np.uint32) * np.uint32(0x9E3779B9)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    unit = (h >> np.uint32(8)).astype(np.float64) / 2**24
    return torch.from_numpy((low + (high - low) * unit).astype(np.float32).reshape(shape))


def parameter(name, shape):
    last = name.rsplit(".", 1)[-1]
    if last == "weight" and len(shape) >= 2:
        bound = (6 / np.prod(shape[1:])) ** 0.5
        return numbers(name, shape, -bound, bound)
    low, high = {"weight": (0.8, 1.2), "running_var": (0.5, 1.5), "angle": (-40, 60)}.get(last, (-0.1, 0.1))
    return numbers(name, shape, low, high)


def fill(network):
    """Gives every parameter and statistic of `network` its numbers; shared tensors use their first name."""
    filled = set()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point() and tensor.data_ptr() not in filled:
                filled.add(tensor.data_ptr())
                tensor.copy_(parameter(name, tuple(tensor.shape)))
    return network


def products(named_gradients):
    """Of each tensor its length and its product with a hashed direction, [[length, product], ...]"""
    rows = []
    for name, gradient in named_gradients:
        gradient = gradient.double()
        rows.append([gradient.norm().item(), (gradient * numbers("direction." + name, tuple(gradient.shape))).sum().item()])
    return np.array(rows, np.float32)
