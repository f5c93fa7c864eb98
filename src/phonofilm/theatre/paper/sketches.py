"""Subjects that prompts often name and no emoji draws: a perfume bottle, a dropper, a jar, a can, a tube, a sword, a
surfboard, a basketball hoop, and those of the table in ``cuttings``; and what happens to things rather than being one
(``EFFECTS``): a pouring stream, drops on a surface, steam, a breath of fire, wings, spray, bits that fall, cut halves,
a carriage's open window, a stair. Effects cast no shadow.

Each is drawn into the unit box of its brush (width and height 1, centre 0), like the props; ``cutout_table.SKETCHED``
has their sizes and natures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.lexicon import cuttings
from phonofilm.theatre.lexicon.cutout_table import Nature
from phonofilm.theatre.lexicon.cutouts import Cutout
from phonofilm.theatre.paper import pen, pieces
from phonofilm.theatre.paper.pen import Path
from phonofilm.theatre.paper.props import Brush
from phonofilm.theatre.play import RGB

_GOLD: RGB = (0.86, 0.69, 0.35)


def _perfume(b: Brush) -> None:
    """A flacon with a gold cap and a label."""
    body = pen.box(-0.46, -0.5, 0.46, 0.22, 0.08)
    b.solid(body)
    b.lamp_side(body)
    b.canvas.fill(pen.box(-0.38, -0.44, 0.38, -0.02, 0.05), light.lighter(b.lit, 0.30), 0.75)
    neck, cap = pen.box(-0.13, 0.20, 0.13, 0.29), pen.box(-0.2, 0.28, 0.2, 0.5, 0.03)
    b.big += [neck, cap]
    b.canvas.fill(neck, b.ink(light.darker(_GOLD, 0.3)))
    b.canvas.fill(cap, b.ink(_GOLD))
    b.canvas.fill(pen.box(-0.17, 0.30, -0.09, 0.48, 0.02), b.ink(light.lighter(_GOLD, 0.5)))
    b.canvas.fill(pen.box(-0.24, -0.30, 0.24, -0.06, 0.02), b.ink((0.97, 0.95, 0.90)))
    for y in (-0.15, -0.22):
        b.canvas.fill(pen.box(-0.14, y, 0.14, y + 0.02), b.ink((0.45, 0.40, 0.42)))
    b.canvas.fill(pen.box(-0.40, -0.40, -0.33, 0.14, 0.03), (1.0, 1.0, 1.0), 0.55)


def _jar(b: Brush) -> None:
    """A jar of cream with its lid."""
    body = pen.box(-0.5, -0.5, 0.5, 0.12, 0.12)
    b.solid(body)
    b.lamp_side(body)
    lid = pen.box(-0.48, 0.12, 0.48, 0.5, 0.08)
    b.big.append(lid)
    b.canvas.fill(lid, b.ink(_GOLD))
    b.canvas.fill(pen.box(-0.42, 0.34, 0.42, 0.42, 0.04), b.ink(light.lighter(_GOLD, 0.45)), 0.8)
    b.canvas.fill(pen.box(-0.3, -0.32, 0.3, -0.04, 0.03), b.ink((0.97, 0.95, 0.90)))


def _can(b: Brush) -> None:
    """A drinks can."""
    body = pen.smooth(
        [
            (-0.46, -0.44),
            (-0.5, -0.36),
            (-0.5, 0.34),
            (-0.36, 0.46),
            (0.36, 0.46),
            (0.5, 0.34),
            (0.5, -0.36),
            (0.46, -0.44),
        ],
        0.25,
    )
    b.solid(body)
    b.lamp_side(body)
    for path in (pen.oval(0, 0.46, 0.37, 0.045), pen.oval(0, -0.45, 0.44, 0.05)):
        b.big.append(path)
        b.canvas.fill(path, b.ink((0.78, 0.80, 0.83)))
    b.canvas.fill(
        pen.smooth([(-0.5, -0.2), (0.5, 0.1), (0.5, 0.24), (-0.5, -0.06)], 0.0), b.ink((0.97, 0.95, 0.90)), 0.9
    )
    b.canvas.fill(pen.box(-0.38, -0.36, -0.28, 0.34, 0.05), (1.0, 1.0, 1.0), 0.45)


def _tube(b: Brush) -> None:
    """A tube that stands on its cap."""
    body = pen.polygon([(-0.5, 0.5), (0.5, 0.5), (0.36, -0.3), (-0.36, -0.3)])
    b.solid(body)
    b.lamp_side(body)
    b.canvas.fill(pen.box(-0.5, 0.42, 0.5, 0.5), light.darker(b.lit, 0.2))
    cap = pen.box(-0.3, -0.5, 0.3, -0.29, 0.03)
    b.big.append(cap)
    b.canvas.fill(cap, b.ink((0.97, 0.95, 0.90)))
    b.canvas.fill(pen.box(-0.22, -0.06, 0.22, 0.22, 0.03), b.ink((0.97, 0.95, 0.90)))


def _sword(b: Brush) -> None:
    """Upright: a blade that shines a little, a guard and a grip."""
    blade = pen.polygon([(-0.16, -0.22), (0.16, -0.22), (0.13, 0.36), (0.0, 0.5), (-0.13, 0.36)])
    b.canvas.glow(0.0, 0.12, 0.8, 0.5, ((0, light.lighter(b.body, 0.5), 0.45), (1, b.body, 0.0)))
    b.solid(blade)
    b.canvas.fill(pen.polygon([(-0.16, -0.22), (0.0, -0.22), (0.0, 0.5), (-0.13, 0.36)]), b.lit)
    for path, colour in (
        (pen.box(-0.5, -0.27, 0.5, -0.2, 0.03), _GOLD),
        (pen.box(-0.11, -0.44, 0.11, -0.26), (0.36, 0.24, 0.18)),
        (pen.oval(0, -0.46, 0.16, 0.04), _GOLD),
    ):
        b.big.append(path)
        b.canvas.fill(path, b.ink(colour))


def _surfboard(b: Brush) -> None:
    """Lying flat, seen from its side: nose up, a stripe, foam behind."""
    board = pen.smooth([(-0.5, -0.1), (-0.2, -0.36), (0.3, -0.36), (0.5, 0.3), (0.2, 0.04), (-0.3, 0.0)], 0.8)
    b.canvas.fill(_spray(b.time, b.aspect), (1.0, 1.0, 1.0), 0.85)
    b.solid(board)
    b.lamp_side(board)
    b.canvas.fill(
        pen.smooth([(-0.4, -0.12), (0.0, -0.26), (0.36, -0.14), (0.36, -0.06), (0.0, -0.16), (-0.4, -0.04)], 0.6),
        b.ink((0.97, 0.95, 0.90)),
    )


def _spray(time: float, aspect: float) -> Path:
    """Foam behind the board."""
    k = np.arange(14)
    life, r = (1.3 * time + k * 0.618) % 1.0, 0.02 + 0.014 * ((k * 0.724) % 1.0)
    return pen.many_ovals(
        np.stack([-0.35 - 0.45 * life, -0.35 + 1.6 * (life - life * life) * ((k * 0.377) % 1.0)], 1),
        np.stack([r, r * aspect], 1),
    )


def _hoop(b: Brush) -> None:
    """A basketball hoop: pole, board, ring and net."""
    pole, board = pen.box(0.30, -0.5, 0.40, 0.42), pen.box(-0.16, 0.18, 0.44, 0.5, 0.02)
    b.big += [pole, board]
    b.canvas.fill(pole, b.ink((0.36, 0.38, 0.46)))
    b.canvas.fill(board, b.ink((0.30, 0.33, 0.40)))
    b.canvas.fill(pen.box(-0.13, 0.19, 0.41, 0.49, 0.015), b.ink((0.97, 0.96, 0.93)))
    b.canvas.fill(pen.box(0.02, 0.23, 0.26, 0.40), b.ink((0.85, 0.30, 0.22)))
    b.canvas.fill(pen.box(0.06, 0.24, 0.22, 0.39), b.ink((0.97, 0.96, 0.93)))
    for k in range(6):
        x, low = -0.46 + 0.072 * k, -0.28 + 0.5 * (-0.46 + 0.072 * k + 0.28)
        b.canvas.fill(pen.capsule(x, 0.24, low, 0.06, 0.008, 0.008), b.ink((0.97, 0.97, 0.95)))
        b.canvas.fill(pen.capsule(-0.46 + 0.36 - 0.072 * k, 0.24, low, 0.12, 0.006, 0.006), b.ink((0.97, 0.97, 0.95)))
    rim = pen.oval(-0.28, 0.245, 0.21, 0.018)
    b.big.append(rim)
    b.canvas.fill(rim, b.ink((0.92, 0.42, 0.16)))
    b.canvas.fill(pen.oval(-0.28, 0.248, 0.17, 0.009), b.ink((0.45, 0.20, 0.12)))


def _paper(shape: str, *words: str) -> tuple[Path, str]:
    """A line's paper as a path, and its ink."""
    *numbers, ink = words
    at = [float(one) for one in numbers]
    if shape == "line":
        return pen.capsule(*at, at[4]), ink
    if shape in ("box", "oval"):
        return (pen.box if shape == "box" else pen.oval)(*at), ink
    points = list(zip(at[::2], at[1::2], strict=True))
    return (pen.polygon(points) if shape == "poly" else pen.smooth(points, 0.7)), ink


def _cut(b: Brush, papers: Sequence[tuple[Path, str]]) -> None:
    """What a line of ``cuttings`` says."""
    for path, ink in papers:
        if ink == "body":
            b.solid(path)
            b.lamp_side(path)
        else:
            b.big.append(path)
            b.canvas.fill(path, b.ink(cuttings.INKS[ink]))


SKETCHES: dict[str, Callable[[Brush], None]] = {
    "perfume-bottle": _perfume, "cream-jar": _jar, "can": _can, "tube": _tube, "sword": _sword, "surfboard": _surfboard,
    "hoop": _hoop,
}  # fmt: skip
SKETCHES |= pieces.PIECES
SKETCHES |= {name: partial(_cut, papers=[_paper(*words) for words in papers]) for name, _, papers in cuttings.rows()}


_WHITE: RGB = (1.0, 1.0, 1.0)
_GOLDEN = 0.618


def effect(name: str) -> Cutout:
    """The cut-out of an effect of that name."""
    return Cutout(name=name, kind="effect", word=name, nature=Nature(1.0, "stand", "glass", "", 1.0))


def _stream(b: Brush) -> None:
    """Liquid that falls from the top of the box; ``part`` is how far down it has come."""
    down = 0.5 - min(1.0, b.part)
    rows = [0.5 + (down - 0.5) * k / 8 for k in range(9)]
    wide = [0.22 + 0.10 * math.sin(9 * y - 14 * b.time) + 0.10 * (0.5 - y) for y in rows]
    path = pen.smooth(
        [(-w, y) for w, y in zip(wide, rows, strict=True)]
        + [(w, y) for w, y in reversed(list(zip(wide, rows, strict=True)))],
        0.6,
    )
    b.canvas.fill(path, light.mix(b.lit, b.shade, 0.4), 0.92)
    b.canvas.fill(path, light.lighter(b.lit, 0.4), 0.8, (0.35, 0, -0.08, 0, 0.98, 0.0))
    if b.part >= 1.0:
        for k in range(7):
            u = (2.3 * b.time + k * _GOLDEN) % 1.0
            side = (k % 3 - 1) * 0.9 + 0.2 * (k % 2)
            b.canvas.fill(
                pen.oval(
                    side * u, -0.5 + 0.22 * math.sin(math.pi * u), 0.11 * (1 - 0.6 * u), 0.11 * (1 - 0.6 * u) * b.aspect
                ),
                b.lit,
                0.9,
            )


def _beads(b: Brush) -> None:
    """Drops on a surface: most hang, some roll down it and leave a trail."""
    for k in range(16):
        x = -0.42 + 0.84 * ((k * _GOLDEN + 0.07) % 1.0)
        rolls = k % 2 == 0
        u = (b.time * (0.26 + 0.10 * ((k * 0.37) % 1.0)) + k * 0.29) % 1.0
        y = 0.48 - 0.96 * (u * u if rolls else (k * 0.381 + 0.2) % 1.0)
        r = (0.042 if rolls else 0.026) * (0.8 + 0.5 * ((k * 0.73) % 1.0))
        rx, ry = r / max(0.3, b.aspect), r * (1.35 if rolls else 1.0)
        if rolls:
            b.canvas.fill(
                pen.capsule(x, y, x, min(0.48, y + 0.22), 0.55 * rx, 0.2 * rx), light.lighter(b.lit, 0.5), 0.45
            )
        b.canvas.fill(pen.oval(x, y, rx, ry), light.darker(b.lit, 0.30), 0.9)
        b.canvas.fill(pen.oval(x, y + 0.1 * ry, 0.82 * rx, 0.80 * ry), light.lighter(b.lit, 0.55), 0.95)
        b.canvas.fill(pen.oval(x - 0.3 * rx, y + 0.35 * ry, 0.26 * rx, 0.24 * ry), _WHITE, 1.0)


def _steam(b: Brush) -> None:
    """Wisps that rise and thin out."""
    pale = light.lighter(b.hour.cast((0.95, 0.95, 0.97)), 0.3)
    for k in range(4):
        u = (0.42 * b.time + k * 0.27) % 1.0
        x = -0.3 + 0.2 * k + 0.08 * math.sin(2.2 * b.time + 2 * k)
        y = -0.5 + 0.95 * u
        points = [(x + 0.09 * math.sin(6 * v + 2.6 * b.time + k), y + 0.34 * v) for v in (0.0, 0.33, 0.66, 1.0)]
        for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
            b.canvas.fill(
                pen.capsule(ax, ay, bx, by, 0.045, 0.045), pale, 0.62 * math.sin(math.pi * min(1.0, 0.15 + u))
            )


def _breath(b: Brush) -> None:
    """A jet from the left end of the box to its right: fire, smoke, ice, by the colour of the body. ``part`` is how far
    it reaches."""
    reach = min(1.0, b.part)
    fiery = b.body[0] > 0.8 and b.body[2] < 0.4
    if reach > 0.05:
        b.canvas.glow(
            -0.5 + 0.6 * reach, 0.0, 0.6 * reach, 0.9, ((0, b.body, 0.45), (0.6, b.body, 0.16), (1, b.body, 0.0))
        )
    inks = (
        ((0.92, 0.26, 0.10), (0.98, 0.55, 0.14), (1.0, 0.88, 0.42))
        if fiery
        else (light.darker(b.body, 0.25), b.body, light.lighter(b.body, 0.5))
    )
    for ink, share in zip(inks, (1.0, 0.74, 0.46), strict=True):
        upper, lower = [], []
        for k in range(9):
            u = k / 8
            flick = 0.10 * math.sin(17 * b.time + 7 * u + 3 * share) * u
            half = share * (0.05 + 0.42 * u**0.8) * (1.0 if k % 2 else 0.74) * (1 if u < 0.95 else 0.35)
            x = -0.5 + reach * share**0.5 * u
            upper.append((x, flick + half))
            lower.append((x + 0.02 * math.cos(13 * b.time + k), flick - half))
        b.canvas.fill(pen.smooth(upper + lower[::-1], 0.7), ink, 0.95)


def _wings(b: Brush) -> None:
    """A pair of wings behind a body, folded (``part`` 0) to wide open (1); they beat a little when open."""
    opened = min(1.0, b.part)
    beat = 0.06 * math.sin(5.0 * b.time) * opened
    for side in (-1.0, 1.0):
        tip = (side * (0.10 + 0.40 * opened), 0.36 + 0.12 * opened + beat)
        root, elbow = (side * 0.03, -0.30), (side * (0.05 + 0.17 * opened), 0.18 + 0.24 * opened + beat)
        ribs = [(side * (0.08 + (0.38 - 0.10 * k) * opened), 0.36 - 0.20 * (k + 1) + 0.4 * beat) for k in range(3)]
        valleys = [(side * (0.06 + (0.34 - 0.09 * k) * opened), 0.40 - 0.20 * (k + 1) + 0.5 * beat) for k in range(3)]
        edge = [point for pair in zip(valleys, ribs, strict=True) for point in pair]
        path = pen.polygon([root, elbow, tip, *edge])
        b.big.append(path)
        b.canvas.fill(path, b.edge)
        b.canvas.fill(path, b.shade, 1.0, (0.96, 0, 0, 0, 0.96, -0.006))
        for x, y in (tip, *ribs):
            b.canvas.fill(pen.capsule(*elbow, x, y, 0.012, 0.005), b.lit)
        b.canvas.fill(pen.capsule(*root, *elbow, 0.03, 0.02), b.lit)


def _thrown_up(b: Brush) -> None:
    """What hooves, feet and wheels throw up behind them: from the lower right of the box to its upper left."""
    for k in range(22):
        u = (b.time * (1.5 + 0.4 * ((k * 0.31) % 1.0)) + k * _GOLDEN) % 1.0
        fast = 0.35 + 0.65 * ((k * 0.717) % 1.0)
        x, y = 0.42 - 0.9 * fast * u, -0.5 + 3.1 * fast * u * (1 - u) * (0.4 + 0.5 * ((k * 0.43) % 1.0))
        r = (0.030 + 0.035 * ((k * 0.57) % 1.0)) * (1 - 0.55 * u)
        b.canvas.fill(pen.oval(x, y, r / max(0.3, b.aspect), r), b.lit if k % 3 else light.lighter(b.lit, 0.5), 0.92)
    for k in range(4):
        u = (0.9 * b.time + 0.25 * k) % 1.0
        b.canvas.fill(
            pen.oval(0.36 - 0.7 * u, -0.44 + 0.16 * u, (0.08 + 0.12 * u) / max(0.3, b.aspect), 0.06 + 0.10 * u),
            light.lighter(b.lit, 0.25),
            0.48 * (1 - u),
        )


def _shower(b: Brush) -> None:
    """Many small bits that fall through the box, turning as they do; ``part`` lets them set in one after the other."""
    inks = [b.lit, b.shade, light.lighter(b.lit, 0.3)]
    for k in range(30):
        u = (b.time * (0.34 + 0.16 * ((k * 0.37) % 1.0)) + k * _GOLDEN) % 1.0
        if (k + 1) / 30 > b.part * 1.6:
            continue
        x = -0.48 + 0.96 * ((k * 0.7548) % 1.0) + 0.02 * math.sin(4 * b.time + k)
        y = 0.5 - u
        r = 0.017 + 0.012 * ((k * 0.51) % 1.0)
        path = pen.oval(0, 0, r / max(0.3, b.aspect) * 1.3, r * 0.85)
        angle = 3.0 * b.time + 2.1 * k
        c, s = math.cos(angle), math.sin(angle)
        b.canvas.fill(path, inks[k % 3], 1.0, (c, -s / max(0.3, b.aspect), x, s * max(0.3, b.aspect) * 0.5, c, y))


def _half(b: Brush) -> None:
    """One half of something cut open: its rind, its flesh and its middle (a yolk that runs, a stone, seeds)."""
    b.canvas.group((1.0, 0, 0, 0, 1.0, 0))
    rind = pen.oval(0, 0, 0.5, 0.5)
    b.solid(rind)
    egg = b.body[0] > 0.8 and 0.5 < b.body[1] < 0.98
    flesh = (0.99, 0.97, 0.92) if egg else light.lighter(b.body, 0.72)
    core = (0.98, 0.66, 0.12) if egg else light.lighter(b.body, 0.25)
    b.canvas.fill(pen.oval(0, 0, 0.45, 0.45), b.ink(flesh))
    run = min(1.0, b.part)
    b.canvas.fill(pen.capsule(0, -0.02, 0, -0.02 - 0.36 * run, 0.24, 0.12 + 0.06 * run), b.ink(core))
    b.canvas.fill(pen.oval(-0.08, 0.08, 0.07, 0.05), b.ink(light.lighter(core, 0.6)))
    b.canvas.leave()


def _carriage(b: Brush) -> None:
    """The side of a tram, a bus or a car, with one open window to look out of."""
    wall = pen.box(-0.5, -0.42, 0.5, 0.46, 0.05) + pen.box(-0.15, 0.02, 0.15, 0.36, 0.02)
    b.canvas.holed(wall, b.lit)
    b.canvas.holed(
        pen.box(-0.17, 0.0, 0.17, 0.38, 0.02) + pen.box(-0.15, 0.02, 0.15, 0.36, 0.02), b.ink((0.93, 0.91, 0.86))
    )
    for x in (-0.34, 0.34):
        b.canvas.fill(pen.box(x - 0.12, 0.02, x + 0.12, 0.36, 0.02), b.ink((0.60, 0.80, 0.90)))
        b.canvas.fill(pen.polygon([(x - 0.06, 0.02), (x - 0.01, 0.02), (x + 0.05, 0.36), (x, 0.36)]), _WHITE, 0.5)
    b.canvas.fill(pen.box(-0.5, -0.16, 0.5, -0.08), b.ink((0.95, 0.94, 0.90)))
    b.canvas.fill(pen.box(-0.5, -0.42, 0.5, -0.34, 0.02), b.shade)
    for x in (-0.32, 0.32):
        b.canvas.fill(pen.oval(x, -0.43, 0.07 / b.aspect * 1.6, 0.11), b.ink((0.16, 0.16, 0.20)))
        b.canvas.fill(pen.oval(x, -0.43, 0.03 / b.aspect * 1.6, 0.05), b.ink((0.6, 0.6, 0.62)))


def _stairs(b: Brush) -> None:
    """A stair, or with its handrail an escalator, that rises to the right and runs with the time."""
    steps = 12
    run = (0.5 * b.time) % 1.0 if b.part > 0.5 else 0.0
    points = [(-0.5, -0.5)]
    for k in range(-1, steps + 1):
        x = -0.5 + (k + run) / steps
        points += [
            (min(0.5, max(-0.5, x)), min(0.5, max(-0.5, x))),
            (min(0.5, max(-0.5, x)), min(0.5, max(-0.5, x + 1 / steps))),
        ]
    points += [(0.5, 0.5), (0.5, -0.5)]
    path = pen.polygon(points)
    b.big.append(path)
    b.canvas.fill(path, b.ink((0.50, 0.52, 0.58)))
    for k in range(steps + 1):
        x = -0.5 + (k + run) / steps
        if x < 0.44:
            b.canvas.fill(
                pen.box(max(-0.5, x), x + 0.6 / steps, min(0.5, x + 1 / steps), x + 1 / steps),
                b.ink((0.72, 0.74, 0.78)),
            )
    b.canvas.fill(pen.polygon([(-0.5, -0.5), (0.5, 0.36), (0.5, -0.5)]), b.ink((0.34, 0.36, 0.42)))


def _block(b: Brush) -> None:
    """A table: a top and what carries it."""
    top = pen.box(-0.5, 0.40, 0.5, 0.5, 0.03)
    for x in (-0.42, 0.34):
        b.canvas.fill(pen.box(x, -0.5, x + 0.08, 0.42), b.shade)
    b.solid(top)
    b.lamp_side(top)


def _slab(b: Brush) -> None:
    """A ledge or a slab: its top seen from a little above, and its front."""
    front = pen.polygon([(-0.48, -0.5), (0.48, -0.5), (0.5, 0.2), (-0.5, 0.2)])
    b.solid(front)
    top = pen.polygon([(-0.5, 0.2), (0.5, 0.2), (0.46, 0.5), (-0.46, 0.5)])
    b.big.append(top)
    b.canvas.fill(top, light.lighter(b.lit, 0.18))
    for k in range(7):
        x = -0.44 + 0.88 * ((k * 0.618) % 1.0)
        b.canvas.fill(pen.oval(x, -0.4 + 0.5 * ((k * 0.37) % 1.0), 0.02, 0.03), light.darker(b.lit, 0.45), 0.6)


def _mound(b: Brush) -> None:
    """A heap of the ground."""
    heap = pen.smooth([(-0.5, -0.5), (-0.30, 0.0), (-0.06, 0.30), (0.12, 0.18), (0.34, 0.02), (0.5, -0.5)], 0.8)
    b.canvas.fill(heap, b.shade)
    b.canvas.fill(heap, b.lit, 1.0, (0.94, 0, 0.01, 0, 0.92, -0.03))


EFFECTS: dict[str, Callable[[Brush], None]] = {
    "stream": _stream, "beads": _beads, "steam": _steam, "breath": _breath, "wings": _wings, "spray": _thrown_up,
    "shower": _shower, "half": _half,
    "carriage": _carriage, "stairs": _stairs, "block": _block, "mound": _mound, "slab": _slab,
}  # fmt: skip
