#!/usr/bin/python3
"""Masks per second of processor time, one thread: lama's generators and the published Python ones, taking turns.

    bench/peers/compare_masks.py CHECKOUT build/release/bench/bench_mask_generator

CHECKOUT is a checkout of github.com/advimman/lama. Needs python3-opencv, python3-torch (which the published module imports)
and python3-yaml.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import types

import cv2
import numpy as np
import yaml

CONFIGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "configs", "masks")
ROUNDS = 3


def import_published(checkout):
    lightning = types.ModuleType("pytorch_lightning")
    lightning.seed_everything = None
    segmentation = types.ModuleType("saicinpainting.evaluation.masks.mask")  # needs detectron2; not measured
    segmentation.SegmentationMask = None
    sys.modules["pytorch_lightning"] = lightning
    sys.modules["saicinpainting.evaluation.masks.mask"] = segmentation
    for name in ["saicinpainting.evaluation", "saicinpainting.evaluation.masks"]:
        sys.modules[name] = types.ModuleType(name)
    sys.path.insert(0, checkout)
    from saicinpainting.training.data.masks import MixedMaskGenerator
    return MixedMaskGenerator


def published_rate(generator, size, seconds):
    image = np.zeros((3, size, size), np.uint8)
    np.random.seed(0)
    start, count = time.process_time(), 0
    while time.process_time() - start < seconds:
        generator(image)
        count += 1
    return count / (time.process_time() - start)


def lama_rate(program, name, seconds):
    output = subprocess.run([program, f"--benchmark_filter=^{name}$", f"--benchmark_min_time={seconds}",
                             "--benchmark_format=json"], capture_output=True, check=True).stdout
    return 1e9 / json.loads(output)["benchmarks"][0]["cpu_time"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout")
    parser.add_argument("program")
    args = parser.parse_args()
    mixed = import_published(args.checkout)
    cv2.setNumThreads(1)
    print("| config | lama, masks/s | published Python, masks/s | times |\n|---|---|---|---|")
    for file in sorted(os.listdir(CONFIGS)):
        name = file[:-len(".yaml")]
        with open(os.path.join(CONFIGS, file)) as opened:
            config = yaml.safe_load(opened)
        training = "train" in config
        kwargs = config["train"]["mask_gen_kwargs"] if training else config["mask_generator_kwargs"]
        kwargs.pop("variants_n", None)
        size = config["train"]["out_size"] if training else config["cropping"]["out_min_size"]
        generator = mixed(**kwargs)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(lama_rate(args.program, name, 1))
            theirs.append(published_rate(generator, size, 1))
        a, b = statistics.median(ours), statistics.median(theirs)
        print(f"| {name} | {a:.0f} | {b:.0f} | {a / b:.1f} |", flush=True)


main()
