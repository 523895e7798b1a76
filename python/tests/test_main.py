"""python -m lama: its files."""

import os
import sys

import numpy as np
import pytest
from conftest import mask_with_hole, picture
from PIL import Image

from lama import __main__

IMAGE = picture(61, 83, 4, np.uint8)
MASK = mask_with_hole(61, 83)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Fills an RGBA picture into the file of this name. Returns the exit code."""
    Image.fromarray(IMAGE).save(tmp_path / "photo.png")
    Image.fromarray(MASK).save(tmp_path / "mask.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAMA_MODEL", "embedded")

    def run(output):
        monkeypatch.setattr(sys, "argv", ["lama", "photo.png", "mask.png", "-o", output])
        return __main__.main()

    return run


def test_writes_the_fill(command, model):
    assert command("out.png") == 0
    assert np.array_equal(np.asarray(Image.open("out.png")), model.inpaint(IMAGE, MASK))
    assert sorted(os.listdir()) == ["mask.png", "out.png", "photo.png"]


def test_replaces_the_target_of_a_link_and_keeps_its_mode(command):
    with open("old.png", "wb"):
        os.chmod("old.png", 0o640)
    os.symlink("old.png", "link.png")
    assert command("link.png") == 0
    assert os.path.islink("link.png")
    assert Image.open("old.png").size == (83, 61)
    assert os.stat("old.png").st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_old_file_and_no_other(command, capsys):
    with open("out.jpg", "wb") as file:
        file.write(b"old")
    assert command("out.jpg") == 1
    assert "cannot write mode RGBA as JPEG" in capsys.readouterr().err
    with open("out.jpg", "rb") as file:
        assert file.read() == b"old"
    assert sorted(os.listdir()) == ["mask.png", "out.jpg", "photo.png"]


def test_names_the_output_that_cannot_be_written(command, capsys):
    assert command("nowhere/out.png") == 1
    assert capsys.readouterr().err == "lama: [Errno 2] No such file or directory: 'nowhere/out.png'\n"
