"""Larger pieces drawn by hand, where the nearest emoji would mislead: a sports car, a train from its side, a ruin, a
serum, a pouch."""

from __future__ import annotations

import math

from phonofilm.theatre import light
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.props import Brush
from phonofilm.theatre.play import RGB, XY

_RUBBER: RGB = (0.15, 0.14, 0.18)
_LABEL: RGB = (0.97, 0.95, 0.90)


def _wheel(b: Brush, x: float, y: float, rx: float) -> None:
    ry = rx * b.aspect
    rim = pen.oval(x, y, rx, ry)
    b.big.append(rim)
    b.canvas.fill(rim, b.ink(_RUBBER))
    b.canvas.fill(pen.oval(x, y, 0.66 * rx, 0.66 * ry), b.ink((0.80, 0.82, 0.86)))
    for k in range(5):
        a = -math.tau * (b.part + k / 5)
        b.canvas.fill(
            pen.capsule(x, y, x + 0.6 * rx * math.cos(a), y + 0.6 * ry * math.sin(a), 0.008, 0.008), b.ink(_RUBBER)
        )


def sports_car(b: Brush) -> None:
    """Low and wide, nose to the right: a wedge with a sloping roof, a wing, slits of lamps."""
    body = pen.smooth(
        [
            (-0.50, -0.20),
            (-0.495, 0.06),
            (-0.44, 0.16),
            (-0.24, 0.18),
            (0.16, 0.14),
            (0.36, 0.06),
            (0.48, -0.08),
            (0.50, -0.22),
            (0.40, -0.29),
            (-0.44, -0.29),
        ],
        0.55,
    )
    cabin = pen.smooth([(-0.30, 0.12), (-0.18, 0.36), (-0.02, 0.42), (0.06, 0.37), (0.25, 0.10)], 0.6)
    wing = pen.polygon([(-0.49, 0.30), (-0.36, 0.34), (-0.36, 0.27), (-0.49, 0.23)])
    strut = pen.polygon([(-0.44, 0.10), (-0.42, 0.26), (-0.40, 0.26), (-0.40, 0.10)])
    b.big += [cabin, wing, strut]
    for path in (strut, wing, cabin):
        b.canvas.fill(path, b.shade)
    glass = b.ink((0.16, 0.20, 0.27)) if not b.hour.dark else b.ink((0.30, 0.36, 0.48))
    b.canvas.fill(pen.smooth([(-0.22, 0.15), (-0.15, 0.33), (-0.03, 0.36), (-0.02, 0.14)], 0.4), glass)
    b.canvas.fill(pen.smooth([(0.01, 0.14), (0.01, 0.36), (0.06, 0.33), (0.20, 0.12)], 0.4), glass)
    b.canvas.fill(
        pen.polygon([(0.06, 0.14), (0.03, 0.33), (0.05, 0.33), (0.10, 0.14)]), light.lighter(glass, 0.45), 0.6
    )
    b.solid(body)
    b.canvas.fill(body, b.lit, 1.0, (0.975, 0, 0, 0, 0.70, 0.035))
    b.canvas.fill(
        pen.smooth([(-0.46, 0.12), (-0.20, 0.155), (0.16, 0.115), (0.40, 0.02), (0.16, 0.08), (-0.20, 0.12)], 0.5),
        light.lighter(b.lit, 0.55),
        0.85,
    )
    b.canvas.fill(
        pen.smooth([(-0.24, -0.02), (0.02, 0.02), (0.14, -0.04), (0.02, -0.14), (-0.20, -0.14)], 0.5), b.shade, 0.85
    )
    b.canvas.fill(pen.box(-0.40, -0.30, 0.44, -0.24, 0.02), b.ink(_RUBBER))
    b.canvas.fill(pen.polygon([(0.36, -0.01), (0.465, -0.055), (0.475, -0.09), (0.38, -0.05)]), (1.0, 0.96, 0.80))
    b.canvas.fill(pen.box(-0.497, 0.02, -0.44, 0.075, 0.02), b.ink((0.92, 0.18, 0.16)))
    if b.hour.dark or b.hour.air_length < 30 or b.hour.shadow_strength < 0.15:
        b.canvas.glow(
            0.55,
            -0.06,
            0.34,
            0.34,
            ((0, (1.0, 0.95, 0.74), 0.85), (0.3, (1.0, 0.94, 0.72), 0.42), (1, (1.0, 0.9, 0.6), 0.0)),
        )
        b.canvas.fade(
            pen.polygon([(0.47, -0.03), (1.02, 0.10), (1.02, -0.42), (0.47, -0.11)]),
            (0.47, 0, 1.02, 0),
            ((0, (1.0, 0.96, 0.78), 0.60), (1, (1.0, 0.96, 0.78), 0.0)),
        )
    for x in (-0.305, 0.30):
        _wheel(b, x, -0.265, 0.088)


def train(b: Brush) -> None:
    """Two carriages from their side: windows in a row, doors, a stripe, bogies."""
    roof = pen.box(-0.5, 0.36, 0.5, 0.5, 0.06)
    body = pen.box(-0.5, -0.40, 0.5, 0.44, 0.05)
    b.big.append(roof)
    b.canvas.fill(roof, b.ink((0.52, 0.55, 0.60)))
    b.solid(body)
    b.lamp_side(body, 0.93)
    b.canvas.fill(pen.box(-0.5, -0.30, 0.5, -0.18), b.ink((0.20, 0.42, 0.70)))
    glass = (1.0, 0.90, 0.62) if b.hour.dark else b.ink((0.34, 0.48, 0.58))
    for k in range(16):
        x = -0.485 + 0.0618 * k
        if k % 4 == 1:
            b.canvas.fill(pen.box(x, -0.36, x + 0.046, 0.28, 0.01), b.shade)
            b.canvas.fill(pen.box(x + 0.006, 0.0, x + 0.021, 0.24, 0.005), glass)
            b.canvas.fill(pen.box(x + 0.025, 0.0, x + 0.040, 0.24, 0.005), glass)
        else:
            b.canvas.fill(pen.box(x, -0.06, x + 0.048, 0.26, 0.012), glass)
    b.canvas.fill(pen.box(-0.005, -0.40, 0.005, 0.44), b.ink((0.20, 0.21, 0.26)))
    under = pen.box(-0.49, -0.47, 0.49, -0.39)
    b.big.append(under)
    b.canvas.fill(under, b.ink(_RUBBER))
    for x in (-0.42, -0.34, -0.14, -0.06, 0.06, 0.14, 0.34, 0.42):
        _wheel(b, x, -0.43, 0.018)


def ruined_castle(b: Brush) -> None:
    """Broken towers and a breached wall, bare stone, ivy and rubble; no flags."""
    dark, hole = light.darker(b.lit, 0.30), b.ink((0.13, 0.12, 0.18))
    left = pen.polygon(
        [
            (-0.46, -0.5),
            (-0.46, 0.34),
            (-0.40, 0.30),
            (-0.36, 0.42),
            (-0.30, 0.22),
            (-0.24, 0.28),
            (-0.19, 0.10),
            (-0.18, -0.5),
        ]
    )
    wall = pen.polygon(
        [
            (-0.20, -0.5),
            (-0.20, -0.02),
            (-0.15, -0.02),
            (-0.15, 0.04),
            (-0.09, 0.04),
            (-0.08, -0.06),
            (-0.02, -0.08),
            (0.03, -0.26),
            (0.12, -0.30),
            (0.17, -0.14),
            (0.22, -0.16),
            (0.24, -0.5),
        ]
    )
    right = pen.polygon(
        [
            (0.20, -0.5),
            (0.20, 0.44),
            (0.26, 0.44),
            (0.26, 0.5),
            (0.31, 0.5),
            (0.32, 0.40),
            (0.37, 0.36),
            (0.39, 0.14),
            (0.45, 0.06),
            (0.47, -0.5),
        ]
    )
    for path in (left, wall, right):
        b.solid(path)
        b.lamp_side(path, 0.90)
    for x, y, w, h in (
        (-0.36, 0.10, 0.05, 0.13),
        (-0.30, -0.20, 0.05, 0.12),
        (0.29, 0.22, 0.05, 0.13),
        (0.35, -0.10, 0.05, 0.12),
        (-0.10, -0.50, 0.08, 0.20),
    ):
        b.canvas.fill(pen.box(x - w / 2, y, x + w / 2, y + h, 0.024), hole)
    for n in range(26):
        x, y = -0.44 + 0.88 * ((n * 0.618) % 1.0), -0.46 + 0.80 * ((n * 0.377) % 1.0)
        if (x < -0.22 and y < 0.16) or (x > 0.24 and y < 0.02) or (-0.20 < x < -0.02 and y < -0.14):
            b.canvas.fill(pen.box(x, y, x + 0.05, y + 0.022, 0.006), dark, 0.75)
    ivy = b.ink((0.24, 0.38, 0.26))
    for x, y, r in (
        (-0.43, -0.02, 0.045),
        (-0.42, -0.12, 0.06),
        (-0.43, -0.24, 0.05),
        (0.44, -0.16, 0.05),
        (0.43, -0.28, 0.06),
        (0.10, -0.36, 0.04),
    ):
        b.canvas.fill(pen.oval(x, y, r, 1.1 * r), ivy)
    for x, y, r in (
        (-0.08, -0.46, 0.05),
        (0.02, -0.47, 0.04),
        (0.09, -0.45, 0.06),
        (0.16, -0.47, 0.04),
        (-0.5, -0.47, 0.03),
    ):
        stone = pen.polygon(
            [
                (x - r, y - 0.6 * r),
                (x - 0.7 * r, y + 0.5 * r),
                (x + 0.2 * r, y + 0.8 * r),
                (x + r, y + 0.1 * r),
                (x + 0.8 * r, y - 0.6 * r),
            ]
        )
        b.big.append(stone)
        b.canvas.fill(stone, dark)


def dropper(b: Brush) -> None:
    """A glass pipette held upright: black rubber bulb, collar, a clear tube with what it holds, and a drop that swells
    and falls."""
    bulb = pen.smooth([(-0.30, 0.26), (-0.34, 0.38), (-0.18, 0.49), (0.18, 0.49), (0.34, 0.38), (0.30, 0.26)], 0.6)
    tube = pen.polygon([(-0.17, 0.16), (0.17, 0.16), (0.17, -0.20), (0.055, -0.36), (-0.055, -0.36), (-0.17, -0.20)])
    b.big += [bulb, tube]
    b.canvas.fill(tube, b.ink((0.70, 0.78, 0.82)))
    b.canvas.fill(tube, b.ink((0.94, 0.97, 0.98)), 0.95, (0.84, 0, 0, 0, 0.97, -0.003))
    b.canvas.fill(
        pen.polygon([(-0.135, 0.02), (0.135, 0.02), (0.135, -0.19), (0.04, -0.345), (-0.04, -0.345), (-0.135, -0.19)]),
        b.lit,
    )
    b.canvas.fill(pen.box(-0.09, -0.18, -0.04, 0.14, 0.02), (1.0, 1.0, 1.0), 0.75)
    b.canvas.fill(bulb, b.ink((0.16, 0.16, 0.19)))
    b.canvas.fill(pen.oval(-0.13, 0.39, 0.07, 0.05), (1.0, 1.0, 1.0), 0.35)
    collar = pen.box(-0.36, 0.15, 0.36, 0.27, 0.03)
    b.big.append(collar)
    b.canvas.fill(collar, b.ink((0.80, 0.82, 0.85)))
    swell = (b.time * 0.5) % 1.0
    r = 0.045 + 0.05 * min(1.0, swell * 1.6)
    y = -0.375 - r * 0.3 - max(0.0, swell - 0.7) * 2.0
    b.canvas.fill(
        pen.smooth([(0.0, y + 0.055), (-1.5 * r, y - 0.012), (0.0, y - 0.045), (1.5 * r, y - 0.012)], 0.9), b.lit
    )


def serum_bottle(b: Brush) -> None:
    """A small tinted flask with its dropper cap and a label."""
    body = pen.box(-0.46, -0.5, 0.46, 0.10, 0.10)
    shoulder = pen.smooth([(-0.44, 0.06), (-0.20, 0.18), (0.20, 0.18), (0.44, 0.06)], 0.5)
    b.big.append(shoulder)
    b.canvas.fill(shoulder, b.shade)
    b.solid(body)
    b.lamp_side(body)
    collar, bulb = (
        pen.box(-0.24, 0.15, 0.24, 0.29, 0.02),
        pen.smooth([(-0.17, 0.28), (-0.19, 0.40), (-0.11, 0.5), (0.11, 0.5), (0.19, 0.40), (0.17, 0.28)], 0.6),
    )
    b.big += [collar, bulb]
    b.canvas.fill(bulb, b.ink((0.17, 0.17, 0.20)))
    b.canvas.fill(collar, b.ink((0.86, 0.69, 0.35)))
    b.canvas.fill(pen.box(-0.18, 0.17, -0.10, 0.27, 0.02), b.ink((0.97, 0.90, 0.70)))
    b.canvas.fill(pen.box(-0.32, -0.38, 0.32, -0.06, 0.02), b.ink(_LABEL))
    for y, w in ((-0.16, 0.20), (-0.22, 0.14), (-0.30, 0.10)):
        b.canvas.fill(pen.box(-w, y, w, y + 0.022), b.ink((0.40, 0.36, 0.38)))
    b.canvas.fill(pen.box(-0.41, -0.42, -0.34, 0.02, 0.03), (1.0, 1.0, 1.0), 0.5)


def pouch(b: Brush) -> None:
    """A product's paper pouch: a folded top, a label, a round mark."""
    body = pen.smooth([(-0.44, -0.5), (-0.5, -0.2), (-0.46, 0.34), (0.46, 0.34), (0.5, -0.2), (0.44, -0.5)], 0.25)
    b.solid(body)
    b.lamp_side(body)
    top = pen.polygon([(-0.46, 0.32), (0.46, 0.32), (0.42, 0.5), (-0.42, 0.5)])
    b.big.append(top)
    b.canvas.fill(top, b.shade)
    b.canvas.fill(pen.box(-0.44, 0.36, 0.44, 0.40), light.lighter(b.lit, 0.3), 0.8)
    b.canvas.fill(pen.box(-0.32, -0.36, 0.32, 0.20, 0.02), b.ink(_LABEL))
    b.canvas.fill(pen.oval(0, 0.04, 0.15, 0.11), b.ink((0.47, 0.28, 0.15)))
    b.canvas.fill(
        pen.smooth([(-0.02, -0.05), (0.04, 0.02), (-0.03, 0.08), (0.01, 0.13), (0.0, 0.04)], 0.8), b.ink(_LABEL)
    )
    for y, w in ((-0.17, 0.22), (-0.25, 0.15)):
        b.canvas.fill(pen.box(-w, y, w, y + 0.03), b.ink((0.40, 0.36, 0.38)))


_DARK: RGB = (0.20, 0.21, 0.27)
_STEEL: RGB = (0.44, 0.47, 0.54)
_EYE: RGB = (0.36, 0.86, 1.0)


def _between(a: XY, b: XY, u: float) -> XY:
    return a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u


def robot(b: Brush) -> None:
    """Facing us. ``part`` from 0 to 1: a step of each foot; below 0 it kneels, at -1 on one knee; from there to -2 its
    hand, held out, opens."""
    kneel, opened = min(1.0, max(0.0, -b.part)), min(1.0, max(0.0, -b.part - 1.0))
    down = 0.19 * kneel
    lift = [0.0 if b.part <= 0 else 0.075 * max(0.0, sign * math.sin(math.tau * b.part)) for sign in (1.0, -1.0)]
    sway = 0.0 if b.part <= 0 else 0.02 * math.sin(math.tau * b.part)
    hips = ((-0.15 + sway, -0.10 - down), (0.15 + sway, -0.10 - down))
    knees = (
        _between((-0.20, -0.29 + lift[0]), (-0.21, -0.43), kneel),
        _between((0.20, -0.29 + lift[1]), (0.31, -0.22), kneel),
    )
    feet = (
        _between((-0.20, -0.465 + lift[0]), (-0.42, -0.465), kneel),
        _between((0.20, -0.465 + lift[1]), (0.27, -0.465), kneel),
    )
    for hip, knee, foot in zip(hips, knees, feet, strict=True):
        _limb(b, hip, knee, 0.085, 0.075)
        _limb(b, knee, foot, 0.085, 0.10)
        sole = pen.box(foot[0] - 0.13, foot[1] - 0.035, foot[0] + 0.13, foot[1] + 0.05, 0.03)
        b.solid(sole)
        _joint(b, knee, 0.06)
    shoulders = ((-0.36 + sway, 0.19 - down), (0.36 + sway, 0.19 - down))
    swing = 0.0 if b.part <= 0 else 0.04 * math.sin(math.tau * b.part)
    elbows = ((-0.43 + sway, 0.03 + swing - down), _between((0.43 + sway, 0.03 - swing), (0.46, -0.05 - down), kneel))
    hands = (
        (-0.41 + sway, -0.14 + swing - down),
        _between((0.41 + sway, -0.14 - swing), (0.27, -0.16 - down * 0.6), kneel),
    )
    _limb(b, shoulders[0], elbows[0], 0.075, 0.06)
    _limb(b, elbows[0], hands[0], 0.065, 0.085)
    _hand(b, hands[0], 0.0, 0.8)
    chest = pen.smooth(
        [
            (-0.36 + sway, 0.25 - down),
            (-0.28 + sway, -0.06 - down),
            (0.28 + sway, -0.06 - down),
            (0.36 + sway, 0.25 - down),
            (0.0 + sway, 0.29 - down),
        ],
        0.35,
    )
    belt = pen.box(-0.22 + sway, -0.16 - down, 0.22 + sway, -0.04 - down, 0.03)
    b.big.append(belt)
    b.canvas.fill(belt, b.ink(_DARK))
    b.solid(chest)
    b.lamp_side(chest)
    plate = pen.polygon(
        [(-0.20 + sway, 0.20 - down), (0.20 + sway, 0.20 - down), (0.13 + sway, 0.0 - down), (-0.13 + sway, 0.0 - down)]
    )
    b.canvas.fill(plate, b.ink(_STEEL))
    b.canvas.fill(pen.oval(sway, 0.11 - down, 0.055, 0.055 * b.aspect), _EYE, 0.95)
    b.canvas.glow(sway, 0.11 - down, 0.16, 0.16 * b.aspect, ((0, _EYE, 0.5), (1, _EYE, 0.0)))
    for x, y in shoulders:
        pad = pen.oval(x, y, 0.12, 0.085)
        b.solid(pad)
        b.lamp_side(pad, 0.8)
    nod = 0.03 * kneel
    head = pen.box(-0.135 + sway, 0.27 - down - nod, 0.135 + sway, 0.46 - down - nod, 0.05)
    for side in (-1, 1):
        mast = pen.capsule(side * 0.15 + sway, 0.36 - down - nod, side * 0.19 + sway, 0.49 - down - nod, 0.014, 0.010)
        b.big.append(mast)
        b.canvas.fill(mast, b.ink(_DARK))
    b.solid(head)
    b.lamp_side(head)
    b.canvas.fill(pen.box(-0.10 + sway, 0.345 - down - nod, 0.10 + sway, 0.405 - down - nod, 0.02), b.ink(_DARK))
    for side in (-1, 1):
        b.canvas.fill(pen.oval(side * 0.05 + sway, 0.375 - down - nod, 0.024, 0.016), _EYE)
    b.canvas.fill(pen.box(-0.06 + sway, 0.295 - down - nod, 0.06 + sway, 0.315 - down - nod, 0.008), b.ink(_DARK))
    _limb(b, shoulders[1], elbows[1], 0.075, 0.06)
    _limb(b, elbows[1], hands[1], 0.065, 0.085)
    _hand(b, hands[1], opened, 0.8 + 0.8 * kneel)


def _limb(b: Brush, a: XY, c: XY, ra: float, rc: float) -> None:
    path = pen.capsule(*a, *c, ra * 0.72, rc * 0.72)
    b.solid(path)
    b.lamp_side(path, 0.7)


def _joint(b: Brush, at: XY, r: float) -> None:
    b.canvas.fill(pen.oval(*at, r * 0.8, 0.8 * r * b.aspect), b.ink(_DARK))
    b.canvas.fill(pen.oval(*at, r * 0.45, 0.45 * r * b.aspect), b.ink(_STEEL))


def _hand(b: Brush, at: XY, opened: float, size: float) -> None:
    """A fist that opens to a palm held up, its four fingers and its thumb spread."""
    x, y = at
    r = 0.075 * size
    for k in range(4):
        angle = math.pi / 2 + (1.5 - k) * (0.16 + 0.26 * opened)
        long = r * (0.55 + 1.35 * opened)
        tip = (x + (r * 0.6 + long) * math.cos(angle), y + (r * 0.6 + long) * math.sin(angle) * b.aspect)
        root = (x + r * 0.55 * math.cos(angle), y + r * 0.55 * math.sin(angle) * b.aspect)
        finger = pen.capsule(*root, *tip, 0.26 * r, 0.22 * r)
        b.big.append(finger)
        b.canvas.fill(finger, b.edge)
        b.canvas.fill(finger, b.ink(_STEEL), 1.0, (0.985, 0, 0.015 * x, 0, 0.985, 0.015 * y))
    thumb = pen.capsule(
        x - 0.5 * r, y, x - r * (0.9 + 0.8 * opened), y + r * (0.3 + 0.3 * opened) * b.aspect, 0.30 * r, 0.24 * r
    )
    palm = pen.oval(x, y, r, r * b.aspect)
    for path in (thumb, palm):
        b.big.append(path)
        b.canvas.fill(path, b.edge)
        b.canvas.fill(path, b.ink(_STEEL), 1.0, (0.975, 0, 0.025 * x, 0, 0.975, 0.025 * y))
    if opened > 0:
        b.canvas.fill(pen.oval(x, y, 0.6 * r, 0.6 * r * b.aspect), light.lighter(b.ink(_STEEL), 0.35), opened)


def dripper(b: Brush) -> None:
    """A filter cone with its paper, on a glass cup that the coffee drips into."""
    cup = pen.smooth([(-0.40, -0.10), (-0.38, -0.42), (-0.30, -0.5), (0.30, -0.5), (0.38, -0.42), (0.40, -0.10)], 0.3)
    handle = pen.capsule(0.38, -0.18, 0.49, -0.26, 0.035, 0.035)
    cone = pen.polygon([(-0.46, 0.44), (0.46, 0.44), (0.13, 0.02), (-0.13, 0.02)])
    paper = pen.polygon([(-0.43, 0.5), (0.43, 0.5), (0.40, 0.40), (-0.40, 0.40)])
    foot = pen.box(-0.40, -0.05, 0.40, 0.03, 0.02)
    b.big += [cup, handle, cone, paper, foot]
    b.canvas.fill(handle, b.shade)
    b.canvas.fill(pen.capsule(0.46, -0.28, 0.36, -0.40, 0.03, 0.03), b.shade)
    b.canvas.fill(cup, b.ink((0.82, 0.88, 0.90)))
    b.canvas.fill(
        pen.smooth(
            [(-0.375, -0.28), (-0.37, -0.42), (-0.29, -0.485), (0.29, -0.485), (0.37, -0.42), (0.375, -0.28)], 0.3
        ),
        b.ink((0.30, 0.18, 0.11)),
    )
    b.canvas.fill(pen.capsule(0.0, 0.0, 0.0, -0.28, 0.018, 0.014), b.ink((0.34, 0.21, 0.13)))
    b.canvas.fill(paper, b.ink((0.80, 0.66, 0.48)))
    b.solid(cone)
    b.lamp_side(cone)
    for k in (-0.24, 0.0, 0.24):
        b.canvas.fill(
            pen.polygon(
                [(1.25 * k - 0.012, 0.40), (1.25 * k + 0.012, 0.40), (0.34 * k + 0.006, 0.05), (0.34 * k - 0.006, 0.05)]
            ),
            b.shade,
            0.7,
        )
    b.solid(foot)
    b.canvas.fill(pen.box(-0.33, -0.40, -0.28, -0.14, 0.02), (1.0, 1.0, 1.0), 0.5)


PIECES = {
    "dripper": dripper,
    "sports-car": sports_car,
    "train": train,
    "ruined-castle": ruined_castle,
    "dropper": dropper,
    "serum-bottle": serum_bottle,
    "pouch": pouch,
    "robot": robot,
}
