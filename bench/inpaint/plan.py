"""Measures context and scale of the network's view: the tables of docs/fill-notes.md#context-and-scale.

    bench/inpaint/plan.py PHOTOS FEATURES [--lama PROGRAM] [--detail PROGRAM] [--model MODEL] [--most N] [--seed S]

PHOTOS is a folder of pictures of at least 1024 x 1024 pixels whose truth is known: square holes are cut at seeded places,
filled by the network from cut-outs with more or less context or at smaller scales, and compared with what was there by
`lama evaluate --features FEATURES` (the weights of EfficientNet-Lite1). What was filled at a smaller scale is enlarged and
then gets its detail from the surroundings, by the program bench_patch_detail. Needs python3-opencv and python3-numpy.
"""
import argparse
import json
import pathlib
import random
import subprocess
import tempfile

import cv2
import numpy as np

LONGEST = 1920
CONTEXTS, SCALES = (16, 32, 64, 128, 256), (1, 1 / 2, 1 / 3, 1 / 4)


def photos(folder, most):
    """The first pictures of the folder that are large enough, at no more than LONGEST pixels."""
    found = []
    for path in sorted(pathlib.Path(folder).rglob("*.png")):
        picture = cv2.imread(str(path))
        factor = min(1, LONGEST / max(picture.shape[:2]))
        if factor < 1:
            picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        if min(picture.shape[:2]) >= 1024:
            found.append(picture)
        if len(found) == most:
            break
    return found


class Trial:
    """Square holes in photos. Each is measured within a cut-out of the photo."""

    def __init__(self, args, pictures, side, folder):
        self.args, self.side, self.folder, self.names = args, side, pathlib.Path(folder), []
        lots = random.Random(args.seed * 1000 + side)
        self.pictures, self.holes = [], []  # (top, left) of the holes within the cut-outs
        reach, margin = max(*CONTEXTS, side // 2), 32
        (self.folder / "truth").mkdir()
        for i, picture in enumerate(pictures):
            height, width = picture.shape[:2]
            x, y = lots.randint(margin, width - side - margin), lots.randint(margin, height - side - margin)
            top, left = max(0, y - reach), max(0, x - reach)
            self.pictures.append(picture[top:y + side + reach, left:x + side + reach])
            self.holes.append((y - top, x - left))
            cv2.imwrite(str(self.folder / f"truth/{i:03}.png"), self.pictures[-1])
            cv2.imwrite(str(self.folder / f"truth/{i:03}_mask000.png"), self.mask(i))

    def mask(self, i):
        mask = np.zeros(self.pictures[i].shape[:2], np.uint8)
        y, x = self.holes[i]
        mask[y:y + self.side, x:x + self.side] = 255
        return mask

    def fill(self, name, context, scale=1):
        """Fills all holes from so many pixels around them, reduced to the scale, into the folder `name`; those that were
        reduced with detail into `name`+ too."""
        self.names.append(name)
        source, filled, out = (self.folder / f"{kind}{name}" for kind in ("in-", "filled-", ""))
        source.mkdir()
        parts = []
        for i, (picture, (y, x)) in enumerate(zip(self.pictures, self.holes)):
            part = np.s_[max(0, y - context):y + self.side + context, max(0, x - context):x + self.side + context]
            parts.append(part)
            height, width = picture[part].shape[:2]
            size = (round(width * scale), round(height * scale))
            cv2.imwrite(str(source / f"{i:03}.png"), cv2.resize(picture[part], size, interpolation=cv2.INTER_AREA))
            mask = cv2.resize(self.mask(i)[part], size, interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(source / f"{i:03}_mask000.png"), np.where(mask > 0, 255, 0).astype(np.uint8))
        subprocess.run([self.args.lama, "inpaint", source, "-o", filled, "--model", self.args.model, "--strategy", "full",
                        "--detail", "off", "--dilate", "0", "--feather", "0", "-q"], check=True)
        for i, (picture, part) in enumerate(zip(self.pictures, parts)):
            file, hole = f"{i:03}_mask000.png", self.mask(i) > 0
            answer = cv2.imread(str(filled / file))
            if scale < 1:
                answer = cv2.resize(answer, picture[part].shape[1::-1], interpolation=cv2.INTER_CUBIC)
            result = picture.copy()
            result[part][hole[part]] = answer[hole[part]]
            self.keep(out, file, result)
            if scale < 1:
                self.keep(self.folder / f"{name}+", file, self.with_detail(result, hole, round(1 / scale)))
        if scale < 1:
            self.names.append(f"{name}+")

    def with_detail(self, picture, hole, factor):
        height, width = hole.shape
        run = subprocess.run([self.args.detail, str(height), str(width), str(factor)], check=True, stdout=subprocess.PIPE,
                             input=picture[:, :, ::-1].tobytes() + hole.tobytes())
        return np.frombuffer(run.stdout, np.uint8).reshape(picture.shape)[:, :, ::-1]

    def keep(self, folder, file, picture):
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / file), picture)

    def row(self):
        """Of all fills: the mean feature distance, and the median of the sharpness."""
        items = self.folder / "items.tsv"
        run = subprocess.run([self.args.lama, "evaluate", self.folder / "truth", *(self.folder / n for n in self.names),
                              "--plain", "--json", "--features", self.args.features, "--items", items],
                             check=True, stdout=subprocess.PIPE)
        head, *lines = (line.split("\t") for line in items.read_text().splitlines())
        cells = []
        for prediction in json.loads(run.stdout)["predictions"]:
            sharp = [float(line[head.index("sharpness")]) for line in lines
                     if line[head.index("predictions")] == prediction["name"]]
            total = prediction["groups"]["total"]
            cells.append(f"{total['features']['mean']:.3f} ({np.median(sharp):.2f})")
        return f"| {self.side} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("features")
    parser.add_argument("--lama", default="build/release/lama")
    parser.add_argument("--detail", default="build/release/bench/bench_patch_detail")
    parser.add_argument("--model", default="models/embedded.safetensors")
    parser.add_argument("--most", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pictures = photos(args.photos, args.most)
    print(f"{len(pictures)} photos; feature distance in the hole (sharpness)\n")

    print("| hole | " + " | ".join(f"{c} px of context" for c in CONTEXTS) + " |")
    print("|---" * (len(CONTEXTS) + 1) + "|")
    for side in (64, 128, 256, 384):
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(args, pictures, side, folder)
            for context in CONTEXTS:
                trial.fill(str(context), context)
            print(trial.row(), flush=True)

    names = [f"{name}{end}" for name in ("1/2", "1/3", "1/4") for end in ("", " with detail")]
    print("\n| hole, context half its side | full size | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 2) + "|")
    for side in (128, 256, 512, 768):
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(args, pictures, side, folder)
            for scale in SCALES:
                trial.fill(f"{1 / scale:g}", side // 2, scale)
            print(trial.row(), flush=True)


if __name__ == "__main__":
    main()
