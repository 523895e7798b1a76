"""Test photographs and hole masks shared by the oracle scripts."""
import os

import cv2
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data")


def downscaled_square(path, side):
    """The largest centred square of a photograph, area-averaged to side x side, RGB."""
    image = np.array(Image.open(path).convert("RGB"))
    h, w = image.shape[:2]
    n = min(h, w)
    y, x = (h - n) // 2, (w - n) // 2
    return cv2.resize(image[y:y + n, x:x + n], (side, side), interpolation=cv2.INTER_AREA)


def load_rgb(path):
    return np.array(Image.open(path).convert("RGB"))


def save_png(path, image):
    Image.fromarray(image).save(path, optimize=True)


def hole_mask(h, w, seed, low=0.10, high=0.35, antialias=False):
    """Brush strokes and one box, 255 = hole; drawn again until the hole's share lies in [low, high]."""
    rng = np.random.RandomState(seed)
    line = cv2.LINE_AA if antialias else cv2.LINE_8
    scale = np.sqrt(h * w)
    while True:
        mask = np.zeros((h, w), np.uint8)
        for _ in range(rng.randint(2, 4)):
            x, y = rng.randint(w), rng.randint(h)
            thickness = max(2, int(scale * rng.uniform(0.04, 0.09)))
            for _ in range(rng.randint(2, 4)):
                angle, length = rng.uniform(0, 2 * np.pi), scale * rng.uniform(0.15, 0.4)
                x2 = int(np.clip(x + length * np.cos(angle), 0, w - 1))
                y2 = int(np.clip(y + length * np.sin(angle), 0, h - 1))
                cv2.line(mask, (x, y), (x2, y2), 255, thickness, line)
                x, y = x2, y2
        bw, bh = int(w * rng.uniform(0.15, 0.3)), int(h * rng.uniform(0.15, 0.3))
        x, y = rng.randint(w - bw), rng.randint(h - bh)
        mask[y:y + bh, x:x + bw] = 255
        if low <= np.mean(mask > 0) <= high:
            return mask


def network_input(image, mask):
    """float32 [4,H,W]: the masked image in [0, 1] and the 0/1 mask. image U8 [H,W,3], mask U8 [H,W]."""
    hole = (mask > 0).astype(np.float32)
    masked = image.astype(np.float32) / np.float32(255) * (1 - hole)[:, :, None]
    return np.concatenate((masked.transpose(2, 0, 1), hole[None]))
