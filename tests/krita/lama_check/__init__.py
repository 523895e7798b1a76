"""Inside Krita: opens a photo, selects a part, starts krita-iopaint's action and exports the result.

LAMA_KRITA_PHOTO and LAMA_KRITA_RESULT name the files, LAMA_KRITA_SELECTION is x,y,width,height.
"""

import os

from krita import InfoObject, Krita, Selection
from PyQt5.QtCore import QTimer

application = Krita.instance()


def fill():
    document = application.activeDocument()
    if document is None:
        QTimer.singleShot(200, fill)
        return
    selection = Selection()
    selection.select(*map(int, os.environ["LAMA_KRITA_SELECTION"].split(",")), 255)
    document.setSelection(selection)
    application.action("iopaint_run").trigger()
    document.refreshProjection()
    document.waitForDone()
    document.setBatchmode(True)
    document.exportImage(os.environ["LAMA_KRITA_RESULT"] + ".part.png", InfoObject())
    os.rename(os.environ["LAMA_KRITA_RESULT"] + ".part.png", os.environ["LAMA_KRITA_RESULT"])


def start():
    window = application.activeWindow()
    if window is None:
        QTimer.singleShot(200, start)
        return
    window.addView(application.openDocument(os.environ["LAMA_KRITA_PHOTO"]))
    QTimer.singleShot(0, fill)


QTimer.singleShot(0, start)
