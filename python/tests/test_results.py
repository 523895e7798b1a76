"""Every sample is what the C interface gives."""

import c_library
import numpy as np
import pytest
from conftest import mask_with_hole, picture
from PIL import Image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_arrays_of_every_kind(model, channels, dtype):
    image, mask = picture(67, 101, channels, dtype), mask_with_hole(67, 101)
    before = image.copy()
    result = model.inpaint(image, mask)
    assert result.dtype == image.dtype
    assert np.array_equal(result, c_library.inpaint(image, mask))
    assert np.array_equal(image, before)
    assert not np.array_equal(result, image)


@pytest.mark.parametrize(
    ("python", "c"),
    [
        ({"dilate": 0, "feather": 0}, {"dilate": -1, "feather": -1}),
        ({"dilate": 2, "feather": 7}, {"dilate": 2, "feather": 7}),
        ({"mask_threshold": 0.2}, {"mask_threshold": 0.2}),
        ({"invert_mask": True}, {"invert_mask": 1}),
        ({"strategy": "full"}, {"strategy": 1}),
        ({"strategy": "crop"}, {"strategy": 2}),
        ({"strategy": "resize", "memory_limit": 30_000_000}, {"strategy": 3, "memory_limit": 30_000_000}),
        ({"detail": "on"}, {"detail": 2}),
        ({"detail": "off", "match": "off"}, {"detail": 1, "match": 1}),
        ({"published": True}, {"published": 1}),
    ],
)
def test_options(model, python, c):
    image, mask = picture(150, 140, 3, np.uint8), mask_with_hole(150, 140)
    mask[100:104, 20:90] = 80
    if python.get("invert_mask"):
        mask = 255 - mask
    assert np.array_equal(model.inpaint(image, mask, **python), c_library.inpaint(image, mask, **c))


def test_transparent_part(model):
    image = picture(64, 64, 4, np.uint8)
    image[20:30, 20:40, 3] = 0
    result = model.inpaint(image, fill_transparent=True)
    assert np.array_equal(result, c_library.inpaint(image, None, fill_transparent=1))
    assert result[..., 3].min() == 255


def test_grey_without_third_axis(model):
    image, mask = picture(64, 80, 1, np.uint8), mask_with_hole(64, 80)
    flat = model.inpaint(image[..., 0], mask[..., None])
    assert flat.shape == (64, 80)
    assert np.array_equal(flat, model.inpaint(image, mask)[..., 0])


def test_views_are_taken_as_they_look(model):
    image, mask = picture(64, 80, 3, np.uint8), mask_with_hole(64, 80)
    expected = model.inpaint(np.ascontiguousarray(image[::-1, :, ::-1]), np.ascontiguousarray(mask[::-1]))
    assert np.array_equal(model.inpaint(image[::-1, :, ::-1], mask[::-1]), expected)


def test_read_only_arrays_and_boolean_masks(model):
    image, mask = picture(64, 80, 3, np.uint8), mask_with_hole(64, 80)
    expected = model.inpaint(image, mask)
    image.flags.writeable = False
    assert np.array_equal(model.inpaint(image, mask > 0), expected)


@pytest.mark.parametrize(
    ("mode", "channels", "dtype"),
    [("L", 1, np.uint8), ("LA", 2, np.uint8), ("RGB", 3, np.uint8), ("RGBA", 4, np.uint8), ("I;16", 1, np.uint16)],
)
def test_pillow_images(model, mode, channels, dtype):
    pixels, mask = picture(64, 80, channels, dtype), mask_with_hole(64, 80)
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    assert image.mode == mode
    image.info["icc_profile"] = b"profile"
    for mask_mode in ("1", "L", "RGB"):
        result = model.inpaint(image, Image.fromarray(mask).convert(mask_mode))
        assert result.mode == mode
        assert result.info["icc_profile"] == b"profile"
        expected = model.inpaint(pixels, mask)
        assert np.array_equal(np.asarray(result), expected[..., 0] if channels == 1 else expected)


def test_masks_of_sixteen_bits(model):
    image, mask = picture(64, 80, 3, np.uint8), mask_with_hole(64, 80)
    expected = model.inpaint(image, mask)
    wide = np.where(mask > 0, 40000, 300).astype(np.uint16)  # 300 of 65535 is nearly black
    assert np.array_equal(model.inpaint(image, Image.fromarray(wide)), expected)
    assert np.array_equal(model.inpaint(image, Image.fromarray(wide.astype(np.int32))), expected)
    assert np.array_equal(model.inpaint(image, Image.fromarray(wide.astype(np.float32) / 65535)), expected)
    # The published predict.py fills all above black.
    wide = np.where(mask > 0, 1, 0).astype(np.uint16)
    published = model.inpaint(image, mask, published=True)
    assert np.array_equal(model.inpaint(image, Image.fromarray(wide), published=True), published)


def test_masks_with_alpha(model):
    image, mask = picture(64, 80, 3, np.uint8), mask_with_hole(64, 80)
    expected = model.inpaint(image, mask)
    grey = Image.fromarray(mask)
    white, black = Image.new("L", grey.size, 255), Image.new("L", grey.size, 0)
    # Strokes of one colour on nothing.
    for colour in (white, black):
        assert np.array_equal(model.inpaint(image, Image.merge("LA", (colour, grey))), expected)
        assert np.array_equal(model.inpaint(image, Image.merge("RGBA", (colour, colour, black, grey))), expected)
    # Strokes whose colour a lossy format shifted.
    shifted = Image.fromarray(np.where(np.arange(80) % 2 == 0, 120, 130).astype(np.uint8)[None].repeat(64, 0))
    assert np.array_equal(model.inpaint(image, Image.merge("LA", (shifted, grey))), expected)
    # Otherwise transparent parts count as black.
    half = np.where(np.arange(80) < 30, 255, 0).astype(np.uint8)[None].repeat(64, 0)
    shades = Image.fromarray(np.where(half == 0, 255, mask).astype(np.uint8))
    assert np.array_equal(
        model.inpaint(image, Image.merge("LA", (shades, Image.fromarray(half)))),
        model.inpaint(image, np.where(half == 0, 0, mask).astype(np.uint8)),
    )
    palette = Image.frombytes("P", grey.size, (mask > 0).astype(np.uint8).tobytes())
    palette.putpalette([10, 10, 10, 10, 10, 10])
    palette.info["transparency"] = bytes([0, 255])
    assert np.array_equal(model.inpaint(image, palette), expected)
