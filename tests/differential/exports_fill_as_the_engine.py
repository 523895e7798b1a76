"""Fills pictures by exported models in other programs' runtimes, and compares them with the engine.

    exports_fill_as_the_engine.py LAMA LIBLAMA.SO RUNTIME...     torch, onnxruntime, openvino, opencv

Networks, pictures and sizes: those below, whose maps have odd sides too. In OpenCV only the fixed size. Exits with 77
(skipped) if a runtime is not installed.
"""
import importlib
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("NumPy is not installed: skipped")
    sys.exit(77)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "python", "tests"))
sys.path.insert(0, os.path.join(ROOT, "tests", "oracle"))
LAMA, os.environ["LAMA_LIBRARY"], *RUNTIMES = sys.argv[1:]
import c_library  # noqa: E402
import safetensors_io  # noqa: E402

BILINEAR = "networks/odd, deconv_kind bilinear"
NETWORKS = ["networks/bootstrap", "networks/deep", "networks/odd", "networks/shallow", "options/regular", BILINEAR]
SIZES = [(64, 64), (104, 88), (72, 200)]  # 13 x 11 and 9 x 25 after three halvings
FIXED = (104, 88)
TOLERANCE = 1e-4


def picture(height, width):
    random = np.random.default_rng(height * width)
    y, x = np.mgrid[0:height, 0:width]
    wave = 0.5 + 0.3 * np.sin(x / 9 + y / 14)[..., None]
    image = np.clip(wave + 0.3 * (random.random((height, width, 3)) - 0.5), 0, 1).astype(np.float32)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4:height // 2, width // 5:width // 2] = 255
    return image, mask


def as_input(array):
    return np.ascontiguousarray(np.atleast_3d(array).transpose(2, 0, 1)[None])


def torch(path):
    import torch
    module = torch.jit.load(path, map_location="cpu").eval()

    def run(image, mask):
        with torch.inference_mode():
            return module(torch.from_numpy(image), torch.from_numpy(mask)).numpy()
    return run


def onnxruntime(path):
    import onnxruntime
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda image, mask: session.run(["output"], {"image": image, "mask": mask})[0] / 255


def openvino(path):
    import openvino
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda image, mask: compiled({"image": image, "mask": mask})["output"] / 255


def opencv(path):
    import cv2
    network = cv2.dnn.readNetFromONNX(path)

    def run(image, mask):
        network.setInput(image, "image")
        network.setInput(mask, "mask")
        return network.forward("output") / 255
    return run


def exported(model, path, *options):
    subprocess.run([LAMA, "-q", "models", "export", model, "-o", path, *options], check=True)
    return path


def worst(run, model, sizes):
    """The largest difference from the engine over `sizes`."""
    result = 0
    for height, width in sizes:
        image, mask = picture(height, width)
        expected = c_library.inpaint(image, mask, model, published=1)
        filled = run(as_input(image), as_input((mask > 0).astype(np.float32)))
        assert filled.shape == (1, 3, height, width), filled.shape
        assert not np.array_equal(expected, image)
        result = max(result, float(np.abs(filled[0].transpose(1, 2, 0) - expected).max()))
    return result


def with_bilinear_enlargement(tensors, metadata):
    """The transposed convolutions' weights as those of convolutions after an enlargement, which is a layer too."""
    config = json.loads(metadata["lama.config"])
    config["generator"]["deconv_kind"] = "bilinear"
    first = config["generator"]["n_downsampling"] + config["generator"]["n_blocks"] + 3
    ends = first + 3 * config["generator"]["n_downsampling"]
    result = {}
    for name, values in tensors.items():
        number, _, rest = name.removeprefix("model.").partition(".")
        number = int(number)
        if first <= number < ends and values.ndim == 4:
            values = np.ascontiguousarray(values.transpose(1, 0, 2, 3))
        if number >= first:
            number += min(number - first, ends - first - 1) // 3 + 1
        result[f"model.{number}.{rest}"] = values
    return result, metadata | {"lama.config": json.dumps(config)}


def network(name, folder):
    """The network alone of a file that holds expected results too."""
    tensors, metadata = safetensors_io.load(os.path.join(ROOT, "tests", "data", name.partition(",")[0] + ".safetensors"))
    if name == BILINEAR:
        tensors = {n: t for n, t in tensors.items() if n.startswith("model.")}
        tensors, metadata = with_bilinear_enlargement(tensors, metadata)
    path = os.path.join(folder, "network.safetensors")
    safetensors_io.save(path, {n: t for n, t in tensors.items() if n.startswith("model.")}, metadata)
    return path


def info(model):
    answer = json.loads(subprocess.run([LAMA, "models", "info", model, "--json"], check=True, capture_output=True).stdout)
    del answer["model"], answer["format"], answer["elements"]
    answer.pop("taken_for_granted", None)
    return answer


def main():
    for runtime in RUNTIMES:
        module = {"opencv": "cv2"}.get(runtime, runtime)
        try:
            importlib.import_module(module)
        except ImportError:
            print(f"{module} is not installed: skipped")
            sys.exit(77)
    fixed = f"{FIXED[1]}x{FIXED[0]}"
    failed = False
    for name in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            model = network(name, folder)
            script = exported(model, os.path.join(folder, "model.pt"))
            assert info(script) == info(model), "lama reads its own export as another network"
            dynamic = exported(model, os.path.join(folder, "dynamic.onnx"))
            products = exported(model, os.path.join(folder, "fixed.onnx"), "--fixed", fixed)
            for runtime in RUNTIMES:
                runs = [("fixed", products, [FIXED])]
                if runtime == "torch":
                    runs = [("script", script, SIZES)]
                elif runtime != "opencv":
                    runs.append(("dynamic", dynamic, SIZES))
                for kind, path, sizes in runs:
                    difference = worst(globals()[runtime](path), model, sizes)
                    failed |= not difference <= TOLERANCE
                    print(f"{name:20} {runtime:12} {kind:8} {difference:.1e}", flush=True)
    sys.exit(failed)


main()
