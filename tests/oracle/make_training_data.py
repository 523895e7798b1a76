"""Makes tests/data/training_data/: small pictures after augmentation, and tar archives.

    operations.safetensors   two pictures, "photo" and "noise", and what operations with fixed
                             parameters make of them, U8 [H,W,3]: named OPERATION.PICTURE.NUMBER;
                             metadata of the same name has the parameters, separated by spaces
    *.tar                    the same members in several formats, by Python's tarfile

The operations run in imgaug 0.4.0 (from its classes, whose random parameters are replaced by fixed
ones) and albumentations 0.5.2 (its functions), on OpenCV 4.6.0.
"""
import io
import os
import tarfile

import albumentations.augmentations.functional as F
import imgaug.augmenters as iaa
import numpy as np
from PIL import Image

import pictures
import safetensors_io

OUT = os.path.join(pictures.DATA, "training_data")


class Fixed:
    """Replaces a random parameter."""

    def __init__(self, values):
        self.values = np.array(values, np.float64)

    def draw_samples(self, size, random_state=None):
        return self.values.reshape(size).copy()


def perspective(image, *shifts):
    augmenter = iaa.PerspectiveTransform(0.06, keep_size=True, mode="replicate", cval=0)
    augmenter.jitter = Fixed(shifts)
    return augmenter.augment_image(image)


def affine(image, scale_x, scale_y, rotate, shear_x, shear_y):
    return iaa.Affine({"x": scale_x, "y": scale_y}, None, None, rotate,
                      {"x": shear_x, "y": shear_y}, 1, 0, "reflect").augment_image(image)


OPERATIONS = {
    "scaled": (F.scale, [[0.8], [1.2], [0.93]]),
    "perspective": (perspective, [
        [0.02, 0.05, 0.1, 0.01, 0.03, 0.08, 0.06, 0.02],
        [0] * 8,
        [0.15, 0.02, 0.2, 0.12, 0.01, 0.18, 0.09, 0.22],
        # Corners that pass each other, and less than two pixels between them.
        [0.6, 0.1, 0.55, 0.2, 0.1, 0.1, 0.1, 0.1],
        [0.5, 0.49, 0.5, 0.5, 0.5, 0.5, 0.49, 0.5]]),
    "affine": (affine, [
        [0.7, 1.3, 40, 0.1, -0.1],
        [1.21, 0.83, -33.3, -0.04, 0.07],
        [0.3, 0.35, 10, 0, 0],
        [1.8, 1.1, -20, 0.03, 0.03],
        # Larger shears than in training, to make them visible.
        [1, 1, 0, 20, 0],
        [1, 1, 0, 0, 25],
        [0.9, 1.2, 30, 15, -10],
        [1.00001, 1, 0.001, 0, 0]]),
    "optical_distortion": (lambda image, k: F.optical_distortion(image, k), [[0.05], [-0.05], [0.021], [0]]),
    "padded": (lambda image, size: F.pad(image, int(size), int(size)), [[25], [70], [8]]),
    "cropped": (lambda image, size, y, x: F.random_crop(image, int(size), int(size), y, x),
                [[16, 0, 0], [16, 0.999, 0.5], [11, 0.61, 0.93]]),
    "equalized": (F.clahe, [[1], [2.345], [4]]),
    "brightness_contrast": (
        lambda image, contrast, brightness: F.brightness_contrast_adjust(image, contrast, brightness, True),
        [[0.8, 0.2], [1.2, -0.2], [1.0731, 0.1133], [0.9, 0]]),
    "hue_saturation_value": (F.shift_hsv, [[5, 30, 5], [-5, -30, -5], [3.7, -11.2, 4.5], [-0.3, 0.4, -0.6]]),
}

MEMBERS = {
    "first.png": 10,
    "folder/second.png": 20,
    "folder/" + "long-" * 14 + "/" + "long-" * 14 + "name.png": 30,
    "folder/both.png": 40,
    "folder/both.jpg": 50,
    "folder/both.cls": None,
    "folder/both.mask.png": 60,
    "Übung.png": 70,
    ".hidden.png": 80,
}


def picture_file(name, level):
    if level is None:
        return b"7"
    file = io.BytesIO()
    Image.new("RGB", (level // 10, 2), (level, 0, 0)).save(file, "JPEG" if name.endswith("jpg") else "PNG")
    return file.getvalue()


def make_tar(path, form):
    with tarfile.open(path, "w", format=form) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, level in MEMBERS.items():
            content = picture_file(name, level)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "first.png"
        archive.addfile(link)
    # Without the padding to whole records.
    with open(path, "rb+") as file:
        file.truncate(len(file.read().rstrip(b"\0")) // 512 * 512 + 512 + 1024)


def main():
    os.makedirs(OUT, exist_ok=True)
    photo = pictures.load_rgb(os.path.join(pictures.DATA, "photo512.png"))[150:172, 100:128]
    noise = np.random.RandomState(0).randint(0, 256, (17, 21, 3)).astype(np.uint8)
    tensors, metadata = {"photo": photo, "noise": noise}, {}
    for operation, (function, cases) in OPERATIONS.items():
        for number, parameters in enumerate(cases):
            for name, image in (("photo", photo), ("noise", noise)):
                key = f"{operation}.{name}.{number}"
                tensors[key] = function(image.copy(), *parameters)
                metadata[key] = " ".join(map(str, parameters))
    safetensors_io.save(os.path.join(OUT, "operations.safetensors"), tensors, metadata)
    for name, form in (("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        make_tar(os.path.join(OUT, name + ".tar"), form)


main()
