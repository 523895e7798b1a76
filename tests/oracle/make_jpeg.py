"""Makes tests/data/jpeg/: small JPEGs with everything that cameras and programs put beside a picture."""
import argparse
import io
import os
import struct

from PIL import Image

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "data", "jpeg"))
args = parser.parse_args()
os.makedirs(args.out, exist_ok=True)


def jpeg(width, height, **options):
    image = Image.new("RGB", (width, height))
    image.putdata([(5 * x % 256, 7 * y % 256, 3 * x * y % 256)
                   for y in range(height) for x in range(width)])
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def folder(at, entries, following):
    """A TIFF folder at this offset; an entry is (tag, type, count, value or bytes of it)."""
    values_at = at + 2 + 12 * len(entries) + 4
    out, values = struct.pack("<H", len(entries)), b""
    for tag, kind, count, value in entries:
        if isinstance(value, bytes):
            offset = values_at + len(values)
            values += value
            value = offset
        out += struct.pack("<HHII", tag, kind, count, value)
    return out + struct.pack("<I", following) + values


def exif(thumbnail, preview):
    """Orientation 6, a maker note with a preview, a thumbnail."""
    note = b"maker note " + preview
    photo_at = 8 + 2 + 2 * 12 + 4
    photo = folder(photo_at, [(0x9003, 2, 20, b"2021:09:15 12:34:56\0"),
                              (0x927C, 7, len(note), note), (0xA002, 4, 1, 64)], 0)
    small_at = photo_at + len(photo)
    small = [(0x0103, 3, 1, 6), (0x0201, 4, 1, small_at + 2 + 3 * 12 + 4),
             (0x0202, 4, 1, len(thumbnail))]
    main = [(0x0112, 3, 1, 6), (0x8769, 4, 1, photo_at)]
    return (b"Exif\0\0II*\0\x08\0\0\0" + folder(8, main, small_at) + photo +
            folder(small_at, small, 0) + thumbnail)


XMP = b"""http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"
 xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto='1'
 xmlns:Container="http://ns.google.com/photos/1.0/container/"
 xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
 xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="%s"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item
 Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="700"/></rdf:li></rdf:Seq>
</Container:Directory><dc:title>title</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>""" % (b"0" * 32)
EXTENSION = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description
 xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Data="/9j/"/></x:xmpmeta>"""

small = jpeg(16, 12, quality=30)
beside = b"".join([
    segment(0xE1, exif(jpeg(48, 36, quality=90), small)),
    segment(0xE1, XMP),
    segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 +
            struct.pack(">II", len(EXTENSION), 0) + EXTENSION),
    segment(0xE2, b"ICC_PROFILE\0\x01\x01not a profile"),
    segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\0\0"),
    segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"),
    segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x04IPTC" +
            b"8BIM\x04\x0c\0\0" + struct.pack(">I", len(small)) + small + b"\0" * (len(small) % 2)),
    segment(0xEB, b"JP\0\x01" + small),
    segment(0xFE, b"a comment"),
])
for name, options in {"baseline.jpg": {"subsampling": "4:2:0"},
                      "progressive.jpg": {"subsampling": "4:2:2", "progressive": True}}.items():
    plain = jpeg(61, 43, quality=60, **options)
    with open(os.path.join(args.out, name), "wb") as file:
        first = 2 + 2 + struct.unpack(">H", plain[4:6])[0]  # behind the JFIF segment
        file.write(plain[:first] + beside + plain[first:] + small)
