"""Weather out of doors: rain in three depths with splashes, drifting snow, veils of fog, leaves on the wind."""

from __future__ import annotations

import math

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.light import mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import Camera


def add(s: Setting) -> None:
    """Adds what the shot's weather brings."""
    {"rain": rain, "snow": snow, "fog": fog, "wind": wind}.get(s.shot.weather, lambda _: None)(s)


def _slide(camera: Camera, first: Camera, share: float) -> tuple[float, float]:
    """How far things in the air move in the picture, in heights, when the camera turns or moves: nearer ones more."""
    turn = camera.focal * math.tan(camera.yaw) - first.focal * math.tan(first.yaw)
    lift = camera.focal * math.tan(camera.pitch) - first.focal * math.tan(first.pitch)
    x, y = camera.position[0] - first.position[0], camera.position[1] - first.position[1]
    return -turn - share * x, lift + share * y


def rain(s: Setting) -> None:
    """Slanted strokes; rings where they land; wet shine on the floor."""
    rng = np.random.default_rng(s.shot.seed + 5)
    aspect, first, slant = s.aspect, s.first, 0.10 + 0.03 * s.shot.wind
    colour = light.lighter(s.hour.sky_low, 0.45)
    depths = []
    storm, plain = "storm" in s.shot.lights, not s.shot.lights
    more, broad, dense = (1.0, 1.0, 0.0) if plain else (1.9, 1.9, 0.20) if storm else (1.3, 1.7, 0.14)
    slant += 0.16 if storm else 0.0
    for count, length, width, speed, alpha, share in (
        (44, 0.050, 0.0024, 1.5, 0.42, 0.12),
        (28, 0.080, 0.0034, 2.2, 0.46, 0.3),
        (10, 0.13, 0.0046, 3.2, 0.40, 0.7),
    ):
        n = int(count * more * max(0.6, aspect / 1.78))
        depths.append(
            (rng.random((n, 2)), length * (1.4 if storm else 1.0), width * broad, speed, alpha + dense, share)
        )
    for k in range(6):
        d = 2.6 + 1.9 * k
        left, right = s.span(d)
        x, z = float(rng.uniform(left, right)), s.camera_z + d * s.gear
        s.scenery.floor.add(
            pen.oval(x, z, 0.22 * d, 0.07 * d * s.gear), mix(s.floor_colour(s.near, d), s.hour.sky_low, 0.6), 0.65
        )
    drops = rng.random((26, 3))

    def strokes(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        for seeds, length, w, speed, alpha, share in depths:
            dx, dy = _slide(camera, first, share)
            span = aspect + 0.4
            y = (seeds[:, 1] * 1.3 + speed * time + dy) % 1.3 - 0.15
            x = (seeds[:, 0] * span + dx - slant * y) % span - 0.2
            p = np.empty((len(x), 4, 2))
            p[:, 0, 0], p[:, 0, 1] = x, y
            p[:, 1, 0], p[:, 1, 1] = x + w, y
            p[:, 2, 0], p[:, 2, 1] = x + w - slant * length, y + length
            p[:, 3, 0], p[:, 3, 1] = x - slant * length, y + length
            canvas.fill(pen.many(p * height), colour, alpha)

    def splashes(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        life = (time / 0.36 + drops[:, 2]) % 1.0
        turn = np.floor(time / 0.36 + drops[:, 2])
        d = 2.2 + 7.0 * ((drops[:, 1] + 0.618 * turn) % 1.0)
        x = ((drops[:, 0] + 0.377 * turn) % 1.0 - 0.5) * (aspect + 0.3) * d / 1.5
        scale = camera.focal * height / np.maximum(first.position[2] + d * s.gear - camera.position[2], 0.4)
        px = (
            (first.position[0] + x - camera.position[0]) * scale
            + width / 2
            - height * camera.focal * math.tan(camera.yaw)
        )
        py = camera.position[1] * scale + height / 2 + height * camera.focal * math.tan(camera.pitch)
        r = (0.02 + 0.10 * life) * scale * s.gear
        fresh = life < 0.6
        if fresh.any():
            canvas.fill(pen.many_ovals(np.stack([px, py], 1)[fresh], np.stack([r, 0.3 * r], 1)[fresh]), colour, 0.30)

    s.live(splashes)
    s.live(strokes, front=True)


def snow(s: Setting) -> None:
    """Flakes in three depths, swaying; white patches on the floor."""
    rng = np.random.default_rng(s.shot.seed + 6)
    aspect, first, gust = s.aspect, s.first, 0.02 * s.shot.wind
    colour = mix((0.98, 0.99, 1.0), s.hour.sky_low, 0.10 if s.hour.name != "night" else 0.25)
    depths = []
    for count, size, speed, alpha, share in (
        (46, 0.0042, 0.13, 0.85, 0.12),
        (26, 0.0068, 0.20, 0.92, 0.3),
        (10, 0.0115, 0.30, 0.90, 0.7),
    ):
        n = int(count * max(0.6, aspect / 1.78))
        depths.append((rng.random((n, 3)), size, speed, alpha, share))
    if s.shot.place != "snow":
        s.patches([rgb("#F4F8FD")], 16, 2.2, 18.0, 1.2, 0.75)

    def flakes(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        for seeds, size, speed, alpha, share in depths:
            dx, dy = _slide(camera, first, share)
            span = aspect + 0.3
            y = (seeds[:, 1] * 1.2 + speed * time * (0.8 + 0.4 * seeds[:, 2]) + dy) % 1.2 - 0.1
            x = (seeds[:, 0] * span + dx + gust * time + 0.018 * np.sin(1.9 * time + seeds[:, 2] * 20)) % span - 0.15
            r = size * (0.75 + 0.5 * seeds[:, 2])
            canvas.fill(pen.many_ovals(np.stack([x, y], 1) * height, np.stack([r, r], 1) * height), colour, alpha)

    s.live(flakes, front=True)


def fog(s: Setting) -> None:
    """Veils standing between the layers, and two that wander."""
    air = s.hour.air
    for far, top, alpha in ((48, 9.0, 0.75), (26, 4.2, 0.62), (14, 2.2, 0.50)):
        layer = s.layer(far - 0.5)
        left, right = s.span(far)
        layer.veil(left, right, -1.0, top, light.lighter(air, 0.08), 0.62 * alpha if s.shot.lights else alpha)
    first = s.first

    def drifting(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        dx, _ = _slide(camera, first, 0.2)
        horizon = height / 2 + height * camera.focal * math.tan(camera.pitch)
        for k, (y, size, speed) in enumerate(((0.05, 0.9, 0.035), (0.20, 0.7, -0.05))):
            x = ((0.3 + 0.5 * k + speed * time + dx) % (s.aspect + 1.2) - 0.6) * height
            canvas.glow(
                x, horizon + y * height, size * height, 0.10 * height, ((0, air, 0.42), (0.5, air, 0.22), (1, air, 0.0))
            )

    s.live(drifting)


def wind(s: Setting) -> None:
    """A few leaves (sand out in the desert, flakes in snow) carried along."""
    rng = np.random.default_rng(s.shot.seed + 7)
    tones = {"desert": "#D9A15E", "snow": "#FFFFFF", "beach": "#F3DFB0", "city": "#D98B4A"}.get(s.shot.place, "#D9A441")
    colour = s.hour.grade(rgb(tones))
    seeds = rng.random((9, 4))
    speed, aspect, first = 0.10 + 0.07 * max(2.0, abs(s.shot.wind)), s.aspect, s.first
    way = -1.0 if s.shot.wind < 0 else 1.0

    def leaves(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        dx, _ = _slide(camera, first, 0.3)
        span = aspect + 0.4
        t = time * speed * (0.7 + 0.6 * seeds[:, 3])
        x = (seeds[:, 0] * span + way * t + dx) % span - 0.2
        y = 0.25 + 0.6 * seeds[:, 1] + 0.05 * np.sin(3.1 * time + 9 * seeds[:, 2])
        a = 4 * time * (seeds[:, 2] - 0.3) + 6 * seeds[:, 2]
        r = 0.010 + 0.006 * seeds[:, 3]
        u, v = (
            np.stack([np.cos(a), np.sin(a)], 1) * r[:, None],
            np.stack([-np.sin(a), np.cos(a)], 1)
            * (0.5 * r * np.abs(np.cos(2.3 * time + 5 * seeds[:, 1])) + 0.002)[:, None],
        )
        c = np.stack([x, y], 1)
        canvas.fill(pen.many(np.stack([c - u, c + v, c + u, c - v], 1) * height), colour, 0.95)

    s.live(leaves, front=True)
