"""How a cut-out is drawn: its papers in our light with a paper edge, coloured by words, bent by the way it moves; a
card with its word; a picture."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from phonofilm.media.fonts import font_for
from phonofilm.theatre import light
from phonofilm.theatre.lexicon import cutout_table, cutouts
from phonofilm.theatre.lexicon.cutouts import Cutout
from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.light import lab
from phonofilm.theatre.paper import pen, sketches
from phonofilm.theatre.paper.pen import Path
from phonofilm.theatre.paper.props import Brush, shards
from phonofilm.theatre.play import RGB

EDGE = 0.014
"""Width of the paper's edge, in heights of the cut-out."""
PAPER: RGB = (0.97, 0.95, 0.89)
INK: RGB = (0.20, 0.17, 0.24)
LEAST = 0.012
"""Share of the drawing's box below which a paper does not count for its outline."""


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


def draw(b: Brush, cutout: Cutout, tint: RGB | None) -> None:
    """One cut-out into the brush's unit box; outlines go to ``b.big``. It is turned round where ``b.turn`` points away
    from where the drawing looks."""
    faces = cutout.nature.faces
    narrow = 1.0
    side = -1.0 if faces and b.turn * faces < 0 else 1.0
    if faces and 0.02 < abs(b.turn) < 0.5:
        narrow = max(0.12, abs(b.turn) * 2)  # on its way round
    narrow *= b.squeeze
    b.canvas.group((side * narrow, 0, 0, 0, 1, 0))
    if b.part > 1.0 and cutout.kind != "effect":
        b.part -= 1.0
        shards(b, 10, len(cutout.name))
    elif cutout.name in cutout_table.HEADS and cutout.kind == "drawing":
        _body(b, cutout, tint)
    elif cutout.kind == "drawing":
        _papers(b, cutout, tint, side)
    elif cutout.kind == "sketch":
        sketches.SKETCHES[cutout.name](b)
    elif cutout.kind == "effect":
        sketches.EFFECTS[cutout.name](b)
    else:
        _sheet(b, cutout)
    b.canvas.leave()
    if side * narrow != 1.0:
        b.big = [path.moved(side * narrow, 0, 0, 0, 1, 0) for path in b.big]


def _papers(b: Brush, cutout: Cutout, tint: RGB | None, side: float) -> None:
    sheets = drawing(cutout.name)
    colours = _inks(cutout.name, tint)
    bent = _Bend("stand" if cutout.name in cutout_table.HEADS else cutout.nature.move, b.part, b.time)
    paths = [bent(part.path) for part in sheets.parts]
    outline = [path for path, part in zip(paths, sheets.parts, strict=True) if part.area > LEAST and part.alpha > 0.5]
    b.big += outline
    _edge(b, outline)
    for path, part, colour in zip(paths, sheets.parts, colours, strict=True):
        ink = b.hour.cast(colour)
        if part.odd:
            b.canvas.holed(path, ink, part.alpha)
        else:
            b.canvas.fill(path, ink, part.alpha)


def _body(b: Brush, cutout: Cutout, tint: RGB | None) -> None:
    """A head with a body below it: two legs that take turns, a trunk, and the drawing on top."""
    swing = 0.07 * math.sin(math.tau * b.part)
    ink = light.mix(b.hour.cast(tint or main_colour(cutout)), b.hour.cast((0.05, 0.04, 0.10)), 0.12)
    legs = [
        pen.capsule(-0.13, -0.2, -0.13 + swing, -0.44, 0.075, 0.06),
        pen.capsule(0.13, -0.2, 0.13 - swing, -0.44, 0.075, 0.06),
    ]
    trunk = pen.oval(0.0, -0.14, 0.25, 0.22)
    _edge(b, [*legs, trunk])
    for path in (*legs, trunk):
        b.canvas.fill(path, ink, 1.0)
    below, b.big = [*b.big, *legs, trunk], []
    b.canvas.group((0.66, 0, 0, 0, 0.66, 0.17))
    _papers(b, cutout, tint, 1.0)
    b.canvas.leave()
    b.big = [*below, *(path.moved(0.66, 0, 0, 0, 0.66, 0.17) for path in b.big)]


def _sheet(b: Brush, cutout: Cutout) -> None:
    """A card or a picture: one sheet with its pixels on it."""
    pixels = cutout.picture if cutout.picture is not None else _card(cutout.name)
    box = pen.smooth([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], 0.0)
    if cutout.kind != "picture" or bool((pixels[..., 3] > 127).mean() > 0.97):
        b.big.append(box)
    else:
        b.big.append(_contour(id(pixels), pixels.tobytes(), pixels.shape))
    _edge(b, b.big)
    b.canvas.picture(_lit(pixels, b.hour.cast((1.0, 1.0, 1.0))))


def _edge(b: Brush, outline: list[Path]) -> None:
    """The paper's pale edge: the outline once more, a little to every side. (A stroke would follow every tiny turn of a
    drawing's curves.)"""
    edge = light.mix(b.hour.cast(PAPER), b.hour.rim, 0.3 * b.hour.rim_strength)
    for k in range(6):
        dx, dy = EDGE * math.cos(math.tau * k / 6) / max(0.2, b.aspect), EDGE * math.sin(math.tau * k / 6)
        b.canvas.silhouette(outline, edge, 1.0, (1, 0, dx, 0, 1, dy))


# colours


def main_colour(cutout: Cutout) -> RGB:
    """The colour a cut-out mostly has."""
    if cutout.kind == "drawing":
        return drawing(cutout.name).main
    if cutout.kind == "sketch":
        return cutout_table.SKETCHED[cutout.name][2]
    if cutout.picture is None:
        return PAPER
    pixels = cutout.picture.reshape(-1, 4)
    seen = pixels[pixels[:, 3] > 127]
    r, g, b = (seen if len(seen) else pixels)[:, :3].mean(axis=0) / 255
    return float(r), float(g), float(b)


def named_colour(cutout: Cutout) -> str:
    """Its name among the twelve."""
    own = main_colour(cutout)
    return min(COLOURS, key=lambda name: light.distance(COLOURS[name], own))


@lru_cache(maxsize=512)
def _inks(name: str, tint: RGB | None) -> tuple[RGB, ...]:
    """The colour of every paper: the drawing's own, or ``tint`` for those of its main hue, lighter and darker as they
    were."""
    sheets: Drawing = drawing(name)
    if tint is None:
        return tuple(part.colour for part in sheets.parts)
    main = lab(sheets.main)
    out = []
    for part in sheets.parts:
        own = lab(part.colour)
        hue = math.hypot(own[1] - main[1], own[2] - main[2])
        grey = math.hypot(main[1], main[2]) < 14
        alike = hue < (16 if grey else 42) and abs(own[0] - main[0]) < 38 and not (grey and own[0] < 22)
        if not alike:
            out.append(part.colour)
            continue
        step = (own[0] - main[0]) / 100
        if lab(tint)[0] < 22:
            step = (
                max(-0.02, step) + 0.10 * (own[0] > main[0] + 2) - 0.04 * (own[0] < main[0] - 2)
            )  # black paper swallows its details
        out.append(
            light.mix(tint, (1.0, 1.0, 1.0), min(0.7, 1.1 * step))
            if step > 0
            else light.mix(tint, (0.05, 0.04, 0.10), min(0.6, -1.3 * step))
        )
    return tuple(out)


# movement of the paper itself


class _Bend:
    """Bends a path in the unit box by how its kind moves; the drawing looks to the left."""

    def __init__(self, move: str, part: float, time: float) -> None:
        self.move, self.turn, self.time = move, math.tau * part, time

    def __call__(self, path: Path) -> Path:
        move = self.move
        if move in ("stand", "roll", "drive", "float", "sail") or (
            move in ("walk", "hop", "crawl") and self.turn == 0.0
        ):
            return path
        points = np.frombuffer(path.points, np.float32).reshape(-1, 2).astype(np.float64)
        x, y = points[:, 0].copy(), points[:, 1].copy()
        if move == "walk":
            low = np.clip((-0.12 - y) / 0.38, 0, 1)
            x += 0.055 * low * np.sin(self.turn + 9.0 * points[:, 0])
            y += 0.035 * low * np.maximum(0, np.cos(self.turn + 9.0 * points[:, 0])) + 0.008 * np.sin(2 * self.turn)
        elif move == "hop":
            x += 0.05 * np.clip(-y - 0.1, 0, 1) * np.cos(self.turn)
        elif move == "crawl":
            low = np.clip((0.0 - y) / 0.5, 0, 1)
            x += 0.03 * low * np.sin(self.turn + 14.0 * points[:, 0])
        elif move == "fly":
            y = y * (1 + 0.10 * np.sin(self.turn)) + 0.04 * np.sin(self.turn) * np.clip(np.abs(x) - 0.1, 0, 1)
        elif move == "swim":
            y += 0.05 * np.sin(self.turn - 4.5 * x) * np.clip(x + 0.35, 0, 1)
        elif move == "grow":
            x += 0.030 * math.sin(1.3 * self.time) * np.clip(y + 0.5, 0, 1) ** 2 + 0.008 * np.sin(
                2.9 * self.time + 5 * y
            ) * np.clip(y + 0.3, 0, 1)
        elif move == "burn":
            up = np.clip(y + 0.45, 0, 1)
            x += 0.035 * up * np.sin(9 * self.time + 5 * y)
            y += 0.05 * up * math.sin(11 * self.time)
        moved = np.stack([x, y], axis=1).astype(np.float32)
        return Path(path.commands, array("f", moved.tobytes()))


# sheets


@lru_cache(maxsize=64)
def _card(word: str) -> np.ndarray:
    """The word on paper: premultiplied RGBA [300, 390, 4]."""
    image = Image.new("RGBA", (390, 300), (*(int(255 * c) for c in PAPER), 255))
    pencil = ImageDraw.Draw(image)
    pencil.rounded_rectangle((14, 14, 375, 285), 18, outline=(176, 168, 160, 255), width=4)
    words, size = word.split(), 96
    rows = [word]
    while size > 22:
        font = font_for(word, size)
        rows = _rows(words, lambda text, font=font: font.getlength(text), 330)
        if max(font.getlength(row) for row in rows) <= 330 and len(rows) * size * 1.15 <= 240:
            break
        size -= 6
    font = font_for(word, size)
    top = 150 - len(rows) * size * 1.15 / 2
    for number, row in enumerate(rows):
        pencil.text(
            (195, top + (number + 0.5) * size * 1.15),
            row,
            fill=tuple(int(255 * c) for c in INK) + (255,),
            font=font,
            anchor="mm",
        )
    return np.asarray(image)


def _rows(words: list[str], wide: object, width: float) -> list[str]:
    rows = [""]
    for word in words:
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and wide(longer) > width:  # type: ignore[operator]
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


_lamps: dict[tuple[int, RGB], tuple[np.ndarray, np.ndarray]] = {}


def _lit(pixels: np.ndarray, lamp: RGB) -> np.ndarray:
    """The sheet in this light; the last few are kept."""
    kept = _lamps.get((id(pixels), lamp))
    if kept is None or kept[0] is not pixels:
        while len(_lamps) > 16:
            _lamps.pop(next(iter(_lamps)))
        lit = (pixels * np.array([*lamp, 1.0])).round().astype(np.uint8)
        kept = _lamps[(id(pixels), lamp)] = (pixels, lit)
    return kept[1]


@lru_cache(maxsize=16)
def _contour(_: int, data: bytes, shape: tuple[int, ...]) -> Path:
    """The outline of a picture's opaque part, seen from its middle: 72 corners in the unit box."""
    alpha = np.frombuffer(data, np.uint8).reshape(shape)[..., 3] > 127
    height, width = alpha.shape
    rows, columns = np.nonzero(alpha)
    if not len(rows):
        return pen.box(-0.5, -0.5, 0.5, 0.5)
    cy, cx = rows.mean(), columns.mean()
    turn = np.arctan2(cy - rows, columns - cx)
    reach = np.hypot(rows - cy, columns - cx)
    corners = []
    for k in range(72):
        angle = -math.pi + math.tau * (k + 0.5) / 72
        near = np.abs((turn - angle + math.pi) % math.tau - math.pi) < math.pi / 72
        r = reach[near].max() if near.any() else 1.0
        corners.append(((cx + r * math.cos(angle)) / width - 0.5, 0.5 - (cy - r * math.sin(angle)) / height))
    return pen.polygon(corners)
