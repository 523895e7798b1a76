#!/usr/bin/python3
"""Tests scripts/average-models with files that this test writes byte by byte."""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "average-models"


def file_of(dtype, shape, data):
    header = json.dumps({"__metadata__": {"lama.config": "{}"}, "w": {"dtype": dtype, "shape": shape,
                                                                      "data_offsets": [0, len(data)]}}).encode()
    return struct.pack("<Q", len(header)) + header + data


class AverageModels(unittest.TestCase):
    def average(self, *files):
        """Runs it with the weights 3, 1, 1, ..., and returns the written tensors."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            words = []
            for i, data in enumerate(files):
                (folder / f"{i}").write_bytes(data)
                words += ["3" if i == 0 else "1", folder / f"{i}"]
            run = subprocess.run([SCRIPT, folder / "out", *words], stderr=subprocess.PIPE, text=True)
            written = (folder / "out").read_bytes() if (folder / "out").exists() else None
            self.assertEqual(sorted(p.name for p in folder.iterdir() if not p.name.isdigit()), ["out"] if written else [])
            return run, written

    def test_weights_are_shares_and_halves_become_float32(self):
        run, written = self.average(file_of("F16", [1, 2], struct.pack("<2e", 1, -2)),
                                    file_of("F32", [1, 2], struct.pack("<2f", 5, 2)))
        self.assertEqual(run.returncode, 0, run.stderr)
        begin = 8 + struct.unpack("<Q", written[:8])[0]
        header = json.loads(written[8:begin])
        self.assertEqual(begin % 8, 0)
        self.assertEqual(header["__metadata__"], {"lama.config": "{}"})
        self.assertEqual(header["w"], {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]})
        self.assertEqual(struct.unpack("<2f", written[begin:]), (2, -1))

    def test_refuses_another_architecture(self):
        run, written = self.average(file_of("F32", [2], bytes(8)), file_of("F32", [1], bytes(4)))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("other tensors than", run.stderr)
        self.assertIsNone(written)

    def test_refuses_types_it_does_not_know(self):
        run, written = self.average(file_of("BF16", [1], bytes(2)))
        self.assertIn("w is BF16", run.stderr)
        self.assertIsNone(written)


if __name__ == "__main__":
    unittest.main()
