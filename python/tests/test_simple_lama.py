"""SimpleLama, and a published program for simple-lama-inpainting that is not changed."""

import importlib.util
import os
import sys
import types
import zipfile

import numpy as np
import pytest
from conftest import mask_with_hole, picture
from PIL import Image

import lama

IMAGE = picture(61, 83, 3, np.uint8)
MASK = mask_with_hole(61, 83)


@pytest.fixture(autouse=True)
def embedded(monkeypatch):
    monkeypatch.setenv("LAMA_MODEL", "embedded")


def test_gives_what_the_published_procedure_gives(model):
    expected = model.inpaint(IMAGE, MASK, published=True)
    simple = lama.SimpleLama()
    faint = (MASK // 255).astype(np.float32)
    for image in (IMAGE, IMAGE.astype(np.float32), Image.fromarray(IMAGE), Image.fromarray(IMAGE).convert("RGBA")):
        for mask in (MASK, faint, Image.fromarray(MASK)):
            result = simple(image, mask)
            assert result.mode == "RGB"
            assert np.array_equal(result, expected)


def test_what_is_no_picture():
    with pytest.raises(TypeError, match="the picture has the type str"):
        lama.SimpleLama()("photo.png", MASK)


def test_devices():
    assert lama.SimpleLama(device="cpu").device == "cpu"
    with pytest.raises(ValueError, match="cuda"):
        lama.SimpleLama(device="cuda")


@pytest.mark.skipif("SIMPLE_LAMA_WHEEL" not in os.environ, reason="no published wheel is named")
def test_the_published_command_runs(model, monkeypatch, tmp_path):
    """cli.py of simple-lama-inpainting, as it is, on lama.SimpleLama."""
    zipfile.ZipFile(os.environ["SIMPLE_LAMA_WHEEL"]).extract("simple_lama_inpainting/cli.py", tmp_path)
    for name in ("simple_lama_inpainting", "simple_lama_inpainting.models", "simple_lama_inpainting.models.model"):
        monkeypatch.setitem(sys.modules, name, lama)
    called = types.ModuleType("fire")
    called.Fire = lambda main: None
    monkeypatch.setitem(sys.modules, "fire", called)
    spec = importlib.util.spec_from_file_location("cli", tmp_path / "simple_lama_inpainting/cli.py")
    cli = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cli)
    Image.fromarray(IMAGE).save(tmp_path / "in.png")
    Image.fromarray(MASK).save(tmp_path / "mask.png")
    cli.main(str(tmp_path / "in.png"), str(tmp_path / "mask.png"), str(tmp_path / "out.png"))
    assert np.array_equal(Image.open(tmp_path / "out.png"), model.inpaint(IMAGE, MASK, published=True))
