"""Makes tests/data/published/: pictures, masks and the published LaMa code's answers.

The published bin/predict.py itself runs (its dataset, padding, threshold, generator, checkpoint
loading and output conversion), unchanged, from a checkout given as an argument. Packages it imports
but does not need for prediction are replaced by empty stand-ins, and Hydra by a plain call.

Needs pytorch-lightning 1.2.9, omegaconf 2.1 and tqdm (README.md).
"""
import argparse
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import types

import numpy as np
import torch
import yaml

import pictures
import safetensors_io

STAND_INS = ["albumentations", "easydict", "hydra", "imgaug", "joblib", "kornia", "matplotlib", "pandas", "scipy",
             "skimage", "sklearn", "torchvision", "webdataset"]


class AnyAttribute(type):
    """Metaclass: every attribute of the class is another such class, its objects index to None."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return AnyAttribute(name, (), {"__init__": lambda self, *args, **kwargs: None,
                                       "__getitem__": lambda self, key: None})


class StandIn(types.ModuleType):
    """A module in which every name is a class that can be derived from or called."""

    def __getattr__(self, name):
        value = AnyAttribute.__getattr__(None, name)
        setattr(self, name, value)
        return value


class StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] in STAND_INS:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def import_predict(checkout):
    sys.meta_path.insert(0, StandInFinder())
    # Only the writer is missing; Lightning imports it without using it here.
    sys.modules["torch.utils.tensorboard"] = StandIn("torch.utils.tensorboard")
    sys.modules["torch.utils.tensorboard.summary"] = StandIn("torch.utils.tensorboard.summary")
    import hydra
    hydra.main = lambda **kwargs: lambda function: function
    sys.path.insert(0, checkout)
    spec = importlib.util.spec_from_file_location("published_predict", os.path.join(checkout, "bin", "predict.py"))
    predict = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(predict)
    return predict


def published_model(safetensors, out_dir):
    """Writes a model from `lama models convert` in the published layout."""
    tensors, metadata = safetensors_io.load(safetensors)
    config = json.loads(metadata["lama.config"])
    local = {"ratio_gin": 0, "ratio_gout": 0, "enable_lfu": False}
    config["generator"].update(init_conv_kwargs=local, downsample_conv_kwargs=local)
    # Further files of the published code.
    config.update(training_model={"kind": "default", "concat_mask": True}, losses={}, evaluator={}, data={},
                  visualizer={"kind": "directory"}, trainer={"kwargs": {}})
    os.makedirs(os.path.join(out_dir, "models"))
    with open(os.path.join(out_dir, "config.yaml"), "w") as f:
        yaml.safe_dump(config, f)
    state = {"generator." + name: torch.from_numpy(np.array(value, np.float32)) for name, value in tensors.items()}
    torch.save({"state_dict": state}, os.path.join(out_dir, "models", "best.ckpt"))


def make_inputs(photo, out_dir):
    # Odd size; every grey value above 0 must count as hole.
    mask = pictures.hole_mask(149, 203, 33, antialias=True)
    for i, grey in enumerate((1, 100, 127, 128, 254)):
        mask[6:14, 12 + 18 * i:24 + 18 * i] = grey
    mask[140:, 196:] = 1  # a hole that reaches the padded corner
    assert {1, 100, 127, 128, 255} <= set(np.unique(mask))
    pictures.save_png(os.path.join(out_dir, "odd.png"), photo[110:110 + 149, 90:90 + 203])
    pictures.save_png(os.path.join(out_dir, "odd_mask.png"), mask)

    mask = np.zeros((192, 256), np.uint8)
    mask[40:150, 70:200] = 255
    pictures.save_png(os.path.join(out_dir, "big.png"), photo[140:140 + 192, 200:200 + 256])
    pictures.save_png(os.path.join(out_dir, "big_mask.png"), mask)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", help="a checkout of the published code")
    parser.add_argument("model", help="models/embedded.safetensors")
    parser.add_argument("--data", default=pictures.DATA)
    args = parser.parse_args()
    torch.set_num_threads(1)

    out_dir = os.path.join(args.data, "published")
    os.makedirs(out_dir, exist_ok=True)
    make_inputs(pictures.load_rgb(os.path.join(args.data, "photo512.png")), out_dir)

    from omegaconf import OmegaConf
    predict = import_predict(os.path.abspath(args.checkout))
    with tempfile.TemporaryDirectory() as scratch:
        indir, outdir, model = (os.path.join(scratch, n) for n in ("in", "out", "model"))
        os.makedirs(indir)
        for name in ("odd", "big"):
            for suffix in (".png", "_mask.png"):
                shutil.copy(os.path.join(out_dir, name + suffix), indir)
        published_model(args.model, model)
        config = OmegaConf.load(os.path.join(args.checkout, "configs", "prediction", "default.yaml"))
        config = OmegaConf.merge(config, {"indir": indir, "outdir": outdir, "model": {"path": model}})
        predict.main(config)
        for name in ("odd", "big"):
            shutil.copy(os.path.join(outdir, name + "_mask.png"), os.path.join(out_dir, name + "_expected.png"))

    for name in ("odd", "big"):
        image, expected = (pictures.load_rgb(os.path.join(out_dir, name + s)) for s in (".png", "_expected.png"))
        mask = pictures.load_rgb(os.path.join(out_dir, name + "_mask.png"))[:, :, 0]
        changed = (image != expected).any(axis=2)
        assert image.shape == expected.shape and not changed[mask == 0].any()
        print(f"{name}: hole {np.mean(mask > 0):.3f}, changed share of the hole {changed[mask > 0].mean():.3f}")


if __name__ == "__main__":
    main()
