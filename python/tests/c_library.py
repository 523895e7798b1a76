"""liblama.so through include/lama/lama.h, by ctypes: the results that the package must give bit for bit."""

import ctypes
import os
from ctypes import (
    CFUNCTYPE,
    Structure,
    byref,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_size_t,
    c_ssize_t,
    c_uint64,
    c_void_p,
    sizeof,
)

import numpy as np

SAMPLES = {np.dtype(np.uint8): 0, np.dtype(np.uint16): 1, np.dtype(np.float32): 2}
STRATEGIES = ["auto", "full", "crop", "resize"]


class Picture(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("pixels", c_void_p),
        ("width", c_int32),
        ("height", c_int32),
        ("layout", c_int32),
        ("sample", c_int32),
        ("stride", c_ssize_t),
    ]


class Mask(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("values", c_void_p),
        ("width", c_int32),
        ("height", c_int32),
        ("stride", c_ssize_t),
    ]


class Options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("mask_threshold", c_double),
        ("invert_mask", c_int32),
        ("fill_transparent", c_int32),
        ("dilate", c_int32),
        ("feather", c_int32),
        ("strategy", c_int32),
        ("published", c_int32),
        ("memory_limit", c_uint64),
        ("progress", CFUNCTYPE(c_int, c_double, c_void_p)),
        ("user", c_void_p),
        ("detail", c_int32),
        ("match", c_int32),
    ]


def inpaint(image, mask, model_name="embedded", **options):
    """What lama_inpaint gives. Options are the fields of lama_options."""
    library = ctypes.CDLL(os.environ["LAMA_LIBRARY"])
    library.lama_error_text.restype = c_char_p
    library.lama_error_text.argtypes = [c_void_p]
    model = c_void_p()
    assert library.lama_open(os.fsencode(model_name), 0, 0, byref(model)) == 0
    height, width = image.shape[:2]
    layout = image.shape[2] if image.ndim == 3 else 1
    picture = Picture(sizeof(Picture), image.ctypes.data, width, height, layout, SAMPLES[image.dtype], 0)
    hole = None if mask is None else Mask(sizeof(Mask), mask.ctypes.data, width, height, 0)
    output = np.empty_like(image)
    status = library.lama_inpaint(
        model,
        byref(picture),
        None if hole is None else byref(hole),
        output.ctypes.data_as(c_void_p),
        c_ssize_t(0),
        byref(Options(struct_size=sizeof(Options), **options)),
    )
    text = library.lama_error_text(model).decode()
    library.lama_close(model)
    assert status == 0, text
    return output
