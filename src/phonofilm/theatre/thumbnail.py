"""One well-chosen frame of a template, drawn in a moment: what a gallery shows before anything is generated."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from phonofilm.prompt.editing.templates import Template
from phonofilm.spec import media
from phonofilm.theatre.draw.paint import Painter
from phonofilm.theatre.reframe import reframed
from phonofilm.theatre.stage.staging import stage

AREA = 320 * 180
"""Pixels of every thumbnail at scale 1, whatever its ratio: all weigh the same on a page."""
QUALITY = 82


def thumbnail_size(ratio: str, scale: int = 1) -> tuple[int, int]:
    """Width and height in pixels, both even: 320x180 for 16:9, 180x320 for 9:16, 240x240 for 1:1, times ``scale``."""
    value = media.ratio_value(ratio)
    width = 2 * round((AREA * value) ** 0.5 / 2)
    height = 2 * round(width / value / 2)
    return width * scale, height * scale


def thumbnail(template: Template, scale: int = 1) -> NDArray[np.uint8]:
    """The template's moment as the animatic draws it: uint8 [height, width, 3], the same every time. Safe to call from
    any thread."""
    width, height = thumbnail_size(template.ratio, scale)
    play = reframed(stage(template.script, template.duration, template.seed), width / height)
    painted = Painter(play.shot_at(template.moment), width, height).still(template.moment)
    return np.ascontiguousarray(painted[..., :3])


def thumbnail_webp(template: Template, scale: int = 2) -> bytes:
    """The same as a WebP file; at scale 2 about 10 to 25 kB, sharp on dense screens."""
    out = io.BytesIO()
    Image.fromarray(thumbnail(template, scale)).save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
