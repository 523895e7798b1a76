"""Compares krita-iopaint's result with an answer of the server to the same request, made here.

compare.py PHOTO RESULT X,Y,WIDTH,HEIGHT

krita-iopaint sends the selection with 256 pixels around it, as far as its clamping allows, and transparency
outside the canvas. All samples of the two pictures must be equal, those outside the selection the photo's.
"""

import base64
import io
import json
import sys
import urllib.request

from PIL import Image, ImageChops

photo = Image.open(sys.argv[1]).convert("RGBA")
result = Image.open(sys.argv[2]).convert("RGB")
x, y, width, height = map(int, sys.argv[3].split(","))

left, top = max(x - 256, 0), max(y - 256, 0)
right, bottom = left + min(width + 512, photo.width), top + min(height + 512, photo.height)
mask = Image.new("L", photo.size, 0)
mask.paste(255, (x, y, x + width, y + height))


def png(image):
    file = io.BytesIO()
    image.crop((left, top, right, bottom)).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


request = urllib.request.Request(
    "http://127.0.0.1:8080/api/v1/inpaint",
    json.dumps({"image": png(photo), "mask": png(mask)}).encode(),
    {"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    filled = Image.open(answer).convert("RGB")
expected = photo.convert("RGB")
expected.paste(filled, (left, top))

changed = ImageChops.difference(result, photo.convert("RGB")).getbbox()
wrong = ImageChops.difference(result, expected).getbbox()
print(f"changed: {changed}; not as the server's answer: {wrong}")
sys.exit(changed != (x, y, x + width, y + height) or wrong is not None)
