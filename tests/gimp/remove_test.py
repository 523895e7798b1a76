"""Tests the plug-in inside GIMP, without a window: scripts/checks/gimp runs this by python-fu-eval.

Every test makes its pictures, saves and loads them as XCF files, and compares samples of the layers in
their own formats. LAMA_GIMP_TEST names a folder for these files; a file `passed` appears there when
everything has passed.
"""

import math
import os
import random
import struct
import sys
import unittest

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

FOLDER = os.environ["LAMA_GIMP_TEST"]
WIDTH, HEIGHT = 160, 120
CENTRE, RADIUS = (70, 60), 8  # the disc to remove
PRECISIONS = [
    f"{name}_{curve}"
    for name in ("U8", "U16", "U32", "HALF", "FLOAT", "DOUBLE")
    for curve in ("LINEAR", "NON_LINEAR")
]
TYPES = {
    "RGB": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGB_IMAGE),
    "RGBA": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGBA_IMAGE),
    "GRAY": (Gimp.ImageBaseType.GRAY, Gimp.ImageType.GRAY_IMAGE),
    "GRAYA": (Gimp.ImageBaseType.GRAY, Gimp.ImageType.GRAYA_IMAGE),
}


def scene():
    """A rising shade with grain, a bright disc, and a corner that is half transparent: R'G'B'A floats."""
    grain = random.Random(1)
    samples = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            shade = 0.2 + 0.3 * x / WIDTH + 0.1 * y / HEIGHT + 0.02 * grain.random()
            if math.dist((x + 0.5, y + 0.5), CENTRE) <= RADIUS:
                samples += (0.95, 0.9, 0.85, 1.0)
            else:
                samples += (shade, shade * 0.9, shade * 0.7, 0.5 if x > 140 and y > 100 else 1.0)
    return struct.pack(f"{len(samples)}f", *samples)


SCENE = scene()
DISC = [
    y * WIDTH + x
    for y in range(HEIGHT)
    for x in range(WIDTH)
    if math.dist((x + 0.5, y + 0.5), CENTRE) <= RADIUS
]


def rectangle(width, height, x=0, y=0):
    return Gegl.Rectangle.new(x, y, width, height)


def samples(drawable, form=None):
    """All of the drawable's bytes, in its own format or in another one."""
    return bytes(
        drawable.get_buffer().get(
            rectangle(drawable.get_width(), drawable.get_height()), 1.0, form, Gegl.AbyssPolicy.NONE
        )
    )


def pixels(drawable, form=None):
    data = samples(drawable, form)
    size = len(data) // (drawable.get_width() * drawable.get_height())
    return [data[i : i + size] for i in range(0, len(data), size)]


def saved(image):
    """The image after a way through a file."""
    path = Gio.File.new_for_path(os.path.join(FOLDER, "picture.xcf"))
    if not Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, path, None):
        raise OSError(f"cannot save {path.get_path()}")
    image.delete()
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, path)


def add_layer(image, kind, name="scene", parent=None):
    layer = Gimp.Layer.new(image, name, WIDTH, HEIGHT, kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    buffer = layer.get_buffer()
    buffer.set(rectangle(WIDTH, HEIGHT), "R'G'B'A float", SCENE)
    buffer.flush()
    return layer


def picture(kind="RGB", precision="U8_NON_LINEAR"):
    """An image with one layer, from a file."""
    base, layer = TYPES[kind]
    image = Gimp.Image.new_with_precision(WIDTH, HEIGHT, base, getattr(Gimp.Precision, precision))
    add_layer(image, layer)
    return saved(image)


def select_disc(image, grow=2, dx=0, dy=0):
    radius = RADIUS + grow
    Gimp.context_set_antialias(False)
    image.select_ellipse(
        Gimp.ChannelOps.REPLACE, CENTRE[0] - radius + dx, CENTRE[1] - radius + dy, 2 * radius, 2 * radius
    )


def run(image, *drawables, **arguments):
    """Runs the procedure as a script would. Returns "" or the message of the failure."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-lama-remove")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", list(drawables))
    for name, value in ({"grow": 0, "feather": 0} | arguments).items():
        config.set_property(name.replace("_", "-"), value)
    status = procedure.run(config).index(0)
    if status == Gimp.PDBStatusType.SUCCESS:
        return ""
    return Gimp.get_pdb().get_last_error() or str(status)


def marked(image, least=128):
    """For each pixel of the canvas whether it is selected."""
    return [value[0] >= least for value in pixels(image.get_selection(), "Y u8")]


def changed(before, after):
    return [one != other for one, other in zip(before, after)]


class RemoveTest(unittest.TestCase):
    def fill(self, image, drawable=None, **arguments):
        self.assertEqual(run(image, drawable or image.get_layers()[0], **arguments), "")

    def assert_only_hole_changed(self, before, after, hole):
        differs = changed(before, after)
        self.assertFalse(any(differ and not inside for differ, inside in zip(differs, hole)))
        self.assertTrue(all(differs[i] for i in DISC))

    def assert_filled(self, drawable, hole):
        """The disc is gone: the hole is nowhere brighter than the brightest surroundings."""
        levels = pixels(drawable, "Y' float")
        bright = [struct.unpack("f", level)[0] for level, inside in zip(levels, hole) if inside]
        self.assertLess(max(bright), 0.65)

    def test_all_formats(self):
        fills = {}
        for precision in PRECISIONS:
            for kind in TYPES:
                with self.subTest(precision=precision, kind=kind):
                    image = picture(kind, precision)
                    layer = image.get_layers()[0]
                    before = pixels(layer)
                    select_disc(image)
                    hole, selection = marked(image), samples(image.get_selection())
                    self.fill(image)
                    self.assertEqual(samples(image.get_selection()), selection)
                    image = saved(image)
                    layer = image.get_layers()[0]
                    self.assert_only_hole_changed(before, pixels(layer), hole)
                    self.assert_filled(layer, hole)
                    if kind.endswith("A"):
                        size = len(before[0]) // (4 if kind == "RGBA" else 2)
                        self.assertEqual(
                            [p[-size:] for p in pixels(layer)], [p[-size:] for p in before]
                        )
                    fills[precision, kind] = samples(layer, "R'G'B' u8")
                    image.delete()
        # 8 bits of linear light are coarser than 8 bits of sRGB: up to 13 levels apart near black,
        # and 4 at this scene's shades. The others differ by rounding.
        for (precision, kind), fill in fills.items():
            most = max(abs(a - b) for a, b in zip(fill, fills["U8_NON_LINEAR", kind]))
            self.assertLessEqual(most, 6 if precision == "U8_LINEAR" else 3, (precision, kind))

    def test_reaches_as_far_as_it_should(self):
        image = picture()
        layer = image.get_layers()[0]
        before = pixels(layer)
        select_disc(image, grow=0)
        hole = marked(image)
        inside = [divmod(i, WIDTH) for i, selected in enumerate(hole) if selected]
        self.fill(image, grow=4, feather=3)
        differs = changed(before, pixels(layer))
        farthest = max(
            min(math.dist(divmod(i, WIDTH), other) for other in inside)
            for i, differ in enumerate(differs)
            if differ
        )
        self.assertGreater(farthest, 4)
        self.assertLessEqual(farthest, 4 + 3 + 1)
        image.delete()

    def test_soft_selection(self):
        image = picture()
        layer = image.get_layers()[0]
        before = pixels(layer)
        Gimp.context_set_antialias(True)
        Gimp.context_set_feather(True)
        Gimp.context_set_feather_radius(10, 10)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 55, 45, 30, 30)
        Gimp.context_set_feather(False)
        values = {value[0] for value in pixels(image.get_selection(), "Y u8")}
        self.assertGreater(len(values), 10)
        hole, selection = marked(image), samples(image.get_selection())
        self.fill(image)
        self.assert_only_hole_changed(before, pixels(layer), hole)
        self.assertEqual(samples(image.get_selection()), selection)
        image.delete()

    def test_place_of_the_layer(self):
        plain = picture()
        select_disc(plain)
        self.fill(plain)
        expected = samples(plain.get_layers()[0])
        plain.delete()
        for dx, dy in ((70, 40), (-30, -20)):  # the second layer reaches out of the canvas
            with self.subTest(dx=dx, dy=dy):
                image = Gimp.Image.new(300 if dx > 0 else 100, 200 if dy > 0 else 80, Gimp.ImageBaseType.RGB)
                add_layer(image, Gimp.ImageType.RGB_IMAGE).set_offsets(dx, dy)
                image = saved(image)
                select_disc(image, dx=dx, dy=dy)
                self.fill(image)
                layer = image.get_layers()[0]
                self.assertEqual(layer.get_offsets()[1:], (dx, dy))
                self.assertEqual(samples(layer), expected)
                image.delete()

    def test_selection_partly_outside_the_layer(self):
        image = Gimp.Image.new(300, 200, Gimp.ImageBaseType.RGB)
        add_layer(image, Gimp.ImageType.RGB_IMAGE).set_offsets(100, 50)
        layer = image.get_layers()[0]
        before = pixels(layer)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 90, 40, 25, 25)
        self.fill(image)
        for i, differ in enumerate(changed(before, pixels(layer))):
            y, x = divmod(i, WIDTH)
            if differ:
                self.assertTrue(x < 15 and y < 15)
        image.delete()

    def test_groups_and_layer_masks(self):
        image = Gimp.Image.new(WIDTH, HEIGHT, Gimp.ImageBaseType.RGB)
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        layer = add_layer(image, Gimp.ImageType.RGBA_IMAGE, parent=group)
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(mask)
        image = saved(image)
        group = image.get_layers()[0]
        layer = group.get_children()[0]
        mask = layer.get_mask()
        select_disc(image)
        hole = marked(image)
        before, mask_before = pixels(layer), samples(mask)
        self.fill(image, layer)
        self.assert_filled(layer, hole)
        self.assert_only_hole_changed(before, pixels(layer), hole)
        self.assertEqual(samples(mask), mask_before)
        self.assertIn("group", run(image, group))
        self.fill(image, layer, new_layer=True)
        self.assertEqual(len(group.get_children()), 2)
        self.assertIsNotNone(group.get_children()[0].get_mask())
        image.delete()

    def test_masks_and_channels(self):
        image = picture()
        layer = image.get_layers()[0]
        mask = layer.create_mask(Gimp.AddMaskType.COPY)
        layer.add_mask(mask)
        channel = Gimp.Channel.new_from_component(image, Gimp.ChannelType.RED, "red")
        image.insert_channel(channel, None, 0)
        select_disc(image)
        hole, colours = marked(image), samples(layer)
        for drawable in (mask, channel):
            before = pixels(drawable)
            self.fill(image, drawable)
            self.assert_only_hole_changed(before, pixels(drawable), hole)
            self.assertEqual(samples(layer), colours)
        self.assertEqual(len(image.get_channels()), 1)
        self.assertIn("layer", run(image, channel, new_layer=True))
        image.delete()

    def test_new_layer(self):
        for kind in TYPES:
            with self.subTest(kind=kind):
                image = picture(kind)
                layer = image.get_layers()[0]
                before = samples(layer)
                select_disc(image)
                hole = marked(image)
                self.fill(image, grow=3, feather=3, new_layer=True)
                self.assertEqual(samples(layer), before)
                self.assertEqual(len(image.get_layers()), 2)
                above = image.get_layers()[0]
                opaque = [p[-1] == 255 for p in pixels(above, "R'G'B'A u8")]
                self.assertTrue(all(p[-1] in (0, 255) for p in pixels(above, "R'G'B'A u8")))
                self.assertGreater(sum(opaque), sum(hole))
                self.assertLess(sum(opaque), 3 * sum(hole))
                merged = image.merge_visible_layers(Gimp.MergeType.EXPAND_AS_NECESSARY)
                seen = samples(merged, "R'G'B'A u8")
                image.delete()
                image = picture(kind)
                select_disc(image)
                self.fill(image, grow=3, feather=3)
                self.assertEqual(seen, samples(image.get_layers()[0], "R'G'B'A u8"))
                image.delete()

    def test_lists_stay_selected(self):
        image = picture()
        other = add_layer(image, Gimp.ImageType.RGBA_IMAGE, "other")
        layer = image.get_layers()[1]
        select_disc(image)
        image.set_selected_layers([other, layer])
        self.fill(image, layer)
        self.assertEqual(set(image.get_selected_layers()), {other, layer})
        self.assertEqual(image.get_channels(), [])
        image.delete()

    def test_wide_colours(self):
        image = picture("RGB", "U16_NON_LINEAR")
        image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
        layer = image.get_layers()[0]
        before = pixels(layer)
        select_disc(image)
        hole = marked(image)
        self.fill(image)
        self.assert_only_hole_changed(before, pixels(layer), hole)
        self.assert_filled(layer, hole)
        image.delete()

    def test_choices(self):
        image = picture()
        layer = image.get_layers()[0]
        select_disc(image)
        for arguments in (
            {"strategy": "full"},
            {"strategy": "crop"},
            {"strategy": "resize"},
            {"detail": "on"},
            {"detail": "off", "match": "off"},
            {"model": Gio.File.new_for_path(os.path.abspath("models/embedded.safetensors"))},
        ):
            with self.subTest(**arguments):
                self.fill(image, layer, **arguments)
        image.delete()

    def assert_refused(self, image, drawable, words, **arguments):
        before = samples(drawable)
        self.assertRegex(run(image, drawable, **arguments), words)
        self.assertEqual(samples(drawable), before)

    def test_locks(self):
        image = Gimp.Image.new(WIDTH, HEIGHT, Gimp.ImageBaseType.RGB)
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        layer = add_layer(image, Gimp.ImageType.RGBA_IMAGE, parent=group)
        mask = layer.create_mask(Gimp.AddMaskType.COPY)
        layer.add_mask(mask)
        select_disc(image)
        layer.set_lock_content(True)
        self.assert_refused(image, layer, "layer are locked")
        self.assert_refused(image, mask, "layer are locked")
        before = samples(layer)
        self.fill(image, layer, new_layer=True)
        self.assertEqual(samples(layer), before)
        self.assertEqual(len(group.get_children()), 2)
        self.assertFalse(group.get_children()[0].get_lock_content())
        layer.set_lock_content(False)
        group.set_lock_content(True)
        for drawable in (layer, mask):
            self.assert_refused(image, drawable, "group are locked")
        self.assert_refused(image, layer, "group are locked", new_layer=True)
        self.assertEqual(len(group.get_children()), 2)
        image.delete()

    def test_refusals(self):
        image = picture()
        layer = image.get_layers()[0]
        Gimp.Selection.none(image)
        self.assert_refused(image, layer, "Nothing is selected")
        select_disc(image)
        missing = Gio.File.new_for_path("/nowhere/model.safetensors")
        self.assert_refused(image, layer, ".", model=missing)  # by GIMP itself
        damaged = os.path.join(FOLDER, "damaged.safetensors")
        with open(damaged, "wb") as file:
            file.write(b"not a model")
        self.assert_refused(
            image, layer, "damaged.safetensors", model=Gio.File.new_for_path(damaged)
        )
        other = add_layer(image, Gimp.ImageType.RGBA_IMAGE, "other")
        self.assertIn("Choose one layer", run(image, layer, other))
        image.remove_layer(other)
        layer.set_offsets(0, HEIGHT - 10)
        self.assert_refused(image, layer, "does not touch")
        layer.set_offsets(0, 0)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, WIDTH, HEIGHT)
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 64, False, False, ""
        )
        self.assert_refused(image, image.get_layers()[0], "Indexed")
        image.delete()


tests = unittest.defaultTestLoader.loadTestsFromTestCase(RemoveTest)
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
if result.wasSuccessful():
    open(os.path.join(FOLDER, "passed"), "w").close()
