"""The plug-in's texts in a Chinese GIMP: scripts/checks/gimp runs this by python-fu-eval with LANG=zh_CN.UTF-8."""

import os

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

procedure = Gimp.get_pdb().lookup_procedure("plug-in-lama-remove")
assert procedure.get_menu_label() == "用 _LaMa 移除...", procedure.get_menu_label()
assert procedure.get_blurb() == "从图像中移除选中的物体", procedure.get_blurb()
open(os.path.join(os.environ["LAMA_GIMP_TEST"], "passed"), "w").close()
