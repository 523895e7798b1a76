#!/usr/bin/env python3
"""Makes tests/data/pictures: small files of every format and form by other writers, the samples these
writers say are in them, and colours that ImageCms (Little CMS through Pillow) makes of them.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 Pillow==13.0.0 pillow-heif==1.8.1 tifffile==2026.3.3 imagecodecs==2026.3.6
    venv/bin/python make_pictures.py

Files are NAME.EXTENSION; NAME.raw has the samples, row by row, channels interleaved, little-endian, colours
not multiplied by alpha, CMYK with 0 for no ink. Where decoding is lossy or up to the decoder (JPEG,
WebP, HEIF, AVIF), it is what Pillow decodes. NAME.srgb has what the picture's profile makes of every
pixel: sRGB, 8 bits, relative colorimetric, black point compensation; NAME.back what that becomes in the
picture's own colours.
"""
import argparse
import io
import pathlib
import struct
import zlib

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageCms, TiffImagePlugin

pillow_heif.register_heif_opener()
WIDTH, HEIGHT = 24, 17
OUT = None


def gradient(channels, top, seed=0):
    """Smooth colours without symmetry, over the whole range 0..top."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [
        0.5 + 0.5 * np.sin(0.11 * (c + 1) * x + 0.17 * y + 1.3 * c + seed) for c in range(channels)
    ]
    return np.stack(planes, axis=-1) * top


def u8(channels, seed=0):
    return np.round(gradient(channels, 255, seed)).astype(np.uint8)


def u16(channels, seed=0):
    return np.round(gradient(channels, 65535, seed)).astype(np.uint16)


def raw(name, samples):
    little = samples.astype(samples.dtype.newbyteorder("<"))
    (OUT / f"{name}.raw").write_bytes(little.tobytes())


def png(path, samples, bits, colour, extra=()):
    """A PNG of packed rows, with chunks before the pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = samples.reshape(samples.shape[0], -1)
    if bits == 16:
        packed = [row.astype(">u2").tobytes() for row in rows]
    elif bits == 8:
        packed = [row.tobytes() for row in rows]
    else:
        per_byte = 8 // bits
        packed = []
        for row in rows:
            row = np.pad(row, (0, -len(row) % per_byte)).reshape(-1, per_byte)
            weights = np.array([1 << (8 - bits * (i + 1)) for i in range(per_byte)])
            packed.append((row * weights).sum(axis=1).astype(np.uint8).tobytes())
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in packed), 9)
    pieces = [chunk(b"IHDR", header), *(chunk(*e) for e in extra), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(pieces))


def iccp(profile):
    return (b"iCCP", b"icc\0\0" + zlib.compress(profile, 9))


# --- Profiles made here: matrix and curves by ICC.1:2001 ---

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xyz(x, y):
    return np.array([x / y, 1.0, (1 - x - y) / y])


def s15(value):
    return struct.pack(">i", int(round(value * 65536)))


def profile(space, tags):
    data = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(8 + 3 + 67),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + b"".join(s15(v) for v in D50),
        **tags,
    }
    offset, table, body = 128 + 4 + 12 * len(data), b"", b""
    for tag, value in data.items():
        value += bytes(-len(value) % 4)
        table += tag + struct.pack(">II", offset + len(body), len(value))
        body += value
    size = offset + len(body)
    header = struct.pack(">I", size) + bytes(4) + b"\x02\x10\0\0" + b"mntr" + space + b"XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + b"".join(s15(v) for v in D50)
    header += bytes(128 - len(header))
    return header + struct.pack(">I", len(data)) + table + body


def gamma_tag(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, int(round(gamma * 256)))


def srgb_tag(points=1024):
    x = np.linspace(0, 1, points)
    light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return b"curv" + bytes(4) + struct.pack(">I", points) + np.round(light * 65535).astype(">u2").tobytes()


def rgb_profile(red, green, blue, white, curve):
    primaries = np.stack([xyz(*red), xyz(*green), xyz(*blue)], axis=1)
    white = xyz(*white)
    matrix = primaries * np.linalg.solve(primaries, white)
    cone = np.diag(BRADFORD @ D50 / (BRADFORD @ white))
    matrix = np.linalg.inv(BRADFORD) @ cone @ BRADFORD @ matrix
    tags = {}
    for i, name in enumerate([b"r", b"g", b"b"]):
        tags[name + b"XYZ"] = b"XYZ " + bytes(4) + b"".join(s15(v) for v in matrix[:, i])
        tags[name + b"TRC"] = curve
    return profile(b"RGB ", tags)


D65 = (0.3127, 0.3290)
SRGB = rgb_profile((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65, srgb_tag())
P3 = rgb_profile((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65, srgb_tag(256))
ADOBE = rgb_profile((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65, gamma_tag(563 / 256))
PROPHOTO = rgb_profile((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585), gamma_tag(1.8))
LINEAR = rgb_profile((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65, gamma_tag(1))
GREY22 = profile(b"GRAY", {b"kTRC": gamma_tag(2.2)})


def cmyk_profile():
    """Tables of an idealised press, both ways: 5 points an ink, 9 a Lab axis; 8 bits."""
    white, black = np.array([95.0, 0, 0]), 8.0

    def lab_of(inks):
        c, m, y, k = inks
        rgb = np.array([(1 - c), (1 - m), (1 - y)]) * (1 - k)
        light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        x = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]]) @ light / D50
        f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
        lab = np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
        scale = (white[0] - black) / 100
        return np.array([black + lab[0] * scale, lab[1] * scale, lab[2] * scale])

    def inks_of(lab):
        scale = (white[0] - black) / 100
        l, a, b = (lab[0] - black) / scale, lab[1] / scale, lab[2] / scale
        f = np.array([(l + 16) / 116 + a / 500, (l + 16) / 116, (l + 16) / 116 - b / 200])
        x = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) * D50
        light = np.linalg.solve([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]], x)
        light = np.clip(light, 0, 1)
        rgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        k = (1 - rgb.max()) * 0.7
        return np.clip(np.append(1 - rgb / (1 - k), k), 0, 1)

    identity = b"".join(s15(v) for v in np.eye(3).ravel())

    def lut(inputs, outputs, grid, values):
        ramp = bytes(range(256))
        head = b"mft1" + bytes(4) + bytes([inputs, outputs, grid, 0]) + identity
        return head + ramp * inputs + values + ramp * outputs

    def lab8(lab):
        return np.clip(np.round([lab[0] * 255 / 100, lab[1] + 128, lab[2] + 128]), 0, 255).astype(np.uint8).tobytes()

    steps = np.linspace(0, 1, 5)
    a2b = lut(4, 3, 5, b"".join(lab8(lab_of((c, m, y, k))) for c in steps for m in steps for y in steps for k in steps))
    grid = np.arange(9) / 8 * 255
    b2a = lut(
        3,
        4,
        9,
        b"".join(
            np.round(inks_of((l * 100 / 255, a - 128, b - 128)) * 255).astype(np.uint8).tobytes()
            for l in grid
            for a in grid
            for b in grid
        ),
    )
    made = profile(b"CMYK", {b"A2B0": a2b, b"B2A0": b2a})
    return made[:12] + b"prtrCMYKLab " + made[24:]


CMYK = cmyk_profile()


def convert(samples, source, source_mode, target, target_mode):
    """ImageCms's conversion of 8-bit samples, without optimisation."""
    transform = ImageCms.buildTransform(
        source,
        target,
        source_mode,
        target_mode,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOOPTIMIZE,
    )
    picture = Image.frombytes(source_mode, (WIDTH, HEIGHT), samples.tobytes())
    return np.asarray(ImageCms.applyTransform(picture, transform))


def to_srgb(name, samples, mode, icc):
    """NAME.srgb, and NAME.back with its conversion back to the picture's own colours."""
    profile, srgb = ImageCms.getOpenProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB")
    converted = convert(samples, profile, mode, srgb, "RGB")
    (OUT / f"{name}.srgb").write_bytes(converted.tobytes())
    (OUT / f"{name}.back").write_bytes(convert(converted, srgb, "RGB", profile, mode).tobytes())


def make_png():
    for bits in (1, 2, 4):
        samples = (u8(1) >> (8 - bits))
        png(OUT / f"png_grey{bits}.png", samples, bits, 0)
        raw(f"png_grey{bits}", (samples.astype(np.uint32) * 255 // ((1 << bits) - 1)).astype(np.uint8))
    png(OUT / "png_grey_alpha16.png", u16(2), 16, 4)
    raw("png_grey_alpha16", u16(2))
    palette = u8(3, 5).reshape(-1, 3)[:200]
    index = (u8(1)[..., 0].astype(np.uint32) * 199 // 255).astype(np.uint8)
    alpha = bytes(range(0, 200, 2))
    png(OUT / "png_palette_alpha.png", index, 8, 3, [(b"PLTE", palette.tobytes()), (b"tRNS", alpha)])
    full_alpha = np.frombuffer(alpha + b"\xff" * 100, np.uint8)
    raw("png_palette_alpha", np.dstack([palette[index], full_alpha[index]]))

    for name, icc in [("p3", P3), ("srgb", SRGB), ("adobe", ADOBE)]:
        png(OUT / f"png_{name}.png", u8(3), 8, 2, [iccp(icc)])
        raw(f"png_{name}", u8(3))
        to_srgb(f"png_{name}", u8(3), "RGB", icc)
    png(OUT / "png_grey22.png", u8(1), 8, 0, [iccp(GREY22)])
    raw("png_grey22", u8(1))
    to_srgb("png_grey22", u8(1), "L", GREY22)
    png(OUT / "png_prophoto16.png", u16(3), 16, 2, [iccp(PROPHOTO)])
    raw("png_prophoto16", u16(3))
    chromaticities = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    png(OUT / "png_chunks_adobe.png", u8(3), 8, 2, [(b"gAMA", struct.pack(">I", 45472)), (b"cHRM", chromaticities)])
    raw("png_chunks_adobe", u8(3))
    png(OUT / "png_chunks_linear16.png", u16(3), 16, 2, [(b"gAMA", struct.pack(">I", 100000))])
    raw("png_chunks_linear16", u16(3))
    png(OUT / "png_cicp_p3.png", u8(3), 8, 2, [(b"cICP", bytes([12, 13, 0, 1]))])
    raw("png_cicp_p3", u8(3))
    png(OUT / "png_cicp_pq.png", u8(3), 8, 2, [(b"cICP", bytes([9, 16, 0, 1]))])


def make_tiff():
    def write(name, samples, keep=None, **options):
        tifffile.imwrite(OUT / f"{name}.tif", samples, metadata=None, software=None, **options)
        raw(name, samples if keep is None else keep)

    write("tiff_grey8", u8(1)[..., 0], photometric="minisblack")
    write("tiff_white_is_zero", 255 - u8(1)[..., 0], keep=u8(1), photometric="miniswhite")
    write("tiff_rgb8_lzw", u8(3), photometric="rgb", compression="lzw", predictor=True)
    write("tiff_rgb16_deflate", u16(3), photometric="rgb", compression="deflate", byteorder=">")
    write("tiff_rgb16_planar", np.ascontiguousarray(u16(3).transpose(2, 0, 1)), keep=u16(3), photometric="rgb", planarconfig="separate")
    write("tiff_rgba8", u8(4), photometric="rgb", extrasamples=["unassalpha"], compression="packbits")
    write("tiff_rgb8_tiled", u8(3), photometric="rgb", tile=(16, 16), compression="zstd")
    write("tiff_bigtiff", u8(3), photometric="rgb", bigtiff=True)
    write("tiff_float", gradient(3, 1).astype(np.float32), photometric="rgb", compression="deflate", predictor=True)
    write("tiff_float_grey", gradient(1, 1).astype(np.float32)[..., 0], photometric="minisblack")
    write("tiff_prophoto16", u16(3), photometric="rgb", iccprofile=PROPHOTO)
    write("tiff_linear16", u16(3), photometric="rgb", iccprofile=LINEAR)
    write("tiff_cmyk", u8(4), photometric="separated", iccprofile=CMYK)
    to_srgb("tiff_cmyk", u8(4), "CMYK", CMYK)
    write("tiff_cmyk16_bare", u16(4), photometric="separated")
    palette = u8(3, 5).reshape(-1, 3)[:256].T.astype(np.uint16) * 257
    index = u8(1)[..., 0]
    write("tiff_palette", index, keep=(palette.T[index] // 257).astype(np.uint8), photometric="palette", colormap=palette)
    bits = u8(1)[..., 0] > 127
    write("tiff_bilevel", bits, keep=bits.astype(np.uint8) * 255, photometric="minisblack")

    for name, straight in [("tiff_associated8", u8(4)), ("tiff_associated16", u16(4))]:
        top = np.iinfo(straight.dtype).max
        alpha = straight[..., 3:].astype(np.uint64)
        multiplied = ((straight[..., :3].astype(np.uint64) * alpha + top // 2) // top).astype(straight.dtype)
        samples = np.dstack([multiplied, straight[..., 3]])
        # The stored samples; readers divide.
        write(name, samples, photometric="rgb", extrasamples=["assocalpha"], compression="deflate")
    pages = tifffile.TiffWriter(OUT / "tiff_two_pages.tif")
    for seed in (0, 1):
        pages.write(u8(3, seed), photometric="rgb", metadata=None, software=None)
    pages.close()
    pages = tifffile.TiffWriter(OUT / "tiff_preview.tif")
    pages.write(u8(3), photometric="rgb", metadata=None, software=None)
    pages.write(u8(3)[::2, ::2], photometric="rgb", subfiletype=1, metadata=None, software=None)
    pages.close()
    raw("tiff_preview", u8(3))

    about = TiffImagePlugin.ImageFileDirectory_v2()
    about[0x010F], about[0x0110], about[0x8298] = "Camera Works", "Model 5", "(c) Somebody"
    about[0x8769] = {0x9003: "2021:09:15 12:34:56", 0x829A: TiffImagePlugin.IFDRational(1, 250)}
    about[0x8825] = {1: "N", 2: (48.0, 12.0, 30.0)}
    Image.fromarray(u8(3)).save(OUT / "tiff_exif.tif", tiffinfo=about, dpi=(300, 300))
    raw("tiff_exif", u8(3))


def decoded(name, path, mode):
    raw(name, np.asarray(Image.open(path).convert(mode)))


def full_range(samples, bits):
    """`bits` bits stretched to 16."""
    return np.round(samples.astype(np.float64) * 65535 / ((1 << bits) - 1)).astype(np.uint16)


def make_lossy():
    big = Image.fromarray(u8(3))
    for name, mode, icc in [("jpeg_cmyk", "CMYK", CMYK), ("jpeg_p3", "RGB", P3)]:
        path = OUT / f"{name}.jpg"
        samples = u8(len(mode))
        Image.frombytes(mode, (WIDTH, HEIGHT), samples.tobytes()).save(path, quality=97, subsampling=0, icc_profile=icc)
        decoded(name, path, mode)
    for name, options in [("webp_lossy", {"quality": 90}), ("webp_lossless", {"lossless": True})]:
        big.save(OUT / f"{name}.webp", **options)
        decoded(name, OUT / f"{name}.webp", "RGB")
    rgba = u8(4)
    rgba[3:9, 4:11, 3] = 0
    Image.fromarray(rgba).save(OUT / "webp_alpha.webp", lossless=True, exact=True)
    raw("webp_alpha", rgba)
    Image.fromarray(u8(3)).save(OUT / "webp_p3.webp", lossless=True, icc_profile=P3)
    raw("webp_p3", u8(3))
    frames = [Image.fromarray(u8(3, seed)) for seed in (0, 2)]
    frames[0].save(OUT / "webp_animated.webp", save_all=True, append_images=frames[1:], lossless=True)
    frames[0].save(OUT / "png_animated.png", save_all=True, append_images=frames[1:])
    frames[0].save(OUT / "avif_animated.avif", save_all=True, append_images=frames[1:])

    big.save(OUT / "avif8.avif", quality=95, subsampling="4:4:4")
    decoded("avif8", OUT / "avif8.avif", "RGB")
    Image.fromarray(rgba).save(OUT / "avif_alpha.avif", quality=95, subsampling="4:4:4")
    decoded("avif_alpha", OUT / "avif_alpha.avif", "RGBA")
    pillow_heif.options.QUALITY = 95
    for bits, mode in [(8, "RGB"), (10, "RGB;16"), (12, "RGB;16")]:
        path = OUT / f"heif{bits}.heic"
        if bits == 8:
            heif = pillow_heif.from_bytes("RGB", (WIDTH, HEIGHT), u8(3).tobytes())
        else:
            heif = pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), u16(3).tobytes())
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        heif.save(path, quality=95, chroma=444)
        back = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
        samples = np.asarray(back)
        raw(f"heif{bits}", samples if bits == 8 else full_range(samples >> (16 - bits), bits))
    heif = pillow_heif.from_bytes("RGB", (WIDTH, HEIGHT), u8(3).tobytes())
    heif.add_from_pillow(Image.fromarray(u8(3, 1)))
    heif.save(OUT / "heif_two.heic", quality=60)
    avif = (OUT / "avif8.avif").read_bytes()
    at = avif.index(b"nclx") + 4
    (OUT / "avif_nclx_p3.avif").write_bytes(avif[:at] + struct.pack(">HH", 12, 13) + avif[at + 4 :])
    ten = (u16(3) >> 6).astype(np.uint16)
    coded = imagecodecs.avif_encode(ten, level=100, bitspersample=10, pixelformat="444")
    (OUT / "avif10.avif").write_bytes(coded)
    raw("avif10", full_range(imagecodecs.avif_decode(coded), 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera Works"
    turned = Image.fromarray(u8(3))
    turned.save(OUT / "heif_turned.heic", quality=95, chroma=444, exif=exif.tobytes())
    decoded("heif_turned", OUT / "heif_turned.heic", "RGB")


def make_read_only():
    """Formats that lama reads and does not write."""
    palette = Image.fromarray(u8(3)).quantize(32)
    palette.save(OUT / "gif.gif")
    decoded("gif", OUT / "gif.gif", "RGB")
    cut = palette.copy()
    cut.putpixel((3, 2), 31)
    cut.save(OUT / "gif_alpha.gif", transparency=31)
    samples = np.array(Image.open(OUT / "gif_alpha.gif").convert("RGBA"))
    samples[samples[..., 3] == 0] = 0  # libvips's colour of transparent pixels
    raw("gif_alpha", samples)
    frames = [Image.fromarray(u8(3, seed)).quantize(32) for seed in (0, 2)]
    frames[0].save(OUT / "gif_animated.gif", save_all=True, append_images=frames[1:])
    decoded("gif_animated", OUT / "gif_animated.gif", "RGB")

    rgba = u8(4)
    rgba[:, :5, 3] = 0
    twelve = u16(1)[..., 0] >> 4
    for name, samples, bits, kind in [
        ("jp2_rgb8.jp2", u8(3), 8, "jp2"), ("jp2_rgba8.jp2", rgba, 8, "jp2"),
        ("jp2_rgb16.j2k", u16(3), 16, "j2k"), ("jp2_grey12.jp2", twelve, 12, "jp2"),
    ]:
        coded = imagecodecs.jpeg2k_encode(samples, codecformat=kind, reversible=True, bitspersample=bits)
        (OUT / name).write_bytes(coded)
        raw(name.split(".")[0], full_range(samples, 12) if bits == 12 else samples)

    for name, samples in [("jxl_rgb8", u8(3)), ("jxl_rgba8", rgba), ("jxl_grey16", u16(1)[..., 0])]:
        (OUT / f"{name}.jxl").write_bytes(imagecodecs.jpegxl_encode(samples, lossless=True))
        raw(name, samples)
    animated = imagecodecs.jpegxl_encode(np.stack([u8(3), u8(3, 2)]), lossless=True, usecontainer=True)
    (OUT / "jxl_animated.jxl").write_bytes(animated)

    Image.fromarray(u8(3)).save(OUT / "pnm.ppm")
    raw("pnm", u8(3))
    ten = u16(1)[..., 0] >> 6
    head = f"P5\n# a comment\n{WIDTH} {HEIGHT}\n1023\n".encode()
    (OUT / "pnm_grey10.pgm").write_bytes(head + ten.astype(">u2").tobytes())
    raw("pnm_grey10", ((ten.astype(np.uint64) * 65535 + 511) // 1023).astype(np.uint16))
    text = "\n".join(" ".join(str(s) for s in row.ravel()) for row in u8(3))
    (OUT / "pnm_text.ppm").write_bytes(f"P3 {WIDTH} {HEIGHT} 255\n{text}\n".encode())
    raw("pnm_text", u8(3))
    bilevel = Image.fromarray(u8(1)[..., 0]).point(lambda v: 255 * (v > 127)).convert("1")
    bilevel.save(OUT / "pnm_bilevel.pbm")
    decoded("pnm_bilevel", OUT / "pnm_bilevel.pbm", "L")

    for name, picture in [("bmp", Image.fromarray(u8(3))), ("bmp_palette", palette), ("bmp_bilevel", bilevel)]:
        picture.save(OUT / f"{name}.bmp")
        decoded(name, OUT / f"{name}.bmp", "RGB")

    def bitmap(name, bits, masks, rows, top_down=True):
        """A header with masks (BITMAPV3INFOHEADER, 56 bytes)."""
        height = -HEIGHT if top_down else HEIGHT
        info = struct.pack("<IiiHHIIiiII", 56, WIDTH, height, 1, bits, 3, len(rows), 2835, 2835, 0, 0)
        info += struct.pack("<4I", *masks)
        head = b"BM" + struct.pack("<IHHI", 14 + len(info) + len(rows), 0, 0, 14 + len(info))
        (OUT / f"{name}.bmp").write_bytes(head + info + rows)

    bitmap("bmp_alpha", 32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), rgba[..., [2, 1, 0, 3]].tobytes())
    raw("bmp_alpha", rgba)
    five = (u8(3) >> np.array([3, 2, 3], np.uint8)).astype(np.uint16)
    packed = five[..., 0] << 11 | five[..., 1] << 5 | five[..., 2]
    bitmap("bmp_565", 16, (0xF800, 0x07E0, 0x001F, 0), packed[::-1].astype("<u2").tobytes(), top_down=False)
    most = np.array([31, 63, 31])
    raw("bmp_565", ((five * 255 + most // 2) // most).astype(np.uint8))


def main():
    global OUT
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = pathlib.Path(__file__).resolve().parent.parent / "data" / "pictures"
    parser.add_argument("--output", type=pathlib.Path, default=default)
    OUT = parser.parse_args().output
    OUT.mkdir(parents=True, exist_ok=True)
    make_png()
    make_tiff()
    make_lossy()
    make_read_only()


if __name__ == "__main__":
    main()
