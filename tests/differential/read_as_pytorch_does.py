"""Writes thousands of files with PyTorch and compares print_tensors' output with their content.

    read_as_pytorch_does.py PRINT_TENSORS [--files N] [--seed S]

Every file differs: dtypes, views with offsets, steps, transpositions and repetition, storages shared between tensors,
empty and 0-dimensional tensors, order of keys, kind of dictionary, Lightning-like or plain or modules, and both formats.
Exits with 77 (skipped) where PyTorch is not installed.
"""
import argparse
import collections
import os
import random
import subprocess
import sys
import tempfile
import warnings

try:
    import torch
except ImportError:
    print("PyTorch is not installed: skipped")
    sys.exit(77)

FLOATS = [torch.float32, torch.float16, torch.bfloat16, torch.float64]
OTHERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]


def random_base(rng):
    dtype = rng.choice(FLOATS if rng.random() < 0.8 else OTHERS)
    values = torch.randn(rng.randint(1, 120)) * 10
    return values.to(dtype)


def random_view(rng, base):
    """A window on a flat tensor, as slicing, transposing and expanding make them."""
    n = base.numel()
    start = rng.randrange(n)
    flat = base[start:start + rng.randint(0, n - start)]
    kind = rng.randrange(6)
    if kind == 0:
        return flat
    if kind == 1 and flat.numel() > 0:
        return flat[::rng.randint(1, 3)]
    if kind == 2 and flat.numel() >= 6:
        rows = rng.choice([r for r in (1, 2, 3) if flat.numel() // r >= 1])
        columns = flat.numel() // rows
        table = flat[:rows * columns].view(rows, columns)
        return table.t() if rng.random() < 0.5 else table
    if kind == 3 and flat.numel() > 0:
        return flat[0]
    if kind == 4 and flat.numel() > 0:
        return flat[:1].expand(rng.randint(1, 4), rng.randint(1, 4))
    if kind == 5 and flat.numel() >= 12:
        return flat.as_strided((2, 2, 2), (rng.randint(0, 4), rng.randint(0, 3), rng.randint(0, 3)))
    return flat


def random_state(rng):
    # One base per dtype may be shared: views of one storage as different types cannot be saved.
    bases = [random_base(rng) for _ in range(rng.randint(1, 4))]
    names = [f"layer{i}.{rng.choice(['weight', 'bias', 'running_mean'])}" for i in range(rng.randint(1, 9))]
    rng.shuffle(names)
    state = collections.OrderedDict() if rng.random() < 0.7 else {}
    for name in names:
        tensor = random_view(rng, rng.choice(bases))
        if tensor.dtype.is_floating_point and rng.random() < 0.2:
            tensor = torch.nn.Parameter(tensor)
        state[name] = tensor
    return state


class Holder(torch.nn.Module):
    pass


def as_module(state):
    root = Holder()
    for name, tensor in state.items():
        layer, leaf = name.split(".")
        if layer not in root._modules:
            root.add_module(layer, Holder())
        target = root._modules[layer]
        if isinstance(tensor, torch.nn.Parameter):
            target.register_parameter(leaf, tensor)
        else:
            target.register_buffer(leaf, tensor)
    return root


def write(rng, path):
    """Writes a random file and returns the tensors a reader should find."""
    state = random_state(rng)
    layout = rng.randrange(4)
    if layout == 0:
        stored = state
    elif layout == 1:
        extra = {"discriminator.x": torch.randn(3), "val_evaluator.scores.fid.w": torch.randn(2)}
        both = [("generator." + k, v) for k, v in state.items()] + list(extra.items())
        rng.shuffle(both)
        stored = {"epoch": 1, "state_dict": collections.OrderedDict(both), "hparams_name": "config",
                  "optimizer_states": [{"state": {0: {"step": torch.tensor(3.0)}}}],
                  "pytorch-lightning_version": "1.2.9"}
    elif layout == 2:
        stored = collections.OrderedDict(("module." + k, v) for k, v in state.items())
    else:
        stored = as_module(state)
    torch.save(stored, path, _use_new_zipfile_serialization=rng.random() < 0.5,
               pickle_protocol=rng.choice([2, 3, 4, 5]))
    return state


def expected_lines(state):
    lines = set()
    for name, tensor in state.items():
        tensor = tensor.detach()
        values = "-"
        if tensor.dtype.is_floating_point:
            values = tensor.float().contiguous().numpy().tobytes().hex()
        shape = "".join(f"{side} " for side in tensor.shape)
        lines.add(f"{name} {str(tensor.dtype).split('.')[1]} {tensor.dim()} {shape}{values}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("print_tensors")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)

    with tempfile.TemporaryDirectory() as folder:
        expected = {}
        for i in range(args.files):
            path = os.path.join(folder, f"{i}.pt")
            expected[path] = expected_lines(write(rng, path))
        output = subprocess.run([args.print_tensors], input="\n".join(expected), capture_output=True, text=True,
                                check=True).stdout
        found = {}
        for line in output.splitlines():
            if line.startswith("file "):
                current = found.setdefault(line[5:], set())
            else:
                current.add(line)
        wrong = [path for path in expected if found.get(path) != expected[path]]
        for path in wrong[:5]:
            print(os.path.basename(path), "differs:")
            for line in sorted(found.get(path, set()) ^ expected[path])[:6]:
                print("  read   " if line in found.get(path, set()) else "  written", line[:160])
        print(f"{args.files} files, {sum(map(len, expected.values()))} tensors, {len(wrong)} files read differently")
        sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
