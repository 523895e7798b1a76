"""The published repository for the scripts that import its modules: their arguments, and its place."""
import argparse
import sys
import types

import pictures


def arguments(description):
    """CHECKOUT and KORNIA, the folders of both packages; --data, the folder to write to; --only, some of the cases."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout")
    parser.add_argument("kornia")
    parser.add_argument("--data", default=pictures.DATA)
    parser.add_argument("--only", nargs="*")
    return parser.parse_args()


def make_importable(checkout, kornia):
    """Without Lightning, of which the modules want a single function."""
    lightning = types.ModuleType("pytorch_lightning")
    lightning.seed_everything = lambda seed: None
    sys.modules["pytorch_lightning"] = lightning
    sys.path[:0] = [checkout, kornia]
