"""Makes tests/data/evaluation.safetensors: values of the published metrics.

usage: make_evaluation.py CHECKOUT [--out tests/data/evaluation.safetensors]

CHECKOUT is a checkout of github.com/advimman/lama (see README.md). Its metric modules run unchanged; what they
import and do not need here (Hydra, Lightning, ADE20K) is replaced by empty modules, and the networks' weights
are hashed_weights below, which tests/torch/hashed_weights.h repeats bit by bit: no weights are stored.
"""
import argparse
import pathlib
import sys
import types

import numpy as np
import torch
from PIL import Image
from skimage.color import rgb2lab
from sklearn.svm import LinearSVC

import safetensors_io

HERE = pathlib.Path(__file__).resolve().parent


def hashed(name, count):
    """`count` numbers in [0, 1), multiples of 2^-24, from the hash of a name (FNV-1a, then SplitMix64)."""
    with np.errstate(over="ignore"):
        seed = np.uint64(0xCBF29CE484222325)
        for byte in name.encode():
            seed = (seed ^ np.uint64(byte)) * np.uint64(0x100000001B3)
        z = seed + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0 ** -24)


def hashed_weights(name, shape):
    """Weights under which features neither vanish nor explode, by the parameter's kind."""
    u = hashed(name, int(np.prod(shape)))
    if name.startswith("lin"):  # LPIPS heads: not negative
        values = u
    elif len(shape) == 4:  # He initialisation
        bound = np.float32(np.sqrt(6.0 / np.prod(shape[1:])))
        values = (u * np.float32(2) - np.float32(1)) * bound
    elif name.endswith(("bn.weight", "running_var")):
        values = u + np.float32(0.5)
    else:  # biases and means
        values = (u - np.float32(0.5)) * np.float32(0.2)
    return torch.from_numpy(values.reshape(shape))


def fill(module, rename=lambda name: name):
    state = module.state_dict()
    for name, value in state.items():
        if value.dtype == torch.float32:
            value.copy_(hashed_weights(rename(name), tuple(value.shape)))
    return module


def import_published(checkout):
    for name in ("pytorch_lightning", "omegaconf", "easydict", "kornia", "models", "models.ade20k"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["pytorch_lightning"].seed_everything = None
    sys.modules["pytorch_lightning"].LightningModule = torch.nn.Module
    sys.modules["omegaconf"].OmegaConf = None
    sys.modules["easydict"].EasyDict = dict
    for name in ("SegmentationModule", "NUM_CLASS", "segm_options"):
        setattr(sys.modules["models.ade20k"], name, None)
    sys.path.insert(0, str(checkout))
    # The package's own __init__ imports the evaluator, which needs no further modules.
    from saicinpainting.evaluation.losses import base_loss, lpips, ssim
    from saicinpainting.evaluation.losses.fid import inception
    return base_loss, lpips, ssim, inception


def pictures():
    """A crop of the test photograph, a mask, and two results: a blurred and darkened hole, a noisy one."""
    photo = np.asarray(Image.open(HERE.parent / "data" / "photo512.png").convert("RGB"))
    truth = photo[200:312, 150:278]
    height, width = truth.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    mask[20:70, 30:100] = 255
    mask[60:100, 0:40] = 255
    small = np.asarray(Image.fromarray(truth).resize((width // 8, height // 8), Image.BOX).resize((width, height)))
    noise = hashed("noise", truth.size).reshape(truth.shape) * 80 - 40
    hole = mask[..., None] > 0
    results = [np.where(hole, small * 0.85, truth), np.where(hole, truth + noise, truth)]
    return truth, mask, [np.clip(r, 0, 255).astype(np.uint8) for r in results]


def tensor(picture):
    return torch.from_numpy(picture.transpose(2, 0, 1)[None].astype("float32") / 255)


def plain_metrics(ssim, truth, mask, result):
    """The published SSIM; the others by their formulas, in float64."""
    t, r, hole = truth / 255.0, result / 255.0, mask > 0
    known = np.pad(~hole, 1)  # beyond the border nothing is known
    near = known[:-2, 1:-1] | known[2:, 1:-1] | known[1:-1, :-2] | known[1:-1, 2:]
    lab_t, lab_r = rgb2lab(t), rgb2lab(r)
    window = ssim.SSIM()._create_window(11, 3).double()
    a, b = tensor(result).double(), tensor(truth).double()
    blur = lambda x: torch.nn.functional.conv2d(x, window, padding=5, groups=3)
    m, n = blur(a), blur(b)
    saa, sbb, sab = blur(a * a) - m * m, blur(b * b) - n * n, blur(a * b) - m * n
    ssim_map = ((2 * m * n + 1e-4) * (2 * sab + 9e-4) / ((m * m + n * n + 1e-4) * (saa + sbb + 9e-4))).mean(1)[0]
    return [
        float(ssim.SSIM(size_average=False)(tensor(result), tensor(truth))[0]),
        -10 * np.log10(((r - t) ** 2).mean()),
        np.abs(r - t).mean(),
        float(ssim_map.numpy()[hole].mean()),
        -10 * np.log10(((r - t)[hole] ** 2).mean()),
        np.abs(r - t)[hole].mean(),
        np.sqrt(((lab_r - lab_t) ** 2).sum(-1))[hole & near].mean(),
        (lab_r - lab_t)[..., 0][hole].mean(),
    ]


def lpips_of(lpips, name, pairs):
    networks = {"vgg": lpips.vgg16, "alex": lpips.alexnet, "squeeze": lpips.squeezenet}
    model = lpips.PNetLin(pnet_type=name, pnet_rand=True, use_dropout=True).eval()
    assert isinstance(model.net, networks[name])
    # slice3.14.weight of the wrapper is features.14.weight of torchvision's file.
    fill(model.net, lambda n: "features." + n.split(".", 1)[1])
    for i, head in enumerate(model.lins):
        fill(head, lambda n, i=i: f"lin{i}.{n}")
    with torch.no_grad():
        return [float(model(2 * b - 1, 2 * a - 1)) for a, b in pairs]


def inception_of(inception, batch):
    inception.load_state_dict_from_url = lambda *_, **__: fill(
        inception.models.inception_v3(num_classes=1008, aux_logits=False, init_weights=False)).state_dict()
    network = inception.InceptionV3([3]).eval()
    with torch.no_grad():
        return torch.cat([network(picture)[0].flatten(1) for picture in batch]).numpy()


def frechet_exact(a, b):
    """With the root of a symmetric matrix by its eigenvalues, in float64."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(s)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    trace = np.sqrt(np.clip(np.linalg.eigvalsh(root @ t @ root), 0, None)).sum()
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s) + np.trace(t) - 2 * trace


def feature_sets():
    """Correlated features of 24 dimensions: many rows, and fewer rows than dimensions."""
    random = np.random.RandomState(5)
    mix = random.randn(24, 24)
    sets = {}
    for name, rows in (("many", 300), ("few", 11)):
        truth = np.abs(random.randn(rows, 24) @ mix)
        result = np.abs(0.8 * truth + 0.4 * random.randn(rows, 24) @ mix + 0.1)
        sets[name] = (result.astype(np.float32), truth.astype(np.float32))
    return sets


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout")
    parser.add_argument("--out", default=HERE.parent / "data" / "evaluation.safetensors")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    base_loss, lpips, ssim, inception = import_published(arguments.checkout)

    truth, mask, results = pictures()
    out = {"truth": truth, "mask": mask}
    for i, result in enumerate(results):
        out[f"result{i}"] = result
        out[f"plain{i}"] = np.array(plain_metrics(ssim, truth, mask, result))
    pairs = [(tensor(result), tensor(truth)) for result in results]
    for name in ("vgg", "alex", "squeeze"):
        out[f"lpips.{name}"] = np.array(lpips_of(lpips, name, pairs))
        print("lpips", name, out[f"lpips.{name}"])
    out["inception"] = inception_of(inception, [tensor(p) for p in (truth, *results)])
    print("inception", out["inception"].mean(1), out["inception"].std(1))
    for name, (result, target) in feature_sets().items():
        out[f"features.{name}.result"], out[f"features.{name}.truth"] = result, target
        exact, published = frechet_exact(result, target), base_loss.calculate_frechet_distance(result, target)
        out[f"frechet.{name}"] = np.array([exact, published])
        print("frechet", name, exact, published)
        svm = LinearSVC(dual=False, tol=1e-8, max_iter=100000)
        both, labels = np.concatenate([target, result]), np.repeat([1, 0], len(target))
        svm.fit(both, labels)
        paired = np.mean(svm.decision_function(result) > svm.decision_function(target))
        out[f"ids.{name}"] = np.array([paired, 1 - svm.score(both, labels)])
        print("ids", name, out[f"ids.{name}"])
    safetensors_io.save(arguments.out, out)


if __name__ == "__main__":
    main()
