"""python -m lama: fills the hole in a picture, read and written by Pillow."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import sys

from PIL import Image, ImageOps

from . import Model, __version__


def read(path: str) -> Image.Image:
    """The upright picture."""
    try:
        return ImageOps.exif_transpose(Image.open(path))
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path}: too large for Pillow, but not for the program `lama`: {error}") from error


def in_a_possible_mode(image: Image.Image) -> Image.Image:
    """The picture with samples that Model.inpaint takes. A mode that it lacks is left to its error."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in ("CMYK", "YCbCr"):
        converted = image.convert("RGB")
        converted.info.pop("icc_profile", None)  # of the old colours
        return converted
    return image


def save(image: Image.Image, path: str, icc_profile: bytes | None) -> None:
    """Writes a file whole: after a failure `path` is as it was."""
    target = os.path.realpath(path)  # not the link to it
    ending = os.path.splitext(path)[1]  # Pillow's choice of a format
    temporary = os.path.join(os.path.dirname(target), f".lama-{secrets.token_hex(8)}{ending}")
    try:
        image.save(temporary, icc_profile=icc_profile)
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), path) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lama",
        description="Fill the hole that a mask marks in a picture.",
        epilog="The program `lama` keeps more of a photo: metadata, 16 bits, a JPEG's untouched blocks.",
    )
    parser.add_argument("image", metavar="IMAGE")
    parser.add_argument("mask", metavar="MASK", help="a picture of the same size, white where to fill")
    parser.add_argument("-o", "--output", metavar="FILE", required=True)
    parser.add_argument("--model", metavar="MODEL", help="a file, a folder or the name of an installed model")
    parser.add_argument("--dilate", metavar="N", type=int, help="grow the hole by N pixels first (default 5)")
    parser.add_argument("--feather", metavar="N", type=int, help="blend over N pixels around it (default 3)")
    parser.add_argument("--version", action="version", version=__version__)
    options = parser.parse_args()
    try:
        image = in_a_possible_mode(read(options.image))
        mask = read(options.mask)
        result = Model(options.model).inpaint(image, mask, dilate=options.dilate, feather=options.feather)
        save(result, options.output, image.info.get("icc_profile"))
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        print(f"lama: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
