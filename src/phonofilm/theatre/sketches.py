"""Subjects that prompts often name and no emoji draws: a perfume bottle, a dropper, a jar, a can, a tube, a sword, a surfboard, a basketball hoop, and
those of the table in ``cuttings``.

Each is drawn into the unit box of its brush (width and height 1, centre 0), like the props; ``cutout_table.SKETCHED`` has their sizes and natures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from phonofilm.theatre import cuttings, light, pen, pieces
from phonofilm.theatre.pen import Path
from phonofilm.theatre.play import RGB
from phonofilm.theatre.props import Brush

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
    body = pen.smooth([(-0.46, -0.44), (-0.5, -0.36), (-0.5, 0.34), (-0.36, 0.46), (0.36, 0.46), (0.5, 0.34), (0.5, -0.36), (0.46, -0.44)], 0.25)
    b.solid(body)
    b.lamp_side(body)
    for path in (pen.oval(0, 0.46, 0.37, 0.045), pen.oval(0, -0.45, 0.44, 0.05)):
        b.big.append(path)
        b.canvas.fill(path, b.ink((0.78, 0.80, 0.83)))
    b.canvas.fill(pen.smooth([(-0.5, -0.2), (0.5, 0.1), (0.5, 0.24), (-0.5, -0.06)], 0.0), b.ink((0.97, 0.95, 0.90)), 0.9)
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
    for path, colour in ((pen.box(-0.5, -0.27, 0.5, -0.2, 0.03), _GOLD), (pen.box(-0.11, -0.44, 0.11, -0.26), (0.36, 0.24, 0.18)), (pen.oval(0, -0.46, 0.16, 0.04), _GOLD)):
        b.big.append(path)
        b.canvas.fill(path, b.ink(colour))


def _surfboard(b: Brush) -> None:
    """Lying flat, seen from its side: nose up, a stripe, foam behind."""
    board = pen.smooth([(-0.5, -0.1), (-0.2, -0.36), (0.3, -0.36), (0.5, 0.3), (0.2, 0.04), (-0.3, 0.0)], 0.8)
    b.canvas.fill(_spray(b.time, b.aspect), (1.0, 1.0, 1.0), 0.85)
    b.solid(board)
    b.lamp_side(board)
    b.canvas.fill(pen.smooth([(-0.4, -0.12), (0.0, -0.26), (0.36, -0.14), (0.36, -0.06), (0.0, -0.16), (-0.4, -0.04)], 0.6), b.ink((0.97, 0.95, 0.90)))


def _spray(time: float, aspect: float) -> Path:
    """Foam behind the board."""
    k = np.arange(14)
    life, r = (1.3 * time + k * 0.618) % 1.0, 0.02 + 0.014 * ((k * 0.724) % 1.0)
    return pen.many_ovals(np.stack([-0.35 - 0.45 * life, -0.35 + 1.6 * (life - life * life) * ((k * 0.377) % 1.0)], 1), np.stack([r, r * aspect], 1))


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
