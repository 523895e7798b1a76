"""Makes tests/data/photo512.png, the test photograph at 512x512, from the packaged JPEG."""
import argparse
import os

import pictures

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("photo", help="picosdeeuropa_by_Aitzol_Berasategi.jpg")
parser.add_argument("--out", default=os.path.join(pictures.DATA, "photo512.png"))
args = parser.parse_args()

pictures.save_png(args.out, pictures.downscaled_square(args.photo, 512))
