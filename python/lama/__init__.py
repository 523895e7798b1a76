"""Fills holes in pictures: large-mask inpainting with Fourier convolutions (LaMa).

    import lama
    model = lama.Model()                    # once
    filled = model.inpaint(image, mask)     # NumPy arrays or Pillow images; the mask is white where to fill
"""

from ._lama import __version__
from ._model import Cancelled, Model
from ._program import select, serve
from ._simple import SimpleLama

__all__ = ["Cancelled", "Model", "SimpleLama", "__version__", "select", "serve"]
