"""Light that stands in the picture: pools of neon, cones of spotlights, a candle's ring, flames, smoke, lightning, a
sweep, darkness at the edges."""

from __future__ import annotations

import math

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.camera import project
from phonofilm.theatre.light import COLOURED, RGB, mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import matrix_at
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import Camera, Shot

BOLT_EVERY, BOLT_LASTS = 1.9, 0.30
"""Seconds; well under three flashes a second, and never of the whole picture."""


def add(s: Setting) -> None:
    """Adds what the shot's lights bring."""
    asked = set(s.shot.lights)
    night = s.hour.name == "night"
    if "neon" in asked:
        _pools(s, *COLOURED["neon"], 0.52, "flicker" in asked)
    if "candle" in asked:
        _ring(s, *COLOURED["candle"])
    if "moon" in asked and s.indoors:
        _shaft(s, rgb("#BFD4FF"), 0.22)
    if "golden" in asked:
        _spill(s)
        if s.indoors:
            _shaft(s, rgb("#FFD79A"), 0.40)
    if "tungsten" in asked:
        _ring(s, rgb("#FFD9A0"), rgb("#FFC071"), 0.5)
    if "fire" in asked and not s.indoors:
        _flames(s)
    if "storm" in asked and not s.indoors:
        _bolts(s)
    if "smoke" in asked or "fire" in asked:
        _smoke(s)
    if "spot" in asked:
        _cones(s)
    if "sweep" in asked:
        _sweep(s)
    strength = (
        0.62
        if asked & {"candle", "dark"}
        else (
            0.50
            if "spot" in asked
            else 0.44
            if "neon" in asked or "storm" in asked
            else 0.40
            if night and s.indoors
            else 0.0
        )
    )
    if strength:
        _edges(s, strength)


def _subject(shot: Shot, camera: Camera, time: float, width: int, height: int) -> tuple[float, float, float, float]:
    """Pixels of the middle of whom the shot is about, of the floor under it, and its height."""
    if not shot.actors:
        return width / 2, 0.5 * height, 0.9 * height, 0.4 * height
    actor = shot.actors[0]
    x, y, z = actor.at(time).position
    u, v, scale = project(camera, (x, y, z))
    _, floor, _ = project(camera, (x, 0.0, z))
    tall = (actor.look.height if actor.look is not None else actor.size[1]) * scale * height
    middle = height / 2 - v * height - (0.5 * tall if actor.look is not None else 0.0)
    return width / 2 + u * height, middle, height / 2 - floor * height, tall


def _pools(s: Setting, left: RGB, right: RGB, strength: float, flickers: bool) -> None:
    """One hue from either side: on what stands behind, on the floor, and a breath of it on everybody."""

    def shine(time: float, phase: float) -> float:
        if not flickers:
            return 1.0
        wave = math.sin(5.1 * time + phase) + 0.7 * math.sin(8.3 * time + 2 * phase)
        return 0.62 + 0.38 * max(-1.0, min(1.0, 1.6 * wave))

    def behind(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        horizon = height / 2 + height * camera.focal * math.tan(camera.pitch)
        for side, colour, phase in ((0.10, left, 0.4), (0.90, right, 2.9)):
            k = strength * shine(time, phase)
            canvas.glow(
                side * width,
                horizon - 0.22 * height,
                0.62 * height,
                0.55 * height,
                ((0, colour, k), (0.5, colour, 0.45 * k), (1, colour, 0.0)),
            )
            canvas.glow(
                (0.2 + 0.6 * side) * width,
                horizon + 0.32 * height,
                0.75 * height,
                0.14 * height,
                ((0, colour, 0.7 * k), (1, colour, 0.0)),
            )

    def before(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        for x, colour, phase in ((0.0, left, 0.4), (width, right, 2.9)):
            k = 0.30 * shine(time, phase)
            canvas.glow(
                x,
                0.45 * height,
                0.85 * height,
                0.9 * height,
                ((0, colour, k), (0.6, colour, 0.35 * k), (1, colour, 0.0)),
            )

    s.live(behind)
    s.live(before, front=True)


def _ring(s: Setting, near: RGB, far: RGB, strength: float = 0.75) -> None:
    """A flame's or a lamp's light round whom the shot is about."""

    def glow(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        x, y, floor, tall = _subject(s.shot, camera, time, width, height)
        breath = 1 + 0.05 * math.sin(7.3 * time) + 0.04 * math.sin(12.1 * time + 1)
        r = max(0.42 * height, 0.9 * tall) * breath
        canvas.glow(x, y, r, r, ((0, near, 0.55 * strength), (0.45, far, 0.28 * strength), (1, far, 0.0)))
        canvas.glow(x, floor, 1.1 * r, 0.25 * r, ((0, near, 0.5 * strength), (1, far, 0.0)))

    s.live(glow)


def _shaft(s: Setting, colour: RGB, strength: float) -> None:
    """Light that falls in through a window, from the light's side."""
    side = s.hour.side

    def beams(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        x0 = width * (0.5 + 0.34 * side)
        for k in (0.0, 0.20):
            a, b = x0 - side * k * height, x0 - side * (k + 0.15) * height
            low, slant = 1.02 * height, 0.55 * side * height
            canvas.fade(
                pen.polygon([(a, 0), (b, 0), (b - slant, low), (a - slant, low)]),
                (0, 0, 0, low),
                ((0, colour, strength), (0.7, colour, 0.5 * strength), (1, colour, 0.1)),
            )

    s.live(beams)


def _spill(s: Setting) -> None:
    """A low sun's warmth over its side of the picture."""
    colour, side = rgb("#FFC26B"), s.hour.side

    def spill(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        canvas.glow(
            width * (0.5 + 0.5 * side),
            0.34 * height,
            1.1 * height,
            0.8 * height,
            ((0, colour, 0.42), (0.5, colour, 0.16), (1, colour, 0.0)),
        )

    s.live(spill, front=True)


def _flames(s: Setting) -> None:
    """Fires behind the cast, their light on the sky, and embers."""
    rng = np.random.default_rng(s.shot.seed + 31)
    z = s.depth(12.5)
    half = 0.5 * s.aspect * 12.5 / 1.5
    places = [
        (
            s.first.position[0] + half * x + 0.3 * float(rng.uniform(-1, 1)),
            float(rng.uniform(1.6, 3.0)),
            float(rng.uniform(0, 6)),
        )
        for x in (-0.92, -0.58, 0.52, 0.86)
    ]
    seeds = rng.random((22, 4))
    hues = (rgb("#E8531E"), rgb("#FF8F2B"), rgb("#FFD45C"))

    def burn(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        m = matrix_at(camera, z, width, height)
        canvas.group(m)
        for x, tall, phase in places:
            canvas.glow(
                x, 0.6 * tall, 1.5 * tall, 1.4 * tall, ((0, hues[1], 0.55), (0.5, hues[0], 0.24), (1, hues[0], 0.0))
            )
            for n, hue in enumerate(hues):
                h, w = tall * (1.0 - 0.27 * n), 0.36 * tall * (1.0 - 0.24 * n)
                lean, up = (
                    0.10 * h * math.sin(6.1 * time + phase + n),
                    h * (1 + 0.10 * math.sin(8.7 * time + 2 * phase + n)),
                )
                canvas.fill(
                    pen.smooth(
                        [
                            (x - w, -0.05),
                            (x - 0.8 * w, 0.35 * h),
                            (x - 0.28 * w + 0.5 * lean, 0.5 * h),
                            (x + lean, up),
                            (x + 0.35 * w + 0.4 * lean, 0.46 * h),
                            (x + 0.85 * w, 0.3 * h),
                            (x + w, -0.05),
                        ],
                        0.8,
                    ),
                    hue,
                )
        canvas.leave()
        life = (0.35 * time * (0.6 + 0.8 * seeds[:, 1]) + seeds[:, 0]) % 1.0
        at = np.stack(
            [(seeds[:, 2] + 0.03 * np.sin(3 * time + 9 * seeds[:, 3])) * width, (0.85 - 0.85 * life) * height], 1
        )
        r = np.full((len(at), 2), 0.0042 * height)
        canvas.fill(pen.many_ovals(at, r), hues[2], 0.85)

    s.live(burn)


def _bolts(s: Setting) -> None:
    """Now and then lightning stands in the sky."""
    seed = s.shot.seed % 97

    def bolt(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        number, since = divmod(time + 1.5, BOLT_EVERY)
        if since > BOLT_LASTS:
            return
        rng = np.random.default_rng(seed * 1000 + int(number))
        horizon = height / 2 + height * camera.focal * math.tan(camera.pitch)
        x, alpha = (
            width * float(rng.choice((rng.uniform(0.08, 0.3), rng.uniform(0.7, 0.92)))),
            1 - 0.7 * since / BOLT_LASTS,
        )
        points = [(x, -0.02 * height)]
        for k in range(1, 7):
            points.append((points[-1][0] + float(rng.uniform(-0.055, 0.055)) * height, horizon * 0.96 * k / 6))
        canvas.glow(
            x,
            0.1 * height,
            0.55 * height,
            0.5 * height,
            ((0, (0.86, 0.90, 1.0), 0.40 * alpha), (1, (0.86, 0.90, 1.0), 0.0)),
        )
        for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
            canvas.fill(pen.capsule(ax, ay, bx, by, 0.0055 * height, 0.0045 * height), (0.97, 0.98, 1.0), alpha)

    s.live(bolt)


def _smoke(s: Setting) -> None:
    """Drifting veils; over small things on a table steam that rises."""
    pale = mix(s.hour.grade((0.86, 0.85, 0.84)), s.hour.sky_low, 0.25)

    def veils(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        for k in range(4):
            x = ((0.27 * k + 0.025 * time * (1 if k % 2 else -1)) % 1.3 - 0.15) * width
            y = (0.46 + 0.13 * math.sin(1.9 * k)) * height
            canvas.glow(x, y, 0.55 * height, 0.16 * height, ((0, pale, 0.30), (0.5, pale, 0.16), (1, pale, 0.0)))

    def steam(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        x, y, _, tall = _subject(s.shot, camera, time, width, height)
        for k in range(9):
            life = (0.32 * time + k * 0.618) % 1.0
            r = (0.05 + 0.10 * life) * height
            px = x + (0.22 * math.sin(2.4 * k) * tall + 0.05 * height * math.sin(2.2 * time + k)) * (0.6 + 0.6 * life)
            canvas.glow(
                px,
                y - 0.35 * tall - life * 0.42 * height,
                r,
                1.25 * r,
                ((0, (1.0, 1.0, 1.0), 0.40 * math.sin(math.pi * life)), (1, (1.0, 1.0, 1.0), 0.0)),
            )

    s.live(steam if s.shot.table else veils, front=True)


def _cones(s: Setting) -> None:
    """Two cones of light on whom the shot is about, and the pool where they meet."""
    warm = (1.0, 0.97, 0.86)

    def cones(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        x, _, floor, tall = _subject(s.shot, camera, time, width, height)
        foot = min(1.05 * height, floor)
        wide = max(0.16 * height, 0.34 * tall)
        for side in (-1, 1):
            top = x + side * 0.42 * height
            canvas.fade(
                pen.polygon(
                    [
                        (top - 0.02 * height, -0.02 * height),
                        (top + 0.02 * height, -0.02 * height),
                        (x + wide, foot),
                        (x - wide, foot),
                    ]
                ),
                (0, 0, 0, foot),
                ((0, warm, 0.42), (1, warm, 0.10)),
            )
        canvas.glow(x, foot, 1.35 * wide, 0.30 * wide, ((0, warm, 0.60), (0.6, warm, 0.34), (1, warm, 0.0)))

    s.live(cones)


def _sweep(s: Setting) -> None:
    """A band of light that wanders over the picture from left to right within the shot."""
    start, end = s.shot.start, s.shot.end

    def sweep(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        done = (time - start) / max(0.1, end - start)
        x = width * (0.12 + 0.76 * done)
        canvas.glow(
            x,
            0.42 * height,
            0.20 * height,
            0.75 * height,
            ((0, (1.0, 0.98, 0.92), 0.55), (0.4, (1.0, 0.98, 0.92), 0.24), (1, (1.0, 0.98, 0.92), 0.0)),
        )

    s.live(sweep, front=True)


def _edges(s: Setting, strength: float) -> None:
    """Darkness at the picture's edges, away from the middle."""
    dark = light.darker(mix(s.hour.sky_top, (0.02, 0.02, 0.06), 0.75), 0.3)

    def fades(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        w, h = 0.34 * width, 0.34 * height
        for path, ends in (
            (pen.box(-1, -1, w, height + 1), (0, 0, w, 0)),
            (pen.box(width - w, -1, width + 1, height + 1), (width, 0, width - w, 0)),
            (pen.box(-1, -1, width + 1, h), (0, 0, 0, h)),
            (pen.box(-1, height - 0.6 * h, width + 1, height + 1), (0, height, 0, height - 0.6 * h)),
        ):
            canvas.fade(path, ends, ((0, dark, strength), (1, dark, 0.0)))

    s.live(fades, front=True)
