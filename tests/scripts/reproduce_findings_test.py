#!/usr/bin/python3
"""Tests the computations of scripts/reproduce-findings: intervals, rows, textures, sets of other sizes."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

try:
    import cv2
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "reproduce-findings"
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("reproduce_findings", str(SCRIPT))
findings = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(findings)


class Intervals(unittest.TestCase):
    def test_over_seeds_is_students(self):
        # The deviation of 1, 2, 3 is 1, and Student's quantile with two degrees of freedom 4.3027.
        self.assertAlmostEqual(findings.interval_over_seeds(np.array([1.0, 2.0, 3.0])), 4.3027 / 3**0.5, places=3)

    def test_over_pictures_is_the_normal_one_of_many(self):
        # Zeros and ones by halves: 1.96 deviations of 0.5 over the root of 400. Percentiles of 10,000 draws are off by
        # less than 0.002 (their own deviation is 0.0007), means of 400 such values come in steps of 0.0025.
        low, high = findings.interval_over_pictures(np.array([0.0, 1.0] * 200))
        self.assertAlmostEqual(low, 0.5 - 0.049, delta=0.0045)
        self.assertAlmostEqual(high, 0.5 + 0.049, delta=0.0045)

    def test_a_row_pairs_seeds_and_pictures(self):
        def scores(values):
            return {"item": ["periodic/a", "other/b"], "hole_psnr": values}
        of_set = {"x-1": scores([20.0, 9.0]), "x-2": scores([22.0, 9.0]), "y-1": scores([19.0, 0.0]),
                  "y-2": scores([21.0, 0.0]), "telea": scores([15.0, 1.0])}
        row = findings.comparison(of_set, ["x-1", "x-2"], ["y-1", "y-2"], "periodic/", "hole_psnr", 2)
        self.assertEqual(row, ["15.00", "21.00", "20.00", "+1.00", "+1.00 to +1.00", "+1.00 to +1.00"])


class Models(unittest.TestCase):
    def test_of_fewer_steps_than_a_run_has_made_are_refused(self):
        with tempfile.TemporaryDirectory() as name:
            out = pathlib.Path(name)
            (out / "models").mkdir()
            for steps in (265, 1324):
                (out / "models" / f"regular-1-{steps}.safetensors").touch()
            self.assertEqual(findings.model("lama", out, "regular", 1, [], 265), "regular-1-265")
            with self.assertRaisesRegex(SystemExit, "1324 steps already, more than 300"):
                findings.model("lama", out, "regular", 1, [], 300)


class Sets(unittest.TestCase):
    def test_textures_repeat_themselves(self):
        for seed in range(20):
            picture = findings.texture(np.random.default_rng(seed), 64)
            self.assertTrue(np.array_equal(picture, findings.texture(np.random.default_rng(seed), 64)))
            self.assertEqual(picture.shape, (64, 64, 3))
            # Most of the contrast is in a few frequencies, which it is not in noise (there a 50th of it is).
            power = np.abs(np.fft.fft2(picture.mean(2) - picture.mean()))**2
            self.assertGreater(np.sort(power, axis=None)[-64:].sum() / power.sum(), 0.5)

    def test_a_scaled_set_has_the_same_holes(self):
        with tempfile.TemporaryDirectory() as name:
            source, target = pathlib.Path(name) / "source" / "other", pathlib.Path(name) / "target"
            source.mkdir(parents=True)
            hole = np.zeros((512, 512), np.uint8)
            hole[128:256, 64:256] = 255
            cv2.imwrite(str(source / "x.png"), np.full((512, 512, 3), (10, 20, 30), np.uint8))
            cv2.imwrite(str(source / "x_mask000.png"), hole)
            findings.scaled_set(source.parent, target, 64)
            scaled = cv2.imread(str(target / "other" / "x_mask000.png"), cv2.IMREAD_GRAYSCALE)
            expected = np.zeros((64, 64), np.uint8)
            expected[16:32, 8:32] = 255
            self.assertTrue(np.array_equal(scaled, expected))
            picture = cv2.imread(str(target / "other" / "x.png"))
            self.assertTrue((picture == (10, 20, 30)).all() and picture.shape == (64, 64, 3))


unittest.main()
