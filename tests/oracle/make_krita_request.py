"""Records a request of krita-iopaint, byte for byte: tests/data/requests/krita_iopaint.http.

    make_krita_request.py KRITA_IOPAINT.PY

KRITA_IOPAINT.PY is krita_iopaint/krita_iopaint.py of github.com/chayleaf/krita-iopaint, outside this
repository; it runs unchanged, with Qt and requests as in Krita, and a stand-in for Krita itself that has one
layer, a corner of the test photograph, and a round soft selection. It asks port 8080, where this listens.
Versions: commit 327a0c6d5cb2547550cca0b7a3cfb3d35b40896b; PyQt5 5.15.11, requests (see User-Agent in the file).
"""
import base64
import json
import os
import runpy
import socket
import sys
import threading
import types

from PyQt5.QtCore import QObject, QPoint, QRect
from PyQt5.QtGui import QImage

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
WIDTH, HEIGHT = 64, 48


class Layer:
    """The part of Krita's Node, Selection and Document that the plug-in uses."""

    def __init__(self, bounds, pixel):
        self.area, self.pixel = bounds, pixel

    def bounds(self):
        return self.area

    x, y, width, height = (lambda self, name=name: getattr(self.area, name)() for name in ("x", "y", "width", "height"))

    def position(self):
        return QPoint(0, 0)

    def pixelData(self, x, y, width, height):
        return b"".join(self.pixel(u, v) for v in range(y, y + height) for u in range(x, x + width))

    def setPixelData(self, data, x, y, width, height):
        assert len(data) == 4 * width * height

    def duplicate(self):
        return self

    activeNode = rootNode = duplicate

    def addChildNode(self, child, above):
        pass

    def mergeDown(self):
        pass


photo = QImage(os.path.join(DATA, "photo512.png")).copy(150, 200, WIDTH, HEIGHT).convertToFormat(QImage.Format_ARGB32)
bits = photo.constBits().asstring(photo.byteCount())
layer = Layer(QRect(0, 0, WIDTH, HEIGHT), lambda x, y: bits[4 * (y * WIDTH + x):4 * (y * WIDTH + x) + 4])


def selected(x, y):
    distance = ((x - 30) ** 2 + (y - 22) ** 2) ** 0.5
    return bytes((max(0, min(255, round(255 * (11 - distance) / 2))),))


layer.selection = lambda: Layer(QRect(19, 11, 23, 23), selected)


def record(listener, path):
    connection = listener.accept()[0]
    request = b""
    while True:
        head, _, body = request.partition(b"\r\n\r\n")
        length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        if length and len(body) >= int(length[0].split(b":")[1]):
            break
        request += connection.recv(65536)
    with open(path, "wb") as file:
        file.write(request)
    image = base64.b64decode(json.loads(body)["image"].split(",")[1])
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % len(image) + image)
    connection.close()


krita = types.ModuleType("krita")
krita.Extension = QObject
krita.Krita = types.SimpleNamespace(instance=lambda: types.SimpleNamespace(activeDocument=lambda: layer))
sys.modules["krita"] = krita
listener = socket.create_server(("127.0.0.1", 8080))
recorder = threading.Thread(target=record, args=(listener, os.path.join(DATA, "requests", "krita_iopaint.http")))
recorder.start()
plugin = runpy.run_path(sys.argv[1])["KritaIopaint"](None)
plugin.setup()
plugin.run()
recorder.join()
