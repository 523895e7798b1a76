"""The photographs that no model of this project is trained on: those of the Debian package gcompris-qt-data, and those
of shown-removals.tsv."""
import hashlib
import io
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import PIL.Image

PACKAGE = "gcompris-qt-data"
# The files of the package that hold photographs, the split they belong to, and how many there are.
RESOURCES = {
    "explore_monuments": ("periodic", 49),
    "erase": ("other", 33),
    "explore_world_animals": ("other", 15),
    "explore_farm_animals": ("other", 9),
    "explore_world_music": ("other", 9),
}


def resource_files(data):
    """Names and contents of the files in a Qt resource file (rcc, versions 1 to 3)."""
    if data[:4] != b"qres":
        sys.exit("not a Qt resource file")
    version, tree, contents, names = struct.unpack(">IIII", data[4:20])
    entry_size = 14 if version < 2 else 22

    def name(offset):
        length = struct.unpack(">H", data[names + offset:names + offset + 2])[0]
        start = names + offset + 6
        return data[start:start + 2 * length].decode("utf-16-be")

    def walk(index, prefix):
        entry = tree + index * entry_size
        name_offset, flags = struct.unpack(">IH", data[entry:entry + 6])
        path = prefix + (name(name_offset) if index else "")
        if flags & 2:  # a folder
            count, first = struct.unpack(">II", data[entry + 6:entry + 14])
            for child in range(first, first + count):
                yield from walk(child, path + "/" if path else "")
        else:
            start = contents + struct.unpack(">I", data[entry + 10:entry + 14])[0]
            size = struct.unpack(">I", data[start:start + 4])[0]
            content = data[start + 4:start + 4 + size]
            yield path, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, "")


def photographs(root):
    """The split, the name and the picture of every photograph; the same picture only once."""
    seen = set()
    for resource, (split, expected) in RESOURCES.items():
        count = 0
        for path, content in resource_files((root / f"usr/share/gcompris-qt/rcc/{resource}.rcc").read_bytes()):
            digest = hashlib.sha256(content).digest()
            if content[8:12] != b"WEBP" or digest in seen:
                continue
            picture = PIL.Image.open(io.BytesIO(content)).convert("RGB")
            if min(picture.size) < 256:
                continue  # a drawn button
            seen.add(digest)
            count += 1
            yield split, f"{resource}_{pathlib.PurePosixPath(path).stem}", picture
        if count != expected:
            sys.exit(f"{resource}: {count} photographs instead of {expected}: another version of {PACKAGE}?")


def unpack(package, work):
    """Downloads the package by apt-get into the folder `work` and unpacks it there, without installing. Its root."""
    # As the user who runs it: apt's own may not write here.
    subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=work, check=True)
    subprocess.run(["dpkg-deb", "-x", next(work.glob(f"{package}_*.deb")), work / package], check=True)
    return work / package


def unpack_photographs(folder):
    """Puts them into folder/photos/{periodic,other}/*.png, and what the package says of authors and licences into
    folder/CREDITS.txt. Does it once."""
    if (folder / "CREDITS.txt").exists():  # written last
        return
    with tempfile.TemporaryDirectory() as name:
        root = unpack(PACKAGE, pathlib.Path(name))
        for split, name, picture in photographs(root):
            (folder / "photos" / split).mkdir(parents=True, exist_ok=True)
            picture.save(folder / "photos" / split / f"{name}.png", compress_level=1)
        shutil.copy(root / "usr/share/doc" / PACKAGE / "copyright", folder / "CREDITS.txt")
