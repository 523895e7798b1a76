"""Makes tests/data/masks/: random numbers of NumPy, and masks of the published LaMa code.

The published generators, SegmentationMask and bin/gen_mask_dataset.py run unchanged, from a checkout
given as an argument. What they import but do not need here is replaced by stand-ins; the panoptic
network by label maps, which are drawn here too.

    random.json          numpy.random.RandomState and Python's random, for several seeds
    generators.json      masks of every kind: a training config, and for each case
                         [height, width, seed, iteration, CRC-32 of the 0/1 bytes, missing pixels]
    labels/*.png         label maps: objects of several sizes, 0 between them
    segmentation.json    the masks that SegmentationMask makes of them
    evaluation_set.json  the crops and masks that gen_mask_dataset makes of parts of photo512.png
    statistics.json      histograms of 5000 masks each: the hole's area, its parts, its widths
"""
import argparse
import collections
import json
import os
import random
import sys
import tempfile
import types
import zlib

import cv2
import numpy as np
import PIL.Image
import torch
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data")
CONFIGS = os.path.join(HERE, "..", "..", "configs", "masks")

IRREGULAR = {"max_angle": 4, "max_len": 200, "max_width": 100, "max_times": 5, "min_times": 1}
NONE = {"irregular_proba": 0, "box_proba": 0, "segm_proba": 0}
RAMP = {"start_value": 0.2, "end_value": 1, "start_iter": 10, "end_iter": 110}


class Attributes(dict):
    """Replaces easydict."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for key, value in self.items():
            if isinstance(value, dict):
                self[key] = Attributes(value)

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)


def import_published(checkout):
    def stand_in(name, **contents):
        module = types.ModuleType(name)
        module.__dict__.update(contents)
        sys.modules[name] = module

    stand_in("pytorch_lightning", seed_everything=None)
    stand_in("easydict", EasyDict=Attributes)
    stand_in("joblib", Parallel=None, delayed=None)
    # Without the imports of its __init__.py: the networks of the metrics.
    stand_in("saicinpainting.evaluation", __path__=[os.path.join(checkout, "saicinpainting", "evaluation")])
    sys.path[:0] = [checkout, os.path.join(checkout, "bin")]
    import gen_mask_dataset
    import saicinpainting.evaluation.masks.mask as segmentation
    import saicinpainting.training.data.masks as masks
    return masks, segmentation, gen_mask_dataset


def seed_all(seed):
    np.random.seed(seed)
    random.seed(seed)


def crc(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def derived_seed(seed, name):
    """The same as in src/base/seed.h."""
    wide = (1 << 64) - 1
    value = 0xcbf29ce484222325
    for byte in seed.to_bytes(4, "little") + name.encode():
        value = (value ^ byte) * 0x100000001b3 & wide
    value = (value ^ value >> 33) * 0xff51afd7ed558ccd & wide
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53 & wide
    return (value ^ value >> 33) & 0xffffffff


def draws():
    result = []
    for seed in [0, 1, 42, 20210915, 2**32 - 1]:
        state = np.random.RandomState(seed)
        limits = [(0, 1), (0, 2), (0, 5), (3, 4), (-7, 9), (10, 266), (0, 257), (0, 2**31), (0, 2**32)]
        numpy = {
            "random": [state.random_sample() for _ in range(400)],  # past the first 624 words
            "randint": [[low, high, [int(state.randint(low, high)) for _ in range(20)]] for low, high in limits],
            "uniform": [state.uniform(-0.1, 0.25) for _ in range(10)],
            "choice": [int(state.choice(4, p=[0.1, 0.2, 0.3, 0.4])) for _ in range(50)],
            "choice_without_replacement": [[n, k, state.choice(n, size=k, replace=False).tolist()]
                                           for n, k in [(0, 0), (1, 1), (5, 1), (5, 5), (100, 7)]],
        }
        shuffled = np.arange(30)
        state.shuffle(shuffled)
        numpy["shuffle"] = shuffled.tolist()
        random.seed(seed)
        python = {"random": [random.random() for _ in range(400)],
                  "randint": [[most, [random.randint(0, most) for _ in range(20)]]
                              for most in [0, 1, 2, 3, 4, 255, 256, 1000]]}
        result.append({"seed": seed, "numpy": numpy, "python": python})
    return result


def mixed(**kwargs):
    return {"train": {"mask_gen_kwargs": {**NONE, **kwargs}}}


def kind(name, **kwargs):
    return {"train": {"mask_generator_kind": name, "mask_gen_kwargs": kwargs}}


def generator_configs():
    """Name, config, and whether it changes with the iteration."""
    yield "defaults", mixed(irregular_proba=1 / 3, box_proba=1 / 3)
    yield "irregular", mixed(irregular_proba=1, irregular_kwargs=IRREGULAR)
    yield "irregular_circle", mixed(irregular_proba=1, irregular_kwargs={**IRREGULAR, "draw_method": "circle"})
    yield "irregular_square", mixed(irregular_proba=1, irregular_kwargs={**IRREGULAR, "draw_method": "square"})
    yield "irregular_ramp", mixed(irregular_proba=1, irregular_kwargs={**IRREGULAR, "ramp_kwargs": RAMP})
    yield "box", mixed(box_proba=1, box_kwargs={"margin": 0, "bbox_min_size": 10, "bbox_max_size": 50, "max_times": 5,
                                                "min_times": 1})
    yield "box_ramp", mixed(box_proba=1, box_kwargs={"bbox_min_size": 5, "max_times": 5, "ramp_kwargs": RAMP})
    yield "squares", mixed(squares_proba=1, squares_kwargs={"min_times": 1, "max_width": 60})
    yield "superres", mixed(superres_proba=1)
    yield "superres_wide", mixed(superres_proba=1, superres_kwargs={"min_step": 5, "max_step": 40, "min_width": 2,
                                                                    "max_width": 12})
    yield "outpainting_mixed", mixed(outpainting_proba=1)
    yield "outpainting", kind("outpainting", min_padding_percent=0.1, max_padding_percent=0.5, left_padding_prob=0.1,
                              top_padding_prob=0.2, right_padding_prob=0.05, bottom_padding_prob=0)
    yield "dumb_training", kind("dumb", is_training=True)
    yield "dumb", kind("dumb", is_training=False)
    yield "all_inverted_at_times", mixed(irregular_proba=1, irregular_kwargs=IRREGULAR, box_proba=0.5, squares_proba=0.3,
                                         outpainting_proba=0.7, invert_proba=0.4)
    for name in ["abl-04-256-mh-dist", "abl-02-thin-bb"]:
        with open(os.path.join(CONFIGS, name + ".yaml")) as file:
            yield name, yaml.safe_load(file)
    for name in ["thin_256", "thin_512", "medium_256", "medium_512", "thick_256", "thick_512"]:
        with open(os.path.join(CONFIGS, f"random_{name}.yaml")) as file:
            kwargs = yaml.safe_load(file)["mask_generator_kwargs"]
        del kwargs["variants_n"]
        yield "random_" + name, {"train": {"mask_gen_kwargs": kwargs}}


def make_generator(masks, config):
    train = config["train"]
    kwargs = dict(train["mask_gen_kwargs"])
    # The published mixed generator overrules draw_method and cannot call its own superres.
    method = kwargs.get("irregular_kwargs", {}).get("draw_method")
    superres = kwargs.pop("superres_proba", 0) > 0
    if superres:
        kwargs["outpainting_proba"] = 1
        superres_kwargs = kwargs.pop("superres_kwargs", {})
    generator = masks.get_mask_generator(train.get("mask_generator_kind"), kwargs)
    if superres:
        impl = masks.RandomSuperresMaskGenerator(**superres_kwargs)
        generator.gens[0] = lambda img, iter_i, raw_image: impl(img)
    if method:
        generator.gens[0].draw_method = method
    return generator


def generator_cases(masks):
    sizes = [(256, 256), (512, 512), (200, 333), (317, 181), (256, 640)]
    result = []
    for name, config in generator_configs():
        generator = make_generator(masks, config)
        cases = []
        for i in range(40):
            height, width = sizes[i % len(sizes)]
            seed = i if i < 35 else 2**32 - i
            iteration = [None, 0, 10, 35, 109, 110, 10**6][i % 7] if "ramp" in name else None
            seed_all(seed)
            mask = generator(np.zeros((3, height, width), np.uint8), iter_i=iteration)
            assert set(np.unique(mask)) <= {0, 1} and mask.shape == (1, height, width)
            cases.append([height, width, seed, iteration, crc(mask.astype(np.uint8)), int(mask.sum())])
        result.append({"name": name, "config": config, "cases": cases})
    return result


def make_labels(folder):
    """Ellipses and polygons that overlap, thin ones and one that is too large to be moved."""
    rng = np.random.RandomState(7)
    for name, (height, width), objects in [("square", (256, 256), 6), ("wide", (200, 330), 9), ("tall", (300, 180), 5),
                                           ("crowded", (256, 512), 30)]:
        labels = np.zeros((height, width), np.uint8)
        if name == "wide":
            labels[:, :150] = 200
        for i in range(objects):
            middle = (int(rng.randint(width)), int(rng.randint(height)))
            axes = (int(rng.randint(6, width // 5)), int(rng.randint(6, height // 4)))
            if i % 3 == 2:
                points = np.array([middle]) + rng.randint(-min(height, width) // 4, min(height, width) // 4, (5, 2))
                cv2.fillPoly(labels, [points.astype(np.int32)], 7 * i + 3)
            else:
                cv2.ellipse(labels, middle, axes, float(rng.randint(180)), 0, 360, 7 * i + 3, -1)
        PIL.Image.fromarray(labels).save(os.path.join(folder, name + ".png"), optimize=True)


SEGMENTATION_DEFAULTS = dict(max_object_area=0.3, min_mask_area=0.02, downsample_levels=6, num_variants_per_mask=4,
                             max_mask_intersection=0.5, max_foreground_coverage=0.5, max_foreground_intersection=0.5,
                             max_hidden_area=0.2, max_scale_change=0.25, horizontal_flip=True, max_vertical_shift=0.1,
                             position_shuffle=True)


def segmentation_cases(segmentation, folder):
    variants = [{}, {"rigidness_mode": "soft"}, {"position_shuffle": False, "horizontal_flip": False},
                {"min_mask_area": 0.001, "max_scale_change": 0.6, "max_vertical_shift": 0.5, "max_hidden_area": 0.5},
                {"downsample_levels": 4, "min_mask_area": 0, "max_mask_intersection": 0.9, "num_variants_per_mask": 10,
                 "max_foreground_coverage": 1, "max_foreground_intersection": 1}]
    result = []
    for kwargs in variants:
        impl = object.__new__(segmentation.SegmentationMask)  # its constructor loads the network
        impl.__dict__.update({**SEGMENTATION_DEFAULTS, **kwargs})
        impl.rigidness_mode = segmentation.RigidnessMode[kwargs.get("rigidness_mode", "rigid")]
        cases = []
        for name in sorted(os.listdir(folder)):
            labels = np.array(PIL.Image.open(os.path.join(folder, name))).astype(np.int32)
            things = [{"id": int(i), "isthing": True} for i in np.unique(labels) if i != 0]
            impl.get_segmentation = lambda im: (torch.from_numpy(labels), things)
            for seed in range(2):
                seed_all(seed)
                masks = impl.get_masks(None)
                cases.append([name[:-4], seed, [crc(mask) for mask in masks], [int(mask.sum()) for mask in masks]])
        result.append({"kwargs": kwargs, "cases": cases})
        print("segmentation", kwargs, sum(len(case[2]) for case in cases), "masks")
    return result


def evaluation_cases(gen_mask_dataset):
    photo = PIL.Image.open(os.path.join(DATA, "photo512.png")).convert("RGB")
    parts = {"whole": (0, 0, 512, 512), "wide": (0, 100, 512, 301), "tall": (37, 0, 290, 512), "small": (11, 13, 141, 100),
             "nearly_square": (0, 0, 301, 300)}
    result = []
    for config_name, changes, cropping in [
            ("random_thin_256", {}, {}), ("random_medium_256", {}, {}), ("random_thick_256", {}, {}),
            ("random_thick_512", {}, {}), ("random_medium_256", {"max_masks_per_image": 4}, {"crop_min_overlap": 0.37}),
            ("random_thick_256", {"max_tamper_area": 0.2}, {"out_square_crop": False, "handle_small_mode": "drop"})]:
        with open(os.path.join(CONFIGS, config_name + ".yaml")) as file:
            config = {**yaml.safe_load(file), **changes}
        config["cropping"].update(cropping)
        case = {"config": config, "parts": []}
        for name, box in parts.items():
            with tempfile.TemporaryDirectory() as folder:
                source = os.path.join(folder, "in/")
                os.mkdir(source)
                photo.crop(box).save(source + name + ".png")
                seed_all(derived_seed(5, name))
                gen_mask_dataset.process_images([source + name + ".png"], source, os.path.join(folder, "out"),
                                                Attributes(json.loads(json.dumps(config))))
                out = os.path.join(folder, "out")
                files = sorted(os.listdir(out)) if os.path.isdir(out) else []
                arrays = {file: np.array(PIL.Image.open(os.path.join(out, file))) for file in files}
            case["parts"].append({"name": name, "box": box,
                                  "files": {file: [*a.shape[:2], crc(a)] for file, a in arrays.items()}})
        result.append(case)
    return result


def statistics(masks, count):
    """Integers, so that both sides round to the same bins."""
    result = {}
    for name in ["random_thin_256", "random_medium_256", "random_thick_256", "abl-04-256-mh-dist", "squares"]:
        config = dict(generator_configs())[name]
        generator = make_generator(masks, config)
        seed_all(20260101)
        bins = collections.defaultdict(collections.Counter)
        for _ in range(count):
            mask = generator(np.zeros((3, 256, 256), np.uint8))[0].astype(np.uint8)
            radius = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            bins["area_permille"][int(mask.sum()) * 1000 // mask.size] += 1
            bins["components"][cv2.connectedComponents(mask, connectivity=8)[0] - 1] += 1
            bins["largest_radius"][int(radius.max())] += 1
            # Four times the mean distance to the hole's edge is the width of a long stroke.
            bins["mean_width"][int(4 * radius.sum(dtype=np.float64) / max(1, int(mask.sum())))] += 1
        result[name] = {"config": config, "count": count,
                        "histograms": {key: sorted(counter.items()) for key, counter in bins.items()}}
        print("statistics", name)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", help="of github.com/advimman/lama")
    parser.add_argument("--out", default=os.path.join(DATA, "masks"))
    args = parser.parse_args()
    masks, segmentation, gen_mask_dataset = import_published(args.checkout)
    labels = os.path.join(args.out, "labels")
    os.makedirs(labels, exist_ok=True)
    make_labels(labels)

    def save(name, value):
        with open(os.path.join(args.out, name + ".json"), "w") as file:
            json.dump(value, file, separators=(",", ":"))
            file.write("\n")

    save("random", draws())
    save("generators", generator_cases(masks))
    save("segmentation", segmentation_cases(segmentation, labels))
    save("evaluation_set", evaluation_cases(gen_mask_dataset))
    save("statistics", statistics(masks, 5000))


main()
