import numpy as np
import pytest

import lama


@pytest.fixture(scope="session")
def model():
    return lama.Model("embedded")


def picture(height, width, channels, dtype):
    """Waves and noise."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(7).random((height, width, channels))
    wave = 0.5 + 0.3 * np.sin(x / 9.0) * np.cos(y / 7.0)
    values = np.clip(wave[..., None] + 0.2 * (noise - 0.5), 0, 1)
    if channels in (2, 4):
        values[..., -1] = 1
    if dtype == np.float32:
        return values.astype(np.float32)
    return np.round(values * np.iinfo(dtype).max).astype(dtype)


def mask_with_hole(height, width):
    mask = np.zeros((height, width), np.uint8)
    mask[height // 3 : height // 3 + 9, width // 4 : width // 4 + 25] = 255
    return mask
