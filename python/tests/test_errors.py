"""Errors say in one line what is wrong, and the model works afterwards."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import mask_with_hole, picture
from PIL import Image

import lama

IMAGE = picture(64, 80, 3, np.uint8)
MASK = mask_with_hole(64, 80)


@pytest.mark.parametrize(
    ("image", "mask", "options", "error", "text"),
    [
        (IMAGE.astype(np.float64), MASK, {}, TypeError, "float64"),
        (IMAGE.astype(">u2"), MASK, {}, TypeError, ">u2"),
        (IMAGE.tolist(), MASK, {}, TypeError, "list"),
        (Image.fromarray(IMAGE).convert("CMYK"), MASK, {}, TypeError, "CMYK"),
        (IMAGE[None], MASK, {}, ValueError, "shape"),
        (np.zeros((64, 80, 5), np.uint8), MASK, {}, ValueError, "shape"),
        (np.zeros((0, 80, 3), np.uint8), MASK[:0], {}, ValueError, "80 x 0"),
        (IMAGE, MASK[:50], {}, ValueError, "80"),
        (IMAGE, np.stack([MASK] * 3, -1), {}, ValueError, r"\(64, 80, 3\)"),
        (IMAGE, MASK.astype(np.float32), {}, TypeError, "float32"),
        (IMAGE, None, {}, ValueError, "mask"),
        (IMAGE, MASK, {"dilate": -1}, ValueError, "dilate must be a whole number from 0 to 1000, not -1"),
        (IMAGE, MASK, {"mask_threshold": 0}, ValueError, "mask_threshold"),
        (IMAGE, MASK, {"strategy": "half"}, ValueError, "strategy must be one of auto, full, crop, resize, not half"),
        (IMAGE, MASK, {"fill_transparent": True}, ValueError, "fill_transparent"),
        (IMAGE, MASK, {"memory_limit": 1, "strategy": "full"}, RuntimeError, "memory"),
        (IMAGE, MASK, {"dilatation": 1}, TypeError, "dilatation"),
        (IMAGE, MASK // 255, {}, ValueError, "0 and 1.*mask.astype"),
        (IMAGE, MASK, {"dilate": "2"}, TypeError, "dilate takes a whole number, not str"),
        (IMAGE, MASK, {"feather": 2.5}, TypeError, "feather takes a whole number, not float"),
        (IMAGE, MASK, {"dilate": 2**40}, ValueError, "dilate cannot be 1099511627776"),
        (IMAGE, MASK, {"memory_limit": -1}, ValueError, "memory_limit cannot be -1"),
        (IMAGE, MASK // 255, {"mask_threshold": "half"}, TypeError, "mask_threshold takes a number, not str"),
        (IMAGE, MASK, {"detail": None}, ValueError, "detail must be one of auto, off, on, not None"),
        (IMAGE, MASK, {"progress": 5}, TypeError, "progress takes a function, not int"),
    ],
)
def test_wrong_arguments(model, image, mask, options, error, text):
    with pytest.raises(error, match=text) as raised:
        model.inpaint(image, mask, **options)
    assert "\n" not in str(raised.value)


def test_models_that_cannot_be_opened(tmp_path):
    with pytest.raises(RuntimeError, match="no-such-model"):
        lama.Model("no-such-model")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"not a model")
    with pytest.raises(RuntimeError, match="damaged.safetensors"):
        lama.Model(damaged)
    with pytest.raises(ValueError, match="threads"):
        lama.Model("embedded", threads=-1)
    with pytest.raises(TypeError, match="threads takes a whole number, not float"):
        lama.Model("embedded", threads=1.5)
    with pytest.raises(ValueError, match="path is empty"):
        lama.Model("")
    with pytest.raises(ValueError, match="precision must be one of f32, bf16, not f16"):
        lama.Model("embedded", precision="f16")


def test_a_file_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xe9.safetensors"
    with open(path, "wb") as file:
        file.write(b"not a model")
    with pytest.raises(RuntimeError, match="safetensors"):
        lama.Model(os.fsdecode(path))


def test_numbers_of_numpy(model):
    given = {"dilate": np.int64(2), "feather": np.uint8(3), "mask_threshold": np.float32(0.5), "published": np.False_}
    assert np.array_equal(model.inpaint(IMAGE, MASK, **given), model.inpaint(IMAGE, MASK, dilate=2, feather=3))


def test_masks_of_zeros_and_ones_that_are_meant(model):
    ones = MASK // 255
    assert np.array_equal(model.inpaint(IMAGE, ones, mask_threshold=1 / 255), model.inpaint(IMAGE, MASK))
    assert np.array_equal(model.inpaint(IMAGE, ones, published=True), model.inpaint(IMAGE, MASK, published=True))


def test_what_a_model_is(model):
    assert model.name == "embedded"
    assert model.parameter_count > 100_000
    assert model.size_multiple in (8, 16, 32)
    assert model.description in repr(model)


def test_a_missing_program_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="lama.serve runs the program"):
        lama.serve()
    with pytest.raises(FileNotFoundError, match="lama.select runs the program"):
        lama.select()


def test_the_program_in_path_gets_the_arguments(monkeypatch, tmp_path):
    program = tmp_path / "lama"
    program.write_text('#!/bin/sh\necho "$@" >"$0.arguments"\n[ "$1" = serve ]\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    lama.serve("--port", "8081")
    assert (tmp_path / "lama.arguments").read_text() == "serve --port 8081\n"
    with pytest.raises(subprocess.CalledProcessError):
        lama.select("photo.jpg")


SLOW_PROGRAM = """#!/bin/sh
trap 'sleep 1; echo >"$0.ended"; exit 0' INT
echo >"$0.begun"
while :; do sleep 0.1; done
"""


def test_ctrl_c_lets_the_program_end_by_itself(monkeypatch, tmp_path):
    program = tmp_path / "lama"
    program.write_text(SLOW_PROGRAM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    wait = subprocess.Popen.wait

    def interrupted(process, timeout=None):
        monkeypatch.setattr(subprocess.Popen, "wait", wait)
        late = time.monotonic() + 60
        while not (tmp_path / "lama.begun").exists():
            assert time.monotonic() < late
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            lama.serve()
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "lama.ended").exists()


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "lama", *map(str, arguments)], capture_output=True, text=True)


def test_the_command(model, monkeypatch, tmp_path):
    monkeypatch.setenv("LAMA_MODEL", "embedded")
    Image.fromarray(IMAGE).save(tmp_path / "in.png")
    Image.fromarray(MASK).save(tmp_path / "mask.png")
    ran = run(tmp_path / "in.png", tmp_path / "mask.png", "-o", tmp_path / "out.png", "--dilate", 2)
    assert ran.returncode == 0, ran.stderr
    assert np.array_equal(Image.open(tmp_path / "out.png"), model.inpaint(IMAGE, MASK, dilate=2))
    ran = run(tmp_path / "in.png", tmp_path / "none.png", "-o", tmp_path / "out2.png")
    assert ran.returncode == 1
    assert "none.png" in ran.stderr and ran.stderr.count("\n") == 1
    assert not (tmp_path / "out2.png").exists()


def test_the_command_takes_files_of_other_modes(model, monkeypatch, tmp_path):
    monkeypatch.setenv("LAMA_MODEL", "embedded")
    Image.fromarray(MASK).save(tmp_path / "mask.png")
    colours = Image.fromarray(IMAGE)
    colours.convert("P").save(tmp_path / "palette.png")
    colours.convert("1").save(tmp_path / "bits.png")
    colours.convert("CMYK").save(tmp_path / "cmyk.tif", icc_profile=b"of four inks")
    for name, mode in (("palette.png", "RGB"), ("bits.png", "L"), ("cmyk.tif", "RGB")):
        ran = run(tmp_path / name, tmp_path / "mask.png", "-o", tmp_path / "out.png")
        assert ran.returncode == 0, ran.stderr
        expected = model.inpaint(Image.open(tmp_path / name).convert(mode), MASK)
        result = Image.open(tmp_path / "out.png")
        assert np.array_equal(result, expected)
        assert "icc_profile" not in result.info


def test_the_command_refuses_what_pillow_takes_for_a_bomb(tmp_path):
    bomb = tmp_path / "large.pgm"
    bomb.write_bytes(b"P5 30000 30000 255\n")
    ran = run(bomb, bomb, "-o", tmp_path / "out.png")
    assert ran.returncode == 1
    assert "large.pgm: too large for Pillow" in ran.stderr and ran.stderr.count("\n") == 1
