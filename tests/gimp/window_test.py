"""Tests the plug-in in GIMP's window: scripts/checks/gimp runs this by python-fu-eval under Xvfb.

Menu, dialog, fill, undo, the last values and cancelling, by keys. LAMA_GIMP_TEST names a folder, which gets
pictures of the screen for people to look at, and a file `passed` when everything has passed.
"""

import os
import subprocess
import sys
import time
import unittest

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

FOLDER = os.environ["LAMA_GIMP_TEST"]
ENHANCE = ("alt+r", "Down", "Down", "Right")  # Filters > Enhance; after the first use Recently Used
DIALOG = "^Remove with LaMa$"


def xdotool(*arguments):
    done = subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.split()


def until(condition, what, seconds=90):
    """Waits for something that another process does."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            screen("failed")
            raise TimeoutError(what)
        time.sleep(0.1)
    return result


def window(name):
    return until(lambda: xdotool("search", "--onlyvisible", "--name", name), f"a window {name}")[-1]


def no_window(name):
    until(lambda: not xdotool("search", "--onlyvisible", "--name", name), f"no window {name}")


def press(name, *keys):
    """Presses keys in the window of this name."""
    number = window(name)
    xdotool("windowactivate", "--sync", number)
    xdotool("key", "--delay", "100", *keys)


def screen(name):
    subprocess.run(["import", "-window", "root", os.path.join(FOLDER, f"{name}.png")], check=True)


def samples(drawable):
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return bytes(drawable.get_buffer().get(area, 1.0, None, Gegl.AbyssPolicy.NONE))


def running():
    """Whether a process of the plug-in lives."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{process}/exe").endswith("/lama-remove"):
                return True
        except OSError:
            pass
    return False


def open_photo():
    image = Gimp.file_load(
        Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("examples/dandelions.jpg")
    )
    image.undo_enable()  # as for a photo that was opened by the menu
    return image


def select(image):
    """The dandelion at the lower right."""
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 712, 349, 149, 191)


def fill(image, **arguments):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-lama-remove")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", image.get_layers())
    for name, value in arguments.items():
        config.set_property(name, value)
    return procedure.run(config).index(0) == Gimp.PDBStatusType.SUCCESS


class WindowTest(unittest.TestCase):
    def show(self, image):
        self.display = Gimp.Display.new(image)
        Gimp.displays_flush()
        self.title = f"{image.get_width()}x{image.get_height()}"
        number = window(self.title)
        xdotool("windowmove", number, "0", "0")
        xdotool("windowsize", "--sync", number, "1260", "800")
        self.addCleanup(self.display.delete)
        return image.get_layers()[0]

    def test_menu_dialog_undo_and_last_values(self):
        image = open_photo()
        select(image)
        layer = self.show(image)
        before, selection = samples(layer), samples(image.get_selection())

        press(self.title, *ENHANCE)
        screen("menu")
        xdotool("key", "l")
        press(DIALOG, "alt+g")
        xdotool("type", "12")
        screen("dialog")
        xdotool("key", "alt+v")
        no_window(DIALOG)
        until(lambda: samples(layer) != before and not running(), "the fill")
        filled = samples(layer)
        screen("filled")
        self.assertEqual(samples(image.get_selection()), selection)

        press(self.title, "ctrl+z")
        until(lambda: samples(layer) == before, "the picture as it was, after one undo")
        self.assertEqual(samples(image.get_selection()), selection)
        self.assertEqual(image.get_channels(), [])
        press(self.title, "ctrl+y")
        until(lambda: samples(layer) == filled, "the fill, after one redo")
        press(self.title, "ctrl+z")
        until(lambda: samples(layer) == before, "the picture as it was")

        # Repeat Last takes the dialog's values; without them the hole would grow by 5 pixels.
        press(self.title, "ctrl+f")
        until(lambda: samples(layer) == filled, "the same fill again")
        other = open_photo()
        select(other)
        self.assertTrue(fill(other, grow=12))
        self.assertEqual(samples(other.get_layers()[0]), filled)

    def test_stops_by_the_cancel_button(self):
        image = open_photo()
        image.scale(4000, 2250)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 500, 500, 3000, 1250)  # takes a while
        layer = self.show(image)
        before = samples(layer)
        press(self.title, *ENHANCE, "l")
        press(DIALOG, "alt+v")
        no_window(DIALOG)
        until(running, "the plug-in at work")
        screen("progress")
        xdotool("mousemove", "985", "803", "click", "1")  # the button beside the progress bar
        until(lambda: not running(), "the end of the plug-in")
        self.assertEqual(samples(layer), before)


tests = unittest.defaultTestLoader.loadTestsFromTestCase(WindowTest)
press("^Welcome to GIMP", "Escape")
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
if result.wasSuccessful():
    open(os.path.join(FOLDER, "passed"), "w").close()
