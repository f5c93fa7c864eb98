"""Props: each drawn in two tones with a highlight and a light edge, in a unit box (width and height 1, centre 0, y up).

``PROPS[kind](brush)`` draws; the caller's matrix carries size, roll and squash. ``Brush.part`` moves what moves: a
door's opening, wings, a drum's skin, a bell's swing, shards flown.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from phonofilm.theatre import light
from phonofilm.theatre.light import Hour
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.play import RGB


@dataclass
class Brush:
    """One prop's papers in one light, and the moment's state."""

    canvas: Canvas
    hour: Hour
    body: RGB
    part: float = 0.0
    turn: float = 0.0
    """Where it faces in the picture: -1 left to +1 right."""
    roll: float = 0.0
    """Roll of the picture plane, so that light stays where it is on a rolling ball."""
    time: float = 0.0
    aspect: float = 1.0
    """Width over height."""
    floor: float = -0.5
    """Where the floor lies, in the unit box: below -0.5 the thing hangs or stands on something."""
    squeeze: float = 1.0
    """How much narrower it is seen where the camera walks round it: a cut-out is flat."""
    big: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lit = self.hour.cast(self.body)
        self.shade = light.darker(self.lit, 0.34)
        self.edge = light.mix(light.lighter(self.lit, 0.38), self.hour.rim, 0.3 * self.hour.rim_strength)
        self.side = self.hour.side

    def ink(self, colour: RGB) -> RGB:
        """A second colour in this light."""
        return self.hour.cast(colour)

    def solid(self, path: Path) -> None:
        """The main body: shade below, light on top, an edge on the light's side."""
        self.big.append(path)
        self.canvas.fill(path, self.edge)
        k = 0.965
        self.canvas.fill(path, self.shade, 1.0, (k, 0, -0.016 * self.side, 0, k, -0.016))

    def lamp_side(self, path: Path, share: float = 0.84) -> None:
        """The lit tone of a body already laid down by :meth:`solid`."""
        o = 0.5 * (0.965 - share)
        self.canvas.fill(path, self.lit, 1.0, (share, 0, o * self.side, 0, share + 0.05, o * 0.7))

    def fill(self, path: Path, colour: RGB, alpha: float = 1.0) -> None:
        """A plain shape."""
        self.canvas.fill(path, colour, alpha)


@lru_cache(maxsize=256)
def _smooth(*points: tuple[float, float], tension: float = 1.0) -> Path:
    return pen.smooth(points, tension)


@lru_cache(maxsize=256)
def _poly(*points: tuple[float, float]) -> Path:
    return pen.polygon(points)


@lru_cache(maxsize=256)
def _oval(x: float, y: float, rx: float, ry: float) -> Path:
    return pen.oval(x, y, rx, ry)


@lru_cache(maxsize=256)
def _box(*values: float) -> Path:
    return pen.box(*values)


def _ball(b: Brush) -> None:
    disc = _oval(0.0, 0.0, 0.5, 0.5)
    b.big.append(disc)
    c, s = math.cos(b.roll), math.sin(b.roll)
    # Light does not roll along: its offsets are turned back by the roll.
    ox, oy = 0.075 * b.side * c + 0.075 * s, -0.075 * b.side * s + 0.075 * c
    band = light.lighter(b.lit, 0.62) if light.luminance(b.body) < 80 else light.darker(b.lit, 0.35)
    b.fill(disc, b.edge)
    b.canvas.fill(disc, b.shade, 1.0, (0.965, 0, -0.2 * ox, 0, 0.965, -0.2 * oy))
    b.canvas.fill(disc, b.lit, 1.0, (0.83, 0, ox, 0, 0.83, oy))
    b.fill(
        _smooth(
            (-0.475, 0.13),
            (-0.25, 0.045),
            (0.0, 0.02),
            (0.25, 0.045),
            (0.475, 0.13),
            (0.48, -0.10),
            (0.25, -0.165),
            (0.0, -0.185),
            (-0.25, -0.165),
            (-0.48, -0.10),
        ),
        band,
        0.92,
    )
    b.fill(pen.oval(2.5 * ox, 2.9 * oy, 0.085, 0.06, -b.roll - 0.6 * b.side), light.lighter(b.lit, 0.85), 0.85)


def _box_prop(b: Brush) -> None:
    body = _box(-0.5, -0.5, 0.5, 0.5, 0.03)
    b.solid(body)
    b.fill(_box(-0.46, -0.46, 0.46, 0.46, 0.02), b.lit)
    for x0, y0, x1, y1 in (
        (-0.47, 0.33, 0.47, 0.47),
        (-0.47, -0.47, 0.47, -0.33),
        (-0.47, -0.47, -0.33, 0.47),
        (0.33, -0.47, 0.47, 0.47),
    ):
        b.fill(_box(x0, y0, x1, y1, 0.015), light.lighter(b.lit, 0.15))
    b.fill(
        _poly((-0.33, -0.33), (-0.22, -0.33), (0.33, 0.22), (0.33, 0.33), (0.22, 0.33), (-0.33, -0.22)),
        light.lighter(b.lit, 0.08),
    )
    b.fill(_box(-0.33, -0.33, 0.33, -0.29), b.shade, 0.5)
    b.fill(_box(-0.33 if b.side > 0 else 0.29, -0.33, -0.29 if b.side > 0 else 0.33, 0.33), b.shade, 0.5)


_BELL = (
    (-0.10, 0.40),
    (-0.24, 0.30),
    (-0.29, 0.05),
    (-0.34, -0.16),
    (-0.48, -0.32),
    (-0.44, -0.38),
    (0.44, -0.38),
    (0.48, -0.32),
    (0.34, -0.16),
    (0.29, 0.05),
    (0.24, 0.30),
    (0.10, 0.40),
)


def _gallows(b: Brush) -> None:
    """The stand a bell swings in: it stays upright, so the roll about the ring (0, 0.45) is taken back."""
    wood, c, sn, tall = b.ink((0.55, 0.38, 0.25)), math.cos(b.roll), math.sin(b.roll), 1 / b.aspect
    floor = 0.45 + b.floor - 0.45 * c
    b.canvas.group((c, sn * tall, -0.45 * sn * tall, -sn * b.aspect, c, 0.45 - 0.45 * c))
    dark = light.darker(wood, 0.22)
    for x in (-1.06, 0.98):
        b.fill(
            _poly((x - 0.12, floor), (x + 0.20, floor), (x + 0.12, floor + 0.07), (x - 0.04, floor + 0.07)),
            light.darker(wood, 0.35),
        )
        b.fill(pen.box(x, floor, x + 0.08, 0.60), dark if x > 0 else wood)
    b.fill(_box(-1.16, 0.56, 1.16, 0.66, 0.03), wood)
    b.fill(_box(-1.16, 0.63, 1.16, 0.66, 0.02), light.lighter(wood, 0.3))
    b.fill(_box(-0.03, 0.44, 0.03, 0.58), light.darker(wood, 0.4))
    b.canvas.leave()


def _bell(b: Brush) -> None:
    if b.floor < -0.56:
        _gallows(b)
    swing = 0.30 * math.sin(math.tau * 2.2 * b.time) * b.part
    b.fill(_oval(0.0, 0.45, 0.085, 0.06), b.shade)
    b.canvas.line(_oval(0.0, 0.45, 0.06, 0.045), 0.03, b.edge)
    b.fill(pen.oval(swing * 0.7, -0.41, 0.10, 0.085), light.darker(b.lit, 0.45))
    path = _smooth(*_BELL, tension=0.9)
    b.solid(path)
    b.canvas.fill(path, b.lit, 1.0, (0.80, 0, 0.055 * b.side, 0, 0.97, 0.012))
    b.fill(
        _smooth((-0.46, -0.29), (0.46, -0.29), (0.40, -0.22), (-0.40, -0.22), tension=0.4), light.lighter(b.lit, 0.25)
    )
    b.fill(
        _smooth((0.12 * b.side, 0.28), (0.19 * b.side, 0.25), (0.24 * b.side, -0.10), (0.16 * b.side, -0.10)),
        light.lighter(b.lit, 0.6),
        0.75,
    )


def _drum(b: Brush) -> None:
    if b.floor < -0.56:
        steel = b.ink((0.52, 0.53, 0.58))
        for foot in (-0.42, 0.0, 0.42):
            b.fill(pen.capsule(foot * 0.45, -0.42, foot, b.floor + 0.02, 0.022, 0.022), steel)
    body = _smooth(
        (-0.47, 0.34),
        (-0.47, -0.40),
        (-0.25, -0.48),
        (0.0, -0.5),
        (0.25, -0.48),
        (0.47, -0.40),
        (0.47, 0.34),
        (0.0, 0.28),
        tension=0.5,
    )
    b.solid(body)
    b.lamp_side(body)
    cord = b.ink((0.96, 0.92, 0.80))
    for i in range(5):
        x = -0.40 + 0.16 * i
        dip = -0.44 + 0.10 * abs(i - 2) / 2
        b.fill(pen.capsule(x, 0.27, x + 0.08, dip + 0.02, 0.011, 0.011), cord)
        b.fill(pen.capsule(x + 0.08, dip + 0.02, x + 0.16, 0.27, 0.011, 0.011), cord)
    hoop = light.darker(b.ink((0.80, 0.62, 0.36)), 0.1)
    b.fill(
        _smooth((-0.5, -0.34), (0.0, -0.43), (0.5, -0.34), (0.5, -0.42), (0.0, -0.51), (-0.5, -0.42), tension=0.8), hoop
    )
    b.fill(_oval(0.0, 0.35, 0.5, 0.15), hoop)
    b.big.append(_oval(0.0, 0.35, 0.5, 0.15))
    bulge = max(-1.0, min(1.0, b.part))
    b.fill(_oval(0.0, 0.365, 0.455, 0.120), b.ink((0.97, 0.93, 0.84)))
    b.fill(
        pen.oval(0.0, 0.360 - 0.02 * bulge, 0.26 + 0.10 * abs(bulge), 0.060 + 0.022 * abs(bulge)),
        b.ink((0.90, 0.83, 0.70)),
        0.9,
    )


def shards(b: Brush, pieces: int, seed: int) -> None:
    """A thing broken: pieces fly out and fall, ``part`` 0..1 is how far."""
    rng = random.Random(seed)
    t = b.part
    for i in range(pieces):
        a = math.pi * (i + 0.5) / pieces
        speed = rng.uniform(0.7, 1.5)
        x = math.cos(a) * speed * t * 1.2 + 0.30 * math.cos(a)
        floor = -0.5 + 0.05
        y = max(floor, math.sin(a) * 0.3 + 1.5 * math.sin(a) * speed * t - 3.2 * t * t)
        r, spin = rng.uniform(0.09, 0.20), rng.uniform(-9, 9) * min(t, 0.6) + rng.uniform(0, 6)
        points = [
            (
                x + r * math.cos(spin + k * 2.1) * rng.uniform(0.7, 1.2),
                y + 0.8 * r * math.sin(spin + k * 2.1) * rng.uniform(0.7, 1.2),
            )
            for k in range(3)
        ]
        path = pen.polygon(points)
        b.big.append(path)
        b.fill(path, (b.lit, b.shade, b.edge)[i % 3])


def _cup(b: Brush) -> None:
    if b.part > 0.02:
        shards(b, 9, 4)
        return
    handle = 1.0 if b.turn >= 0 else -1.0
    b.canvas.line(pen.oval(0.33 * handle, -0.02, 0.14, 0.19), 0.075, b.shade)
    body = _smooth(
        (-0.38, 0.44), (-0.36, -0.25), (-0.25, -0.47), (0.25, -0.47), (0.36, -0.25), (0.38, 0.44), tension=0.6
    )
    b.solid(body)
    b.lamp_side(body, 0.82)
    b.fill(_box(-0.36, -0.05, 0.36, 0.12), light.lighter(b.lit, 0.55), 0.9)
    b.fill(_oval(0.0, 0.43, 0.375, 0.07), b.edge)
    b.fill(_oval(0.0, 0.43, 0.315, 0.048), light.darker(b.lit, 0.55))
    b.fill(pen.capsule(0.24 * b.side, 0.28, 0.22 * b.side, -0.25, 0.025, 0.02), light.lighter(b.lit, 0.75), 0.7)


def _bottle(b: Brush) -> None:
    if b.part > 0.02:
        shards(b, 10, 9)
        return
    body = _smooth(
        (-0.17, 0.44),
        (-0.16, 0.22),
        (-0.44, 0.05),
        (-0.46, -0.44),
        (-0.38, -0.5),
        (0.38, -0.5),
        (0.46, -0.44),
        (0.44, 0.05),
        (0.16, 0.22),
        (0.17, 0.44),
        tension=0.7,
    )
    b.solid(body)
    b.canvas.fill(body, b.lit, 1.0, (0.80, 0, 0.05 * b.side, 0, 0.97, 0.0))
    b.fill(_box(-0.44, -0.34, 0.44, -0.06, 0.03), b.ink((0.96, 0.92, 0.82)))
    b.fill(_box(-0.30, -0.24, 0.30, -0.20), b.shade, 0.6)
    b.fill(_box(-0.21, 0.38, 0.21, 0.5, 0.03), b.ink((0.80, 0.60, 0.36)))
    b.fill(pen.capsule(0.30 * b.side, 0.0, 0.30 * b.side, -0.40, 0.045, 0.03), light.lighter(b.lit, 0.8), 0.6)


def _door(b: Brush) -> None:
    frame, void = b.ink((0.93, 0.89, 0.80)), b.ink((0.22, 0.17, 0.24))
    outer = _box(-0.56, -0.5, 0.56, 0.54, 0.01)
    b.big.append(outer)
    b.fill(outer, light.darker(frame, 0.25))
    b.fill(_box(-0.54, -0.5, 0.52, 0.53, 0.01), frame)
    b.fill(_box(-0.47, -0.5, 0.47, 0.48), void)
    if b.hour.dark:
        b.fill(_box(-0.47, -0.5, 0.47, 0.48), (1.0, 0.78, 0.45), 0.75)
    a = max(0.0, min(1.0, b.part)) * 1.25
    right, tall = -0.47 + 0.94 * math.cos(a), 0.035 * math.sin(a)

    def panel(x0: float, y0: float, x1: float, y1: float) -> Path:
        def at(x: float, y: float) -> tuple[float, float]:
            u = (x + 0.47) / 0.94
            return -0.47 + (right + 0.47) * u, y * (1 + 2 * tall * u)

        return pen.polygon([at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)])

    b.fill(panel(-0.47, -0.5, 0.47, 0.48), b.edge)
    b.fill(panel(-0.46, -0.5, 0.455, 0.472), light.mix(b.lit, b.shade, 0.5 * math.sin(a)))
    for x0, x1 in ((-0.36, -0.06), (0.06, 0.36)):
        for y0, y1 in ((0.05, 0.38), (-0.40, -0.06)):
            b.fill(panel(x0, y0, x1, y1), b.shade, 0.75)
            b.fill(panel(x0 + 0.025, y0, x1, y1 - 0.012), light.lighter(b.lit, 0.10))
    u = (0.40 + 0.47) / 0.94
    b.fill(pen.oval(-0.47 + (right + 0.47) * u, -0.01, 0.045 * max(0.3, math.cos(a)), 0.021), b.ink((0.98, 0.82, 0.40)))


def _car(b: Brush) -> None:
    f = 1.0 if b.turn >= 0 else -1.0

    def x(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        return [(px * f, py) for px, py in points]

    cabin = pen.smooth(x(((-0.34, 0.06), (-0.26, 0.40), (-0.16, 0.49), (0.10, 0.49), (0.20, 0.40), (0.32, 0.06))), 0.55)
    b.big.append(cabin)
    b.fill(cabin, b.edge)
    b.canvas.fill(cabin, b.shade, 1.0, (0.985, 0, 0, 0, 0.97, -0.004))
    glass = b.ink((0.72, 0.88, 0.95)) if not b.hour.dark else light.mix(b.ink((0.5, 0.6, 0.75)), (1.0, 0.82, 0.5), 0.55)
    b.fill(pen.smooth(x(((-0.27, 0.10), (-0.21, 0.37), (-0.03, 0.40), (-0.03, 0.10))), 0.3), glass)
    b.fill(pen.smooth(x(((0.02, 0.10), (0.02, 0.40), (0.14, 0.37), (0.25, 0.10))), 0.3), glass)
    body = pen.smooth(
        x(
            (
                (-0.49, -0.26),
                (-0.5, -0.04),
                (-0.44, 0.09),
                (-0.20, 0.12),
                (0.28, 0.11),
                (0.44, 0.06),
                (0.5, -0.08),
                (0.49, -0.26),
                (0.0, -0.31),
            )
        ),
        0.7,
    )
    b.big.append(body)
    b.fill(body, b.edge)
    b.canvas.fill(body, b.shade, 1.0, (0.985, 0, 0, 0, 0.97, -0.006))
    b.canvas.fill(body, b.lit, 1.0, (0.97, 0, 0, 0, 0.76, 0.012))
    b.fill(pen.capsule(-0.42 * f, 0.06, 0.40 * f, 0.045, 0.010, 0.010), light.lighter(b.lit, 0.55), 0.8)
    b.fill(pen.capsule(-0.02 * f, 0.08, -0.02 * f, -0.20, 0.005, 0.005), b.shade)
    b.fill(pen.oval(-0.09 * f, 0.02, 0.03, 0.014), b.shade)
    if b.hour.dark:
        b.canvas.glow(0.60 * f, -0.05, 0.36, 0.30, ((0, (1.0, 0.93, 0.68), 0.55), (1, (1.0, 0.9, 0.6), 0.0)))
    b.fill(pen.oval(0.465 * f, -0.03, 0.030, 0.055), (1.0, 0.95, 0.75) if b.hour.dark else b.ink((1.0, 0.97, 0.85)))
    b.fill(pen.oval(-0.475 * f, -0.03, 0.020, 0.050), b.ink((0.90, 0.20, 0.18)))
    tyre, hub = b.ink((0.15, 0.14, 0.18)), b.ink((0.82, 0.83, 0.86))
    spin = b.part * math.tau
    for cx in (-0.29, 0.29):
        rim = pen.oval(cx * f, -0.31, 0.098, 0.19)
        b.big.append(rim)
        b.fill(rim, tyre)
        b.fill(pen.oval(cx * f, -0.31, 0.052, 0.10), hub)
        for k in range(2):
            a = -spin * f + k * math.pi / 2
            b.fill(
                pen.capsule(
                    cx * f - 0.045 * math.cos(a),
                    -0.31 - 0.086 * math.sin(a),
                    cx * f + 0.045 * math.cos(a),
                    -0.31 + 0.086 * math.sin(a),
                    0.010,
                    0.010,
                ),
                tyre,
            )


def _bird(b: Brush) -> None:
    f = 1.0 if b.turn >= 0 else -1.0
    flap = math.cos(math.tau * b.part)
    tail = pen.polygon([(-0.24 * f, 0.02), (-0.5 * f, 0.14), (-0.49 * f, -0.02), (-0.26 * f, -0.12)])
    far = pen.smooth(
        [(-0.02 * f, 0.06), (-0.20 * f, 0.10 + 0.40 * flap), (-0.34 * f, 0.12 + 0.52 * flap), (-0.22 * f, 0.0)], 0.8
    )
    body = pen.smooth(
        [
            (-0.30 * f, 0.02),
            (-0.10 * f, 0.17),
            (0.16 * f, 0.25),
            (0.33 * f, 0.31),
            (0.42 * f, 0.18),
            (0.34 * f, 0.0),
            (0.14 * f, -0.22),
            (-0.12 * f, -0.22),
        ],
        1.0,
    )
    b.big += [tail, far, body]
    b.fill(far, light.darker(b.lit, 0.45))
    b.fill(tail, b.shade)
    b.fill(pen.polygon([(0.39 * f, 0.25), (0.53 * f, 0.17), (0.39 * f, 0.12)]), b.ink((0.98, 0.66, 0.16)))
    b.fill(body, b.edge)
    b.canvas.fill(body, b.lit, 1.0, (0.97, 0, -0.004 * b.side, 0, 0.96, -0.004))
    b.fill(
        pen.smooth([(-0.10 * f, -0.15), (0.10 * f, -0.02), (0.34 * f, 0.04), (0.14 * f, -0.20)], 0.9),
        light.lighter(b.lit, 0.62),
    )
    b.fill(pen.oval(0.315 * f, 0.20, 0.050, 0.062), b.ink((0.98, 0.97, 0.94)))
    b.fill(pen.oval(0.325 * f, 0.20, 0.030, 0.040), b.ink((0.10, 0.09, 0.12)))
    wing = pen.smooth(
        [
            (0.16 * f, 0.08),
            (-0.06 * f, 0.06 + 0.44 * flap),
            (-0.26 * f, 0.05 + 0.60 * flap),
            (-0.32 * f, 0.02 + 0.42 * flap),
            (-0.18 * f, -0.02),
            (0.0 * f, -0.08),
        ],
        0.8,
    )
    b.big.append(wing)
    b.fill(wing, b.edge)
    b.canvas.fill(wing, b.shade, 1.0, (0.94, 0, 0.0, 0, 0.94, 0.0))


def _balloon(b: Brush) -> None:
    sway = 0.06 * math.sin(2.1 * b.time)
    b.canvas.line(
        Path(b"\x01\x03", (0, -0.46, 0.05 + sway, -0.7, -0.06 - sway, -0.9, 0.03 + sway, -1.15)),
        0.016,
        b.ink((0.93, 0.90, 0.85)),
    )
    body = _smooth(
        (0.0, 0.5),
        (0.36, 0.36),
        (0.5, 0.06),
        (0.36, -0.26),
        (0.06, -0.45),
        (-0.06, -0.45),
        (-0.36, -0.26),
        (-0.5, 0.06),
        (-0.36, 0.36),
    )
    b.solid(body)
    b.lamp_side(body, 0.82)
    b.fill(_poly((-0.07, -0.52), (0.07, -0.52), (0.0, -0.42)), b.shade)
    b.fill(pen.oval(0.20 * b.side, 0.24, 0.10, 0.15, -0.45 * b.side), light.lighter(b.lit, 0.8), 0.8)


def _lamp(b: Brush) -> None:
    pole = b.ink((0.36, 0.30, 0.32))
    b.fill(_box(-0.06, -0.46, 0.06, 0.24), pole)
    b.fill(
        _smooth((-0.5, -0.5), (0.5, -0.5), (0.40, -0.46), (0.10, -0.43), (-0.10, -0.43), (-0.40, -0.46), tension=0.4),
        light.darker(pole, 0.2),
    )
    b.big.append(_box(-0.06, -0.5, 0.06, 0.24))
    shade = _poly((-0.30, 0.5), (0.30, 0.5), (0.5, 0.17), (-0.5, 0.17))
    b.solid(shade)
    b.lamp_side(shade, 0.86)
    if b.hour.dark or b.part > 0:
        warm = (1.0, 0.86, 0.55)
        b.canvas.glow(0.0, 0.30, 1.9, 0.55, ((0, warm, 0.50), (0.5, warm, 0.16), (1, warm, 0.0)))
        b.fill(
            _poly((-0.27, 0.47), (0.27, 0.47), (0.44, 0.20), (-0.44, 0.20)), light.mix(b.lit, (1.0, 0.92, 0.70), 0.45)
        )
        b.fill(_oval(0.0, 0.175, 0.40, 0.016), (1.0, 0.95, 0.78))


def _table(b: Brush) -> None:
    for x in (-0.42, 0.36):
        leg = _box(x, -0.5, x + 0.06, 0.40)
        b.big.append(leg)
        b.fill(leg, b.shade)
        b.fill(
            _box(x + (0.015 if b.side > 0 else 0.0), -0.5, x + (0.06 if b.side > 0 else 0.045), 0.40),
            light.mix(b.lit, b.shade, 0.4),
        )
    b.fill(_box(-0.44, 0.24, 0.44, 0.40), b.shade)
    top = _smooth((-0.5, 0.36), (0.5, 0.36), (0.47, 0.5), (-0.47, 0.5), tension=0.15)
    b.solid(top)
    b.fill(_box(-0.49, 0.37, 0.49, 0.44), b.lit)


def _boat(b: Brush) -> None:
    f = 1.0 if b.turn >= 0 else -1.0
    b.fill(_box(-0.02, -0.28, 0.02, 0.5), b.ink((0.50, 0.36, 0.25)))
    sail = pen.smooth([(0.04 * f, 0.48), (0.42 * f, -0.18), (0.04 * f, -0.20)], 0.35)
    jib = pen.smooth([(-0.04 * f, 0.40), (-0.36 * f, -0.18), (-0.04 * f, -0.20)], 0.25)
    b.big += [sail, jib]
    b.fill(sail, b.ink((0.97, 0.95, 0.88)))
    b.fill(jib, b.ink((0.86, 0.83, 0.80)))
    hull = _smooth((-0.5, -0.24), (0.5, -0.24), (0.40, -0.46), (0.0, -0.5), (-0.38, -0.46), tension=0.5)
    b.solid(hull)
    b.lamp_side(hull, 0.9)


PROPS: dict[str, Callable[[Brush], None]] = {
    "ball": _ball,
    "box": _box_prop,
    "bell": _bell,
    "drum": _drum,
    "cup": _cup,
    "bottle": _bottle,
    "door": _door,
    "car": _car,
    "bird": _bird,
    "balloon": _balloon,
    "lamp": _lamp,
    "table": _table,
    "boat": _boat,
}
"""How to draw each kind; an unknown kind is drawn as a box."""
