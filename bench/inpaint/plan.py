"""Measures context and scale of the network's view: the tables of docs/fill-notes.md.

    bench/inpaint/plan.py PHOTOS [--lama PROGRAM] [--model MODEL] [--most N] [--seed S]

PHOTOS is a folder of pictures of at least 1024 x 1024 pixels whose truth is known: square holes are cut at seeded places,
filled from cut-outs with more or less context or at smaller scales, and compared with what was there.
Needs python3-numpy and python3-pil.
"""
import argparse
import os
import random
import subprocess
import tempfile
import time

import numpy
from PIL import Image

LONGEST = 1920


def photos(folder, most):
    """The first pictures of the folder that are large enough, at no more than LONGEST pixels."""
    found = []
    for name in sorted(os.listdir(folder)):
        picture = Image.open(os.path.join(folder, name)).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.LANCZOS)
        if min(picture.size) >= 1024:
            found.append(picture)
        if len(found) == most:
            break
    return found


class Trial:
    """Holes in photos, each filled from a cut-out of its surroundings."""

    def __init__(self, args, pictures, side):
        self.args, self.pictures, self.side = args, pictures, side
        rng = random.Random(args.seed * 1000 + side)
        margin = 32
        self.corners = [(rng.randint(margin, p.width - side - margin), rng.randint(margin, p.height - side - margin))
                        for p in pictures]

    def run(self, context, scale=1.0, strategy="full"):
        """PSNR in the holes, a mean over all photos, and the seconds per picture. `context` None: the whole photo."""
        with tempfile.TemporaryDirectory() as folder:
            source, result = os.path.join(folder, "in"), os.path.join(folder, "out")
            os.mkdir(source)
            boxes = []
            for i, (picture, (x, y)) in enumerate(zip(self.pictures, self.corners)):
                box = (0, 0, picture.width, picture.height)
                if context is not None:
                    box = (max(0, x - context), max(0, y - context), min(picture.width, x + self.side + context),
                           min(picture.height, y + self.side + context))
                boxes.append(box)
                mask = Image.new("L", picture.size)
                mask.paste(255, (x, y, x + self.side, y + self.side))
                size = (round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale))
                picture.crop(box).resize(size, Image.BOX).save(f"{source}/{i:03}.png")
                mask.crop(box).resize(size, Image.NEAREST).save(f"{source}/{i:03}_mask.png")
            start = time.perf_counter()
            subprocess.run([self.args.lama, "inpaint", source, "-o", result, "--model", self.args.model,
                            "--strategy", strategy, "--dilate", "0", "--feather", "0", "-q"], check=True)
            seconds = (time.perf_counter() - start) / len(boxes)
            scores = []
            for i, (picture, (x, y), box) in enumerate(zip(self.pictures, self.corners, boxes)):
                filled = Image.open(f"{result}/{i:03}_mask.png").convert("RGB")
                filled = filled.resize((box[2] - box[0], box[3] - box[1]), Image.BICUBIC)
                hole = (x, y, x + self.side, y + self.side)
                inside = (x - box[0], y - box[1], x - box[0] + self.side, y - box[1] + self.side)
                error = numpy.asarray(picture.crop(hole), float) - numpy.asarray(filled.crop(inside), float)
                scores.append(10 * numpy.log10(255 ** 2 / max(numpy.mean(error ** 2), 1e-3)))
            return float(numpy.mean(scores)), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--lama", default="build/release/lama")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--most", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pictures = photos(args.photos, args.most)
    print(f"{len(pictures)} photos; PSNR in the hole in dB\n")

    contexts = (16, 32, 64, 128, 256)
    print("| hole | " + " | ".join(f"{c} px of context" for c in contexts) + " |")
    print("|---" * (len(contexts) + 1) + "|")
    for side in (64, 128, 256, 384):
        trial = Trial(args, pictures, side)
        print(f"| {side} | " + " | ".join(f"{trial.run(c)[0]:.2f}" for c in contexts) + " |", flush=True)

    scales = (1, 0.75, 0.5, 0.375, 0.25)
    print("\n| hole, context half its side | " + " | ".join(f"seen at {s:g}" for s in scales) + " |")
    print("|---" * (len(scales) + 1) + "|")
    for side in (128, 256, 512, 768):
        trial = Trial(args, pictures, side)
        print(f"| {side} | " + " | ".join(f"{trial.run(side // 2, s)[0]:.2f}" for s in scales) + " |", flush=True)

    print("\n| hole | " + " | ".join(f"{s}: dB, s" for s in ("full", "crop", "resize")) + " |\n|---|---|---|---|")
    for side in (64, 256, 512):
        trial = Trial(args, pictures, side)
        cells = [trial.run(None, strategy=s) for s in ("full", "crop", "resize")]
        print(f"| {side} | " + " | ".join(f"{score:.2f}, {seconds:.2f}" for score, seconds in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
