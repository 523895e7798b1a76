"""SimpleLama, with the interface of the package simple-lama-inpainting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ._model import Model


class SimpleLama:
    """What programs for simple-lama-inpainting call. It runs on the processor, without PyTorch.

    The model is the one of lama.Model(): LAMA_MODEL, else the best installed one (also the
    big-lama.pt that simple-lama-inpainting fetched), else the embedded one.
    """

    def __init__(self, device: object = "cpu") -> None:
        """device: anything that reads as "cpu". Raises ValueError for others."""
        if str(device) != "cpu":
            raise ValueError(f"device {device}: only cpu is possible")
        self.device = device
        self.model: Model = Model()

    def __call__(self, image: Image.Image | NDArray[Any], mask: Image.Image | NDArray[Any]) -> Image.Image:
        """Returns the filled picture in RGB, in the picture's own size.

        image: a Pillow image, or an array (H, W, 3) of values from 0 to 255.
        mask: a Pillow image, or an array (H, W) of any dtype; every value above 0 is filled.
        """
        if isinstance(image, np.ndarray):
            image = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
        if isinstance(mask, np.ndarray):
            mask = mask > 0
        if isinstance(image, Image.Image):
            image = image.convert("RGB")
        return self.model.inpaint(image, mask, published=True)
