"""Makes tests/data/training/published_configs.json: hydra's compositions of the published training configs.

Needs hydra-core 1.1.0 and omegaconf 2.1.0, and a Python that they run on (up to 3.10). Each config is a map of
its values by dotted name, references resolved; all but lama-fourier are stored as what differs from it.
"""
import argparse
import json
import os
import pathlib
import warnings

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

# Files that the published configs name and the published repository lacks.
INSTEAD = {"ablv2_work_no_fm": ["location=docker"], "lama_small_train_masks": ["generator=pix2pixhd_global_sigmoid"]}


def flat(value, name=""):
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {name: value}
    result = {}
    for key, child in items:
        result.update(flat(child, f"{name}.{key}" if name else str(key)))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path, help="of github.com/advimman/lama")
    data = pathlib.Path(__file__).parent.parent / "data"
    parser.add_argument("--output", type=pathlib.Path, default=data / "training" / "published_configs.json")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["TORCH_HOME"] = "/torch"
    configs = {}
    folder = (arguments.checkout / "configs" / "training").resolve()
    for name in sorted(path.stem for path in folder.glob("*.yaml")):
        overrides = INSTEAD.get(name, [])
        if "celeba" in name:
            overrides = ["location=celeba_example"]
        with initialize_config_dir(config_dir=str(folder), job_name="train"):
            config = compose(config_name=name, overrides=overrides)
        configs[name] = flat(OmegaConf.to_container(config, resolve=True))
    base = configs["lama-fourier"]
    stored = {"lama-fourier": base}
    for name, config in configs.items():
        if name != "lama-fourier":
            stored[name] = {key: value for key, value in config.items() if key not in base or base[key] != value}
            stored[name]["absent"] = sorted(set(base) - set(config))
    arguments.output.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
