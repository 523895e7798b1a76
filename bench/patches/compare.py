"""Completes pictures with src/patches and with pypatchmatch (the method of 2009), in one run.

    compare.py FOLDER [--program build/release/bench/bench_patch_complete] [--threads 2] [--runs 3]
               [--out FOLDER]

FOLDER holds NAME.png (or .jpg) and NAME_mask.png, white where pixels are missing. Prints both programs'
seconds and CPU seconds for each picture, decoding left out, the faster of some runs; with --out it
leaves NAME_lama.png and NAME_pypatchmatch.png there, to be looked at. Needs `pip install pypatchmatch
opencv-python-headless` in the Python that runs it. On a shared machine compare the CPU seconds.
"""
import argparse
import glob
import os
import subprocess
import time

import cv2
import numpy as np
import patchmatch


def lama(arguments, picture, mask):
    height, width = mask.shape
    run = subprocess.run([arguments.program, str(height), str(width), str(arguments.threads),
                          str(arguments.runs)],
                         input=picture[..., ::-1].tobytes() + mask.tobytes(), capture_output=True, check=True)
    seconds, cpu = map(float, run.stderr.split())
    return np.frombuffer(run.stdout, np.uint8).reshape(picture.shape)[..., ::-1], seconds, cpu


def peer(picture, mask):
    patchmatch.set_random_seed(1)
    begin, cpu = time.perf_counter(), time.process_time()
    filled = patchmatch.inpaint(picture, mask, patch_size=7)
    return filled, time.perf_counter() - begin, time.process_time() - cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--program", default="build/release/bench/bench_patch_complete")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    if arguments.out:
        os.makedirs(arguments.out, exist_ok=True)
    print("| picture | size | hole | lama | CPU | pypatchmatch | CPU |\n|---|---|---|---|---|---|---|")
    for mask_file in sorted(glob.glob(os.path.join(arguments.folder, "*_mask.png"))):
        name = os.path.basename(mask_file)[:-len("_mask.png")]
        picture = next(p for p in (cv2.imread(os.path.join(arguments.folder, name + end))
                                   for end in (".png", ".jpg")) if p is not None)
        mask = (cv2.imread(mask_file, cv2.IMREAD_GRAYSCALE) > 127).astype(np.uint8) * 255
        ours, seconds, cpu = lama(arguments, picture, mask)
        theirs, peer_seconds, peer_cpu = peer(picture, mask)
        print(f"| {name} | {mask.shape[1]}x{mask.shape[0]} | {(mask > 0).mean():.0%} | {seconds:.2f} s | {cpu:.2f} s "
              f"| {peer_seconds:.2f} s | {peer_cpu:.2f} s |", flush=True)
        if arguments.out:
            cv2.imwrite(os.path.join(arguments.out, name + "_lama.png"), ours)
            cv2.imwrite(os.path.join(arguments.out, name + "_pypatchmatch.png"),
                        np.where(mask[..., None] > 0, theirs, picture))


main()
