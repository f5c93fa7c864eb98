#!/usr/bin/env bash
# ThorVG 1.x through thorvg-python 1.1.3 (software renderer): a path of four points that happens to be an upright rectangle is snapped to whole pixels; the
# same outline with one more point amid an edge is anti-aliased. A slow move of a box is seen as jumps, and a shape changes its look when it is turned by a
# hair. Seen: a rectangle from x = 4.5 to 10.5 covers columns 5 to 10 wholly (0 255 ... 255 0); with a fifth point it covers 4 to 10 with both ends at 128.
# Exits with 0 while that is so, with 1 when it changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check thorvg-python==1.1.3 numpy==2.3.5 pillow==12.0.0
"$folder/venv/bin/python" - <<'PY'
import sys

import numpy as np
import thorvg_python as tvg


def row(points):
    """Alpha of the middle row of a 16 x 16 picture in which the outline is filled."""
    engine = tvg.Engine()
    canvas = tvg.SwCanvas(engine)
    canvas.set_target(16, 16)
    shape = tvg.Shape(engine)
    shape.move_to(*points[0])
    for point in points[1:]:
        shape.line_to(*point)
    shape.close()
    shape.set_fill_color(255, 255, 255, 255)
    canvas.add(shape)
    canvas.draw(True)
    canvas.sync()
    return np.asarray(canvas.get_pillow().convert("RGBA"))[8, :, 3].tolist()


four = row([(4.5, 4), (10.5, 4), (10.5, 12), (4.5, 12)])
five = row([(4.5, 4), (7.5, 4), (10.5, 4), (10.5, 12), (4.5, 12)])
print("thorvg-python 1.1.3, x from 4.5 to 10.5")
print("four points:", *four)
print("five points:", *five)
same = four[4:11] == [0, 255, 255, 255, 255, 255, 255] and five[4] == five[10] == 128
print("as found" if same else "changed")
sys.exit(not same)
PY
