"""The papers a drawing is made of, as the pen wants them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import lru_cache

from phonofilm.theatre import cutouts
from phonofilm.theatre.pen import Path
from phonofilm.theatre.play import RGB


@dataclass(frozen=True)
class Part:
    """One paper of a drawing, in its unit box (centre 0, y up)."""

    colour: RGB
    alpha: float
    odd: bool
    """Even-odd filling."""
    path: Path
    area: float
    """Share of the box that its own box covers."""


@dataclass(frozen=True)
class Drawing:
    """A drawing's papers from back to front."""

    parts: tuple[Part, ...]
    aspect: float
    main: RGB
    """The colour most of it has."""


@lru_cache(maxsize=256)
def drawing(name: str) -> Drawing:
    """The papers of a drawing. Raises KeyError for a name that there is none of."""
    x0, y0, x1, y1, parts = cutouts.entry(name)
    width, height = max(1, x1 - x0), max(1, y1 - y0)
    commands = bytes.maketrans(b"ZMLC", b"\x00\x01\x02\x03")
    out, weight = [], dict[RGB, float]()
    for colour, alpha, odd, letters, numbers in parts:
        xs, ys = numbers[0::2], numbers[1::2]
        points = array("f", bytes(4 * len(numbers)))
        points[0::2] = array("f", [(x - x0) / width - 0.5 for x in xs])
        points[1::2] = array("f", [0.5 - (y - y0) / height for y in ys])
        rgb: RGB = (int(colour[0:2], 16) / 255, int(colour[2:4], 16) / 255, int(colour[4:6], 16) / 255)
        area = (max(xs) - min(xs)) * (max(ys) - min(ys)) / (width * height)
        out.append(Part(rgb, alpha, bool(odd), Path(letters.encode().translate(commands), points), area))
        weight[rgb] = weight.get(rgb, 0.0) + area * alpha
    return Drawing(tuple(out), width / height, max(weight, key=lambda rgb: weight[rgb]))
