"""More places out of doors: a shop front, a rooftop, a stadium, mountains, a pool, a platform."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.light import mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import matrix_at
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import RGB, Actor, Camera, Shot

EDGE = 13.0
"""How far away the parapet of a rooftop is, as a lens of 1.5 sees it."""


def _plain(path: Path, colour: RGB, alpha: float, canvas: Canvas) -> None:
    canvas.fill(path, colour, alpha)


def _towers(s: Setting, far: float, colour: str, tall: float, base: float = 0.0) -> None:
    """A row of high houses, lit by night; ``base`` is the height of the street they stand on, seen over a parapet where
    it lies below."""
    layer = s.layer(far)
    foot = base if base >= 0 else max(base, s.first.position[1] * (1 - far / EDGE))
    left, right = s.span(far)
    x = left
    while x < right:
        w, h = s.rng.uniform(4.0, 8.0) * far / 64, max(foot + 0.1, base + tall * s.rng.uniform(0.45, 1.0))
        layer.slope(pen.box(x, foot, x + w, h), rgb(colour), mix(rgb(colour), rgb("#D8DEE6"), 0.4), h, base)
        if s.hour.dark and h > foot + 1.0:
            for _ in range(8):
                a, b = x + w * s.rng.uniform(0.1, 0.8), foot + (h - foot) * s.rng.uniform(0.1, 0.92)
                layer.lit(pen.box(a, b, a + 0.10 * w, b + 0.05 * tall), (0.98, 0.80, 0.50), 0.85)
        x += w * s.rng.uniform(0.95, 1.25)


def _depth(s: Setting, far: float) -> float:
    return s.camera_z + far * s.gear


def shop(s: Setting) -> None:
    """A street at a shop front with its window, awning and crates of fruit; paper lanterns by night."""
    s.sky(2)
    _towers(s, 44, "#8AA0BE", 15.0)
    row = s.layer(13)
    left, right = s.span(13)
    centre, half = s.first.position[0], 0.5 * s.aspect * 13 / 1.5
    wall, dark = s.stand_off(rgb(s.rng.choice(("#C98A6A", "#8FAFA3", "#D6B27C"))), 28), s.hour.dark
    row.slope(pen.box(left - 1, -0.2, right + 1, 14), wall, light.lighter(wall, 0.15), 7, 0)
    for k in (-1, 0, 1):
        x, w = centre + k * 1.06 * half, 0.46 * half
        row.flat(pen.box(x - w, 0.3, x + w, 2.7), rgb("#F1E7D8"))
        glass = pen.box(x - w + 0.12, 0.42, x + w - 0.12, 2.58)
        if dark:
            row.lit(glass, (1.0, 0.84, 0.56))
            row.glow(x, 1.4, 3.0, (1.0, 0.80, 0.48), 0.4)
        else:
            row.flat(glass, rgb("#A9C8D4"))
        for n, colour in enumerate(("#D9574E", "#E0A340", "#5873B0", "#7FA36B")):
            a = x - w + 0.4 + n * (2 * w - 0.8) / 4
            row.paper(
                pen.box(a, 0.5, a + 0.28 * w, s.rng.uniform(0.8, 1.5), 0.06), s.stand_off(rgb(colour), 20), shadow=0
            )
        stripe = rgb(s.rng.choice(("#D9574E", "#3F8F8A", "#5873B0")))
        for n in range(8):
            a, b = x - w - 0.2 + n * (2 * w + 0.4) / 8, x - w - 0.2 + (n + 1) * (2 * w + 0.4) / 8
            row.paper(
                pen.polygon([(a, 3.5), (b, 3.5), (b + 0.04, 2.7), (a - 0.04, 2.7)]),
                s.stand_off(stripe, 22) if n % 2 else rgb("#FBF3E4"),
                shadow=0,
            )
        row.paper(pen.box(x - w, 3.7, x + w, 4.5), light.darker(wall, 0.35))
        row.flat(pen.box(x - 0.6 * w, 4.0, x + 0.6 * w, 4.2), rgb("#FBF3E4"), 0.8)
    crates = s.layer(11.6)
    for k in (-0.86, -0.52, 0.5, 0.84):
        x = centre + k * 0.5 * s.aspect * 11.6 / 1.5
        crates.paper(pen.box(x - 0.55, 0.0, x + 0.55, 0.62), rgb("#A87850"))
        colour = rgb(s.rng.choice(("#E8843C", "#D9574E", "#8DB04F", "#E9C04A")))
        for n in range(5):
            crates.paper(pen.oval(x - 0.42 + 0.21 * n, 0.68, 0.14, 0.14), colour, shadow=0)
    hanging = s.layer(11.0)
    for n in range(7):
        x = centre + (n - 3) * 0.32 * 0.5 * s.aspect * 11.0 / 1.5
        y = 3.15 - 0.25 * math.cos((n - 3) * 0.5)
        if dark:
            hanging.glow(x, y, 0.9, (1.0, 0.62, 0.36), 0.6)
            hanging.lit(pen.oval(x, y, 0.2, 0.25), (1.0, 0.52, 0.34))
        else:
            hanging.paper(pen.oval(x, y, 0.2, 0.25), rgb("#D9574E"), shadow=0)
    s.ground(rgb("#CFC3B5"), rgb("#C2B6AA"), rgb("#B0A79F"))
    line = light.darker(s.floor_colour(s.near), 0.16)
    for d in (3.2, 4.6, 6.6, 9.0):
        s.scenery.floor.add(pen.box(-260, _depth(s, d), 260, _depth(s, d) + 0.03 * s.gear), line, 0.6)


def rooftop(s: Setting) -> None:
    """Above the city: towers below the sky, a parapet, a water tank, a string of lights."""
    s.sky(3)
    for far, colour, tall, base in (
        (70, "#9DB4CC", 22.0, -6.0),
        (46, "#7F95B5", 13.0, -6.0),
        (26, "#6C7F9E", 9.0, -6.0),
    ):
        _towers(s, far, colour, tall, base)
    far = EDGE
    centre, half = s.first.position[0], 0.5 * s.aspect * far / 1.5
    wall = s.layer(far)
    left, right = s.span(far)
    brick = s.stand_off(rgb("#A87766"), 26)
    wall.paper(pen.box(left - 1, -0.3, right + 1, 0.85), brick)
    wall.paper(pen.box(left - 1, 0.8, right + 1, 0.98), light.lighter(brick, 0.3))
    side = s.rng.choice((-1, 1))
    x = centre + side * 0.74 * half
    for k in (-0.8, 0.7):
        wall.paper(pen.box(x + k, 0.5, x + k + 0.12, 2.0), rgb("#5B4A45"), shadow=0)
    wall.paper(pen.box(x - 1.1, 1.9, x + 1.1, 3.8, 0.1), rgb("#8A6548"))
    wall.paper(pen.polygon([(x - 1.3, 3.75), (x + 1.3, 3.75), (x, 4.7)]), rgb("#6B5347"))
    x = centre - side * 0.72 * half
    wall.paper(pen.box(x - 1.0, -0.1, x + 1.0, 1.3), rgb("#AEB4BB"))
    wall.flat(pen.oval(x, 0.65, 0.45, 0.45), rgb("#6E7480"))
    lights = s.layer(11.0)
    wide = 0.5 * s.aspect * 11.0 / 1.5
    for n in range(15):
        u = n / 14 * 2 - 1
        px, py = centre + u * wide, 2.75 + 0.75 * (u * u) + 0.12 * math.cos(9 * u)
        if s.hour.dark:
            lights.glow(px, py, 0.42, (1.0, 0.82, 0.50), 0.7)
        lights.lit(pen.oval(px, py, 0.075, 0.09), (1.0, 0.90, 0.62) if s.hour.dark else (0.97, 0.93, 0.82))
    s.ground(rgb("#B3A59C"), rgb("#A79A93"), rgb("#968B88"))
    line = light.darker(s.floor_colour(s.near), 0.2)
    for k in range(-10, 11):
        x = centre + 1.5 * k
        s.scenery.floor.add(
            pen.polygon(
                [
                    (x - 0.012, _depth(s, 0.5)),
                    (x + 0.012, _depth(s, 0.5)),
                    (x + 0.03, _depth(s, 12)),
                    (x - 0.03, _depth(s, 12)),
                ]
            ),
            line,
            0.5,
        )


def stadium(s: Setting) -> None:
    """Stands full of people, floodlights, a boarded field with its lines."""
    hour, rng = s.hour, s.rng
    stand = s.layer(34)
    left, right = s.span(34)
    stand.slope(pen.box(left - 2, -0.5, right + 2, 30), rgb("#2F3454"), rgb("#4A5078"), 14, 0)
    step = 1.15
    rows = range(8)
    for row in rows:
        y = 1.6 + row * step
        stand.flat(pen.box(left, y - 0.62, right, y - 0.5), rgb("#596089"), 0.9)
        count = int((right - left) / 0.72)
        for tone in ("#D98C6A", "#5F97A8", "#E3CB94", "#B7564F", "#EDE6DA"):
            spots = np.array(
                [
                    (left + 0.72 * k + rng.uniform(-0.15, 0.15), y + rng.uniform(-0.06, 0.06))
                    for k in range(count)
                    if rng.random() < 0.2
                ]
            )
            if len(spots):
                stand.flat(
                    pen.many_ovals(spots, np.full((len(spots), 2), 0.26)),
                    mix(rgb(tone), rgb("#2F3454"), 0.12 + 0.04 * row),
                    0.95,
                )
    board = s.layer(30)
    left, right = s.span(30)
    x, n = left, 0
    while x < right:
        board.paper(
            pen.box(x, -0.1, x + 5.0, 1.35),
            s.stand_off(rgb(("#D9574E", "#F1E7D8", "#3F6F9F", "#E0A340")[n % 4]), 20),
            shadow=0,
        )
        x, n = x + 5.0, n + 1
    for k in (-0.78, -0.26, 0.26, 0.78):
        x, y = s.first.position[0] + k * 0.5 * s.aspect * 30 / 1.5, 10.6
        board.glow(x, y, 7.0, (1.0, 0.98, 0.90), 0.5)
        for m in range(4):
            board.lit(pen.oval(x - 1.2 + 0.8 * m, y, 0.32, 0.32), (1.0, 0.99, 0.94))
    s.ground(rgb("#C98F56"), rgb("#BF8650"), rgb("#A87546"))
    white = s.floor_colour(rgb("#FBF3E4"))
    for d in (10.5, 21.0):
        s.scenery.floor.add(pen.box(-260, _depth(s, d), 260, _depth(s, d) + 0.12 * s.gear), white, 0.8)
    centre = s.first.position[0]
    s.scenery.floor.add(pen.oval(centre, s.subject_z + 0.4, 2.6, 1.5 * s.gear), white, 0.55)
    s.scenery.floor.add(pen.oval(centre, s.subject_z + 0.4, 2.5, 1.42 * s.gear), s.floor_colour(s.middle, 6.0))
    warm = (1.0, 0.97, 0.86)

    def pool(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        m = matrix_at(camera, s.subject_z, width, height)
        px, py = m[0] * s.subject_x + m[2], m[5]
        wide = max(1.5 * m[0], 0.4 * height)
        canvas.glow(px, py, wide, 0.22 * wide, ((0, warm, 0.36 if hour.dark else 0.2), (1, warm, 0.0)))
        for k in range(3):
            # Cameras flash in the stands.
            phase = (1.7 * time + 0.37 * k) % 1.0
            if phase < 0.12:
                at = math.floor(1.7 * time + 0.37 * k) * 0.618 + 0.29 * k
                canvas.glow(
                    width * (at % 1.0),
                    height * (0.18 + 0.24 * ((at * 7.3) % 1.0)),
                    0.03 * height,
                    0.03 * height,
                    ((0, warm, 0.9), (1, warm, 0.0)),
                )

    s.live(pool)


def mountain(s: Setting) -> None:
    """Snowy peaks, slopes of fir, a road with its rail."""
    s.sky(4)
    s.hills(70, 22.0, 2.0, rgb("#8296B4"), rgb("#C6D3E2"), 7.0, 0.55)
    peaks = s.last_ridge
    caps = s.layer(69.5)
    for (x0, y0), (x1, y1), (x2, y2) in zip(peaks, peaks[1:], peaks[2:], strict=False):
        if y1 > y0 and y1 > y2 and y1 > 8:
            k = 0.36
            caps.flat(
                pen.polygon(
                    [
                        (x1, y1),
                        (x1 + k * (x0 - x1), y1 + k * (y0 - y1)),
                        (x1 + 0.12 * (x0 - x1), y1 + 0.24 * (y0 - y1)),
                        (x1 + 0.04 * (x2 - x1), y1 - 0.42 * (y1 - y2) * 0.9),
                        (x1 + 0.2 * (x2 - x1), y1 + 0.2 * (y2 - y1)),
                        (x1 + k * (x2 - x1), y1 + k * (y2 - y1)),
                    ]
                ),
                rgb("#F6FAFF"),
            )
    s.hills(46, 10.0, 3.0, rgb("#6B8390"), rgb("#93A79B"), 4.0, 0.3)
    s.hills(28, 3.6, 3.4, rgb("#5F8A6A"), rgb("#88AE7C"))
    firs = s.layer(22)
    left, right = s.span(22)
    x = left
    while x < right:
        if s.rng.random() < 0.7:
            s.tree(
                firs,
                x,
                s.rng.uniform(2.2, 4.2),
                rgb(s.rng.choice(("#3F6F5C", "#4A7C64", "#35624F"))),
                rgb("#5E473C"),
                "fir",
            )
        x += s.rng.uniform(1.2, 3.4)
    rail = s.layer(12.6)
    left, right = s.span(12.6)
    for k in range(int((right - left) / 1.6) + 1):
        rail.paper(pen.box(left + 1.6 * k - 0.06, -0.05, left + 1.6 * k + 0.06, 0.52), rgb("#8D939E"), shadow=0)
    rail.paper(pen.box(left - 1, 0.34, right + 1, 0.56), rgb("#C9CED4"))
    s.ground(rgb("#8E8B92"), rgb("#85838C"), rgb("#93A786"))
    edge = s.floor_colour(rgb("#A9B48C"), 12)
    s.scenery.floor.add(pen.box(-260, _depth(s, 12.2), 260, _depth(s, 60)), edge)
    if s.shot.angle in ("aerial", "top"):
        _hairpin(s, edge)
        return
    white = s.floor_colour(rgb("#F3EEDC"), 8)
    s.scenery.floor.add(pen.box(-260, _depth(s, 11.2), 260, _depth(s, 11.45)), white, 0.85)
    for k in range(-14, 15):
        x = s.first.position[0] + k * 2.4
        s.scenery.floor.add(pen.box(x, _depth(s, 7.4), x + 1.3, _depth(s, 7.6)), white, 0.8)


def _driven(shot: Shot, actor: Actor) -> tuple[float, float, float, float, float] | None:
    """Of whatever drives round a bend: (z of the near lane, metres to the far one, x of the bend's middle, its side,
    its reach); None for who does not."""
    path = [actor.at(shot.start + (shot.end - shot.start) * k / 240).position for k in range(241)]
    near, far = min(one[2] for one in path), max(one[2] for one in path)
    if actor.look is not None or far - near < 2.0:
        return None
    side = math.copysign(1.0, path[100][0] - path[0][0])
    outermost = max(side * one[0] for one in path) * side
    middle = next(one[0] for one in path if one[2] < far - 1e-3)
    return near, far - near, min(middle * side, outermost * side - 0.5) * side, side, max(0.5, abs(outermost - middle))


def _laid(s: Setting, road: Callable[[float], Path], wide: float, line: float) -> None:
    floor = s.scenery.floor
    floor.add(road(wide * 0.62), light.lighter(s.floor_colour(rgb("#C9C2AE"), 8), 0.1))
    floor.add(road(wide * 0.5), s.floor_colour(rgb("#5E5F68"), 8))
    floor.add(road(line), s.floor_colour(rgb("#F3EEDC"), 8), 0.9)


def _hairpin(s: Setting, grass: RGB) -> None:
    """A road seen from above: it comes from the far left, turns round in a narrow bend at the right, and leaves at the
    near left."""
    floor, gear = s.scenery.floor, s.gear
    z, x = s.subject_z, s.subject_x
    floor.add(pen.box(-300, s.camera_z - 2, 300, _depth(s, 60)), grass)
    wide, far = 2.3 * gear, 8.5 * gear
    driven = next((path for actor in s.shot.actors if (path := _driven(s.shot, actor)) is not None), None)
    if driven is not None:  # the road that the car takes
        z, far, bend, side, round_by = driven
        wide = 0.44 * far

        def road(half: float) -> Path:
            middle, r, more = z + far / 2, far / 2, 0.55 * half
            outer = [
                (bend + side * (round_by + more) * math.cos(t), middle + (r + half) * math.sin(t))
                for t in np.linspace(-math.pi / 2, math.pi / 2, 17)
            ]
            inner = [
                (bend + side * max(0.0, round_by - more) * math.cos(t), middle + (r - half) * math.sin(t))
                for t in np.linspace(math.pi / 2, -math.pi / 2, 17)
            ]
            return pen.polygon(
                [
                    (-300 * side, z - half),
                    *outer,
                    (-300 * side, z + far + half),
                    (-300 * side, z + far - half),
                    *inner,
                    (-300 * side, z + half),
                ]
            )

        _laid(s, road, wide, 0.03 * far)
        return
    bend = x + 0.36 * s.aspect * (z + 0.5 * far - s.camera_z) / s.first.focal - 0.6 * far / gear

    def road(half: float) -> Path:
        a, b = z, z + far
        middle, r = (a + b) / 2, (b - a) / 2
        outer = [
            (bend + 1.15 * (r + half) * math.cos(t) / gear, middle + (r + half) * math.sin(t))
            for t in np.linspace(-math.pi / 2, math.pi / 2, 17)
        ]
        inner = [
            (bend + 1.15 * (r - half) * math.cos(t) / gear, middle + (r - half) * math.sin(t))
            for t in np.linspace(math.pi / 2, -math.pi / 2, 17)
        ]
        return pen.polygon([(-300, a - half), *outer, (-300, b + half), (-300, b - half), *inner, (-300, a + half)])

    _laid(s, road, wide, 0.055 * gear)
    for _ in range(16):
        px, pz, r = x + s.rng.uniform(-16, 16), z + gear * s.rng.uniform(1.6, 24.0), s.rng.uniform(0.3, 0.8)
        if not (abs(pz - z) < wide or abs(pz - z - far) < wide):
            floor.add(
                pen.oval(px, pz, r, 0.8 * r * gear),
                s.floor_colour(rgb(s.rng.choice(("#5F7F58", "#8B8F86", "#6E8C60"))), 10),
                0.9,
            )


def pool(s: Setting) -> None:
    """A terrace with a pool to the horizon: a glass house to one side, loungers, a palm, the sea."""
    s.sky(3)
    side = s.rng.choice((-1, 1))
    centre = s.first.position[0]
    floor = s.scenery.floor
    deep = s.stand_off(rgb("#2F86B7"), 30)
    for far, share in ((2000.0, 0.0), (60.0, 0.25), (36.0, 0.45)):
        floor.add(
            pen.box(-3 * far, _depth(s, 24), 3 * far, _depth(s, far)),
            mix(s.floor_colour(mix(deep, rgb("#6CC3C9"), share), min(far, 46.0)), s.hour.sky_low, 0.16),
        )
    s.ground(rgb("#E3D6C3"), rgb("#DCCDB8"), rgb("#6FB4C4"))
    water, rim = s.stand_off(rgb("#4FC0D0"), 30), s.floor_colour(rgb("#F7F0E4"), 12)
    a, b = _depth(s, 7.6), _depth(s, 23.5)
    floor.add(pen.box(-260, a - 0.35 * s.gear, 260, b + 0.6 * s.gear), rim)
    floor.add(pen.box(-260, a, 260, b), mix(s.floor_colour(water, 12), s.hour.sky_low, 0.12))
    shine = mix(s.floor_colour(rgb("#D6F4F4"), 12), s.hour.sun, 0.2)
    seeds = np.array([[s.rng.random() for _ in range(4)] for _ in range(42)])
    gear, first = s.gear, s.first

    def ripples(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        far = 8.2 + 14.5 * seeds[:, 1] ** 1.6
        scale = camera.focal * height / np.maximum(first.position[2] + far * gear - camera.position[2], 0.5)
        x = (
            first.position[0]
            + (seeds[:, 0] - 0.5) * s.aspect * far * 0.9
            + 0.25 * np.sin(0.8 * time + 9 * seeds[:, 2])
            - camera.position[0]
        )
        px = x * scale + width / 2 - height * camera.focal * math.tan(camera.yaw)
        py = camera.position[1] * scale + height / 2 + height * camera.focal * math.tan(camera.pitch)
        r = (0.25 + 0.5 * seeds[:, 3]) * scale * gear * (0.7 + 0.3 * np.sin(1.7 * time + 20 * seeds[:, 2]))
        canvas.fill(pen.many_ovals(np.stack([px, py], 1), np.stack([r, np.maximum(0.6, 0.05 * r)], 1)), shine, 0.6)

    s.live(ripples)
    house = s.layer(16, middle=True)
    half = 0.5 * s.aspect * 16 / 1.5
    x0, x1 = sorted((centre + side * 0.42 * half, centre + side * 1.5 * half))
    white = s.stand_off(rgb("#F4EFE6"), 24)
    house.paper(pen.box(x0, -0.1, x1, 3.0), white)
    house.paper(pen.box(x0 - 0.9, 2.9, x1 + 0.9, 3.35), light.lighter(white, 0.2))
    for k in range(3):
        g0 = x0 + 0.3 + k * (x1 - x0) / 3
        g1 = g0 + (x1 - x0) / 3 - 0.4
        if s.hour.dark:
            house.lit(pen.box(g0, 0.15, g1, 2.7), (1.0, 0.86, 0.58))
        else:
            house.flat(pen.box(g0, 0.15, g1, 2.7), rgb("#9FC3CF"))
            house.flat(
                pen.polygon([(g0 + 0.2, 0.15), (g0 + 0.6, 0.15), (g0 + 1.3, 2.7), (g0 + 0.9, 2.7)]), rgb("#D6E8EC"), 0.6
            )
    palms = s.layer(15, middle=True)
    s.tree(palms, centre - side * 0.40 * s.aspect * 15 / 1.5, 4.6, rgb("#4F9E5C"), rgb("#8A6548"), "palm")
    chairs = s.layer(10.4, middle=True)
    x = centre - side * 0.36 * s.aspect * 10.4 / 1.5
    chairs.paper(
        pen.polygon(
            [(x - 0.9, 0.30), (x + 0.5, 0.30), (x + 0.95, 0.85), (x + 0.8, 0.90), (x + 0.4, 0.40), (x - 0.9, 0.40)]
        ),
        rgb("#F6EEE0"),
    )
    for k in (-0.75, 0.4):
        chairs.flat(pen.box(x + k, 0.0, x + k + 0.07, 0.3), rgb("#8A6548"))


def platform(s: Setting) -> None:
    """A platform: tiled columns under a roof, a sign without words, the yellow line, the rails' dark bed."""
    centre = s.first.position[0]
    back = s.layer(17)
    left, right = s.span(17)
    tile = s.stand_off(rgb("#C9D3CF"), 32)
    back.slope(pen.box(left - 1, -0.1, right + 1, 12), light.darker(tile, 0.10), light.darker(tile, 0.28), 6, 0)
    for k in range(10):
        back.flat(pen.box(left - 1, 0.9 * k + 0.3, right + 1, 0.9 * k + 0.36), light.darker(tile, 0.35), 0.4)
    back.paper(pen.box(left - 1, 2.6, right + 1, 3.2), rgb("#3F6F9F"), shadow=0)
    for k in range(-3, 4):
        x = centre + 7.0 * k
        back.paper(pen.box(x - 1.9, 1.0, x + 1.9, 2.3), rgb("#F1E7D8"))
        back.flat(
            pen.box(x - 1.75, 1.12, x + 1.75, 2.18), s.stand_off(rgb(("#D9825B", "#5F97A8", "#E3BE62")[k % 3]), 20)
        )
    roof = s.layer(12)
    left, right = s.span(12)
    roof.paper(pen.box(left - 1, 4.1, right + 1, 9), rgb("#5B6272"))
    roof.lit(pen.box(left - 1, 4.0, right + 1, 4.12), (0.96, 0.98, 0.94))
    roof.glow(centre, 4.0, 5.0, (0.92, 0.97, 1.0), 0.3)
    for k in (-1, 1):
        x = centre + k * 0.40 * s.aspect * 12 / 1.5
        roof.paper(pen.box(x - 0.34, -0.1, x + 0.34, 4.2), light.lighter(tile, 0.2))
        roof.flat(pen.box(x - 0.34, 0.0, x + 0.34, 0.5), light.darker(tile, 0.3))
    sign = s.layer(11.4)
    x = centre + s.rng.choice((-1, 1)) * 0.16 * s.aspect * 11.4 / 1.5
    for k in (-0.9, 0.9):
        sign.flat(pen.box(x + k - 0.03, 3.3, x + k + 0.03, 6.0), rgb("#3D3A48"))
    sign.paper(pen.box(x - 1.3, 2.85, x + 1.3, 3.4, 0.06), rgb("#2F4A6B"))
    sign.lit(pen.box(x - 1.0, 3.06, x + 0.3, 3.18), (0.97, 0.95, 0.88))
    sign.lit(pen.polygon([(x + 0.6, 3.28), (x + 1.0, 3.12), (x + 0.6, 2.96)]), (0.98, 0.80, 0.35))
    s.ground(rgb("#B4B3B8"), rgb("#A8A7AE"), rgb("#4A4856"))
    floor = s.scenery.floor
    floor.add(pen.box(-260, _depth(s, 11.2), 260, _depth(s, 17)), s.floor_colour(rgb("#4A4856"), 12))
    floor.add(pen.box(-260, _depth(s, 9.4), 260, _depth(s, 9.9)), s.floor_colour(rgb("#E9BE3F"), 9), 0.95)
    line = light.darker(s.floor_colour(s.near), 0.16)
    for d in (3.2, 4.4, 6.0, 8.0):
        floor.add(pen.box(-260, _depth(s, d), 260, _depth(s, d) + 0.03 * s.gear), line, 0.5)
