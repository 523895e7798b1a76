"""Minimal safetensors reader and writer for numpy arrays.

File layout: 8-byte little-endian header length, JSON header padded with spaces to a multiple of 8,
then the raw little-endian tensor data without gaps.
"""
import json
import struct

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "U8": "u1", "I64": "<i8"}
NAMES = {np.dtype(v): k for k, v in DTYPES.items()}


def save(path, tensors, metadata=None):
    """tensors: name -> array of one of DTYPES; metadata: string -> string."""
    arrays = {}
    for name, value in tensors.items():
        value = np.asarray(value)
        arrays[name] = value.astype(value.dtype.newbyteorder("<"), order="C", copy=False)
    header = {}
    if metadata:
        assert all(isinstance(v, str) for kv in metadata.items() for v in kv), "metadata must be strings"
        header["__metadata__"] = dict(metadata)
    # Wide types first, so that every tensor is aligned to its own item size.
    order = sorted(arrays, key=lambda n: (-arrays[n].dtype.itemsize, n))
    offset = 0
    for name in order:
        a = arrays[name]
        header[name] = {"dtype": NAMES[a.dtype], "shape": list(a.shape),
                        "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)))
        f.write(text)
        for name in order:
            f.write(arrays[name].tobytes(order="C"))


def load(path):
    """Returns (name -> array, metadata). Raises ValueError for a tensor that is none of DTYPES."""
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        data = f.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"{name} is {entry['dtype']}")
        begin, end = entry["data_offsets"]
        a = np.frombuffer(data[begin:end], dtype=DTYPES[entry["dtype"]])
        tensors[name] = a.reshape(entry["shape"])
    return tensors, metadata
