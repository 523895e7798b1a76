"""Model: what it takes and gives."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import _lama

Picture = TypeVar("Picture", NDArray[Any], Image.Image)

_DTYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
_MODES = ("L", "LA", "RGB", "RGBA", "I;16")


class Cancelled(Exception):
    """The progress callback returned False."""


class Model:
    """A network with its weights, ready to run. Threads may share one: it fills one picture at a time."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        threads: int = 0,
        precision: Literal["f32", "bf16"] = "f32",
    ) -> None:
        """Opens a model.

        path: a published folder (config.yaml and models/best.ckpt), a PyTorch, TorchScript or
            .safetensors file, the name of an installed model, "embedded", which is part of this
            package, or "patches", which has no network.
            None: what the variable LAMA_MODEL names, else the best installed one, else the
            embedded one.
        threads: 1 to 1024, or 0 for one per processor.
        precision: "bf16" is faster and a little different; for processors with AVX512-BF16.

        Raises RuntimeError if the file is missing or damaged, ValueError for other arguments.
        """
        name = None if path is None else os.fsencode(path)
        self._model = _lama.Model(name, _whole("threads", threads), str(precision))

    @property
    def name(self) -> str:
        """The path or name it was opened with."""
        return os.fsdecode(self._model.name)

    @property
    def description(self) -> str:
        """The network's architecture, in words."""
        return self._model.description

    @property
    def parameter_count(self) -> int:
        """Trainable parameters."""
        return self._model.parameter_count

    @property
    def size_multiple(self) -> int:
        """What the network sees has sides that are multiples of this. Pictures may have any size."""
        return self._model.size_multiple

    def __repr__(self) -> str:
        return f"<lama.Model {self.name}: {self.description}>"

    def inpaint(
        self,
        image: Picture,
        mask: NDArray[Any] | Image.Image | None = None,
        *,
        dilate: int | None = None,
        feather: int | None = None,
        mask_threshold: float = 0.5,
        invert_mask: bool = False,
        fill_transparent: bool = False,
        strategy: Literal["auto", "full", "crop", "resize"] = "auto",
        detail: Literal["auto", "off", "on"] = "auto",
        match: Literal["auto", "off"] = "auto",
        memory_limit: int = 0,
        published: bool = False,
        progress: Callable[[float], object] | None = None,
    ) -> Picture:
        """Returns the picture with its hole filled, as a new array or image of the same kind.

        What is not filled keeps its bits. Other threads run meanwhile, and ctrl-C ends the work.

        image: an array of the shape (H, W), (H, W, 1) or (H, W, 2) for grey and grey with alpha,
            (H, W, 3) for RGB or (H, W, 4) for RGBA, of the dtype uint8, uint16 or float32 (0 to 1),
            with sides up to 1 000 000; or a Pillow image of the mode L, LA, RGB, RGBA or I;16.
            Colours are taken as sRGB, alpha as straight.
        mask: where to fill: an array of the shape (H, W) or (H, W, 1), bool or uint8 with 255 for
            "fill"; or a Pillow image of any mode, white where to fill: transparent parts count as
            black, but alpha counts alone if it varies and the brightness hardly does. None with
            fill_transparent.
        dilate: pixels to grow the hole by, 0 to 1000. None: 5; 0 with fill_transparent or published.
        feather: width in pixels of a soft edge around the hole, 0 to 1000. None: 3; 0 as for dilate.
        mask_threshold: share of 255 from which a mask's value means "fill", above 0 and at most 1.
        invert_mask: fill where the mask does not reach the threshold.
        fill_transparent: fill what is less than half opaque in the picture, and make it opaque.
        strategy: what the network sees of a large picture: "full", all of it; "crop", each group of
            holes with context; "resize", all of it scaled down; "auto", full up to 1024 pixels a
            side and crop beyond.
        detail: fine detail for a fill from what surrounds the hole: "auto", where the hole is seen
            smaller than it is; "on", for whatever a network fills, too; "off".
        match: "auto" corrects the fill's shade by the network's error around the hole; "off".
        memory_limit: bytes to use beside the picture and the model; 0 for what is free.
        published: give what the published predict.py gives: any mask value above 0 is a hole.
        progress: is called with the share of the work that is done, up to 1. Return False to stop.

        Raises TypeError or ValueError for arguments that are not as described here, RuntimeError if
        the memory limit does not suffice, Cancelled after progress returned False, and what
        progress raised.
        """
        if progress is not None and not callable(progress):
            raise TypeError(f"progress takes a function, not {type(progress).__name__}")
        threshold = _number("mask_threshold", mask_threshold)
        pixels = _pixels_of(image)
        output = np.empty_like(pixels)
        done = self._model.inpaint(
            pixels,
            None if mask is None else _mask_values_of(mask, published, threshold),
            output,
            dilate=None if dilate is None else _whole("dilate", dilate),
            feather=None if feather is None else _whole("feather", feather),
            mask_threshold=threshold,
            invert_mask=bool(invert_mask),
            fill_transparent=bool(fill_transparent),
            strategy=str(strategy),
            detail=str(detail),
            match=str(match),
            memory_limit=_whole("memory_limit", memory_limit, 0, 2**63 - 1),
            published=bool(published),
            progress=progress,
        )
        if not done:
            raise Cancelled("the progress callback returned False")
        if isinstance(image, np.ndarray):
            return output
        result = Image.fromarray(output)
        result.info = image.info.copy()  # the colour profile and the like
        return result


def _whole(name: str, value: Any, least: int = -(2**31), most: int = 2**31 - 1) -> int:
    """A number that the compiled part can hold, and checks."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} takes a whole number, not {type(value).__name__}") from None
    if not least <= number <= most:
        raise ValueError(f"{name} cannot be {number}")
    return number


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} takes a number, not {type(value).__name__}") from None


def _pixels_of(image: NDArray[Any] | Image.Image) -> NDArray[Any]:
    if isinstance(image, Image.Image):
        if image.mode not in _MODES:
            raise TypeError(
                f"the picture has the mode {image.mode}, and {', '.join(_MODES)} are possible:"
                " convert it, for example by image.convert('RGB')"
            )
        return np.ascontiguousarray(image)
    if not isinstance(image, np.ndarray):
        raise TypeError(f"the picture has the type {type(image).__name__}: give a NumPy array or a Pillow image")
    if image.dtype not in _DTYPES:
        raise TypeError(f"the picture has the dtype {image.dtype}: uint8, uint16 and float32 are possible")
    return np.ascontiguousarray(image)


def _mask_values_of(
    mask: NDArray[Any] | Image.Image, published: bool, mask_threshold: float
) -> NDArray[np.uint8]:
    if isinstance(mask, Image.Image):
        return _brightness_of(mask, published)
    if not isinstance(mask, np.ndarray):
        raise TypeError(f"the mask has the type {type(mask).__name__}: give a NumPy array or a Pillow image")
    if mask.ndim == 3 and mask.shape[2] == 1:
        mask = mask[:, :, 0]
    if mask.ndim != 2:
        raise ValueError(f"the mask has the shape {mask.shape}: it must be (H, W) or (H, W, 1)")
    if mask.dtype == np.bool_:
        return mask.astype(np.uint8) * np.uint8(255)
    if mask.dtype != np.uint8:
        raise TypeError(f"the mask has the dtype {mask.dtype}: bool and uint8 (255 where to fill) are possible")
    if not published and mask.max(initial=0) == 1 < 255 * mask_threshold:
        raise ValueError("the mask's values are 0 and 1, and 255 means fill: give mask.astype(bool)")
    return np.ascontiguousarray(mask)


def _brightness_of(mask: Image.Image, published: bool) -> NDArray[np.uint8]:
    """One value for each pixel of a mask, by the rules of the program `lama`."""
    values: NDArray[Any]
    if mask.mode == "F":  # 0 to 1
        values = np.round(np.clip(np.asarray(mask), 0, 1) * 255)
        return values.astype(np.uint8)
    if mask.mode.startswith("I"):  # 16 bits, which Pillow's convert() would clip
        values = np.clip(np.asarray(mask), 0, 65535).astype(np.uint32)
        values = np.maximum((values + 128) // 257, values > 0)
        return values.astype(np.uint8)
    if published or not (mask.mode in ("LA", "PA", "RGBA") or "transparency" in mask.info):
        return np.asarray(mask.convert("L"))
    colours = mask.convert("RGBA")
    alpha = np.asarray(colours.getchannel("A"))
    shades = np.asarray(colours.convert("RGB").convert("L"))
    # Strokes of one brightness, nearly: only what shows of a difference counts.
    painted = int(shades.flat[alpha.argmax()])
    differences = np.abs(shades.astype(np.int32) - painted) * alpha
    if differences.max() <= 255 // 8 * 255 and alpha.min() < alpha.max():
        return alpha
    values = (shades.astype(np.uint32) * alpha + 127) // 255
    return values.astype(np.uint8)
