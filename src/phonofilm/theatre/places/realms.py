"""Places beyond the street: open water, under water, a waterfall, a red planet, space."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.light import mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import Layer, matrix_at
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.places import nature
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import RGB, Camera


def _plain(path: Path, colour: RGB, alpha: float, canvas: Canvas) -> None:
    canvas.fill(path, colour, alpha)


def _depth(s: Setting, far: float) -> float:
    return s.camera_z + far * s.gear


def water(s: Setting) -> None:
    """Open water: a swell that rolls on, one great wave behind whoever rides it."""
    s.sky(4)
    deep, shallow = (
        (mix(s.shot.walls, (0.05, 0.25, 0.40), 0.35), s.shot.walls)
        if s.shot.walls
        else (s.stand_off(rgb("#2A9CC0"), 30), s.stand_off(rgb("#4FD0D2"), 30))
    )
    s.ground(shallow, mix(deep, shallow, 0.5), deep)
    if s.shot.walls:
        s.scenery.ground = tuple(mix(s.hour.grade(hue), hue, 0.6) for hue in (deep, mix(deep, shallow, 0.5), shallow))
    island = s.layer(62)
    x = s.first.position[0] + s.rng.choice((-1, 1)) * 0.34 * s.aspect * 62 / 1.5
    island.slope(
        pen.ridge([(x - 14, -0.3), (x - 8, 3.2), (x - 2, 5.6), (x + 5, 3.4), (x + 13, -0.3)], -0.6),
        rgb("#7FA5A0"),
        rgb("#A8C4B8"),
        5.0,
        0.0,
    )
    foam, tone = (
        s.floor_colour(rgb("#FFFFFF"), 8),
        [
            mix(s.hour.grade(mix(deep, shallow, k / 5), 0.3 if s.shot.walls else 0.75), s.hour.sky_low, 0.06)
            for k in range(6)
        ],
    )
    first, gear, xs = s.first, s.gear, np.linspace(-1, 1, 65)
    great = s.shot.wind or 1.0

    def swell(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        for n, far in enumerate((34.0, 24.0, 17.0, 12.5)):
            z = first.position[2] + far * gear
            scale = camera.focal * height / max(0.5, z - camera.position[2])
            horizon = height / 2 + height * camera.focal * math.tan(camera.pitch)
            x = xs * (0.5 * s.aspect + 0.1) * far / 1.5
            big = 4.4 if n == 2 else 0.5
            top = (
                big * (0.25 + 0.75 * np.exp(-(((x - 1.2 * math.sin(0.5 * time) - 1.5) / 4.2) ** 2)))
                if n == 2
                else big * (0.6 + 0.4 * np.sin(1.1 * x + 0.9 * time + 2 * n))
            )
            px = width / 2 + x * 1.5 / far * height
            py = horizon + (camera.position[1] - top) * scale * 1.0
            crest = list(zip(px.tolist(), py.tolist(), strict=True))
            low = horizon + (camera.position[1] + 0.1) * scale + 0.05 * height
            canvas.fill(
                pen.polygon([*crest, (width * 1.2, low), (-0.2 * width, low)]), tone[n + 1] if n != 2 else tone[2]
            )
            lip = [
                (a, b + (0.012 + (0.05 if n == 2 else 0.0) * (0.5 + 0.5 * math.sin(0.55 * k + 4 * time))) * height)
                for k, (a, b) in enumerate(crest)
            ]
            canvas.fill(pen.polygon([*crest, *lip[::-1]]), foam, 0.9)
            if n == 2:
                peak = int(np.argmin(py))
                ox, oy, r = crest[peak][0] - 0.26 * height, crest[peak][1] + 0.24 * height, 0.19 * height
                # The tube: its dark inside, and the lip that comes over.
                canvas.fill(pen.oval(ox, oy, 1.25 * r, r, 0.15), light.darker(tone[0], 0.25))
                canvas.fill(pen.oval(ox + 0.16 * r, oy + 0.10 * r, 0.95 * r, 0.72 * r, 0.15), tone[3])
                lip = [
                    (ox + 1.32 * r * math.cos(a), oy - 1.12 * r * math.sin(a) - 0.1 * r)
                    for a in np.linspace(0.1, 2.9, 12)
                ]
                canvas.line(
                    Path(b"\x01" + b"\x02" * (len(lip) - 1), [v for point in lip for v in point]),
                    0.045 * height,
                    foam,
                    0.95,
                )
                for k in range(1, 5):
                    band = [(a, b + (0.05 * k) * height) for a, b in crest]
                    canvas.fill(pen.polygon([*band, *[(a, b + 0.012 * height) for a, b in band[::-1]]]), tone[4], 0.45)

    s.live(swell)
    spray = np.array([[s.rng.random() for _ in range(3)] for _ in range(26)])

    def drops(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        life = (1.1 * time + spray[:, 2]) % 1.0
        x = (spray[:, 0] * 1.2 + 0.02 * great * life) % 1.2 - 0.1
        y = 0.88 - 0.22 * (life - life * life) * 4 * spray[:, 1]
        r = 0.006 * (1 - 0.5 * life)
        canvas.fill(pen.many_ovals(np.stack([x * width, y * height], 1), np.stack([r, r], 1) * height), foam, 0.8)

    s.live(drops, front=True)


def underwater(s: Setting) -> None:
    """Blue deep, beams from above, kelp, rising bubbles, a sandy bed."""
    back = s.layer(60)
    left, right = s.span(60)
    dark = {"night": 0.55, "dusk": 0.3}.get(s.hour.name, 0.0)
    top, low = mix(rgb("#5FC9DE"), rgb("#0B1F4A"), dark), mix(rgb("#14517F"), rgb("#0A1738"), dark)
    back.items.append(lambda c: c.fade(pen.box(left, -0.3, right, 40), (0, 26, 0, -2), ((0, top, 1.0), (1, low, 1.0))))
    for k in range(6):
        x = s.first.position[0] + (k - 2.5) * 13 + s.rng.uniform(-3, 3)
        beam = pen.polygon([(x, 30.0), (x + 4.5, 30.0), (x - 2.0, -4.0), (x - 9.5, -4.0)])
        back.items.append(
            partial(
                lambda path, c: c.fade(path, (0, 30, 0, 0), ((0, (0.85, 1.0, 1.0), 0.28), (1, (0.85, 1.0, 1.0), 0.0))),
                beam,
            )
        )
    for far, tone in ((30.0, 0.55), (18.0, 0.3), (12.5, 0.1)):
        layer = s.layer(far)
        a, b = s.span(far)
        x = a
        while x < b:
            colour = mix(
                mix(rgb(s.rng.choice(("#D9667A", "#E39A5C", "#8A6FB5", "#4FA58A"))), low, 0.25 + tone), (0, 0, 0), 0.0
            )
            h = s.rng.uniform(0.5, 1.6) * far / 16
            layer.items.append(
                partial(
                    _plain,
                    pen.smooth(
                        [
                            (x - 0.5 * h, -0.2),
                            (x - 0.6 * h, 0.5 * h),
                            (x - 0.1 * h, 0.8 * h),
                            (x, 0.4 * h),
                            (x + 0.3 * h, h),
                            (x + 0.6 * h, 0.5 * h),
                            (x + 0.5 * h, -0.2),
                        ],
                        0.8,
                    ),
                    colour,
                    1.0,
                )
            )
            if s.rng.random() < 0.6:
                w = 0.18 * far / 16
                k = s.rng.uniform(2.0, 4.0) * far / 16
                layer.items.append(
                    partial(
                        _plain,
                        pen.smooth(
                            [
                                (x + 1.0 - w, -0.2),
                                (x + 1.4, 0.4 * k),
                                (x + 0.8, 0.7 * k),
                                (x + 1.2, k),
                                (x + 1.1 + w, 0.7 * k),
                                (x + 1.6, 0.4 * k),
                                (x + 1.0 + w, -0.2),
                            ],
                            0.9,
                        ),
                        mix(rgb("#2F8A6B"), low, 0.2 + tone),
                        1.0,
                    )
                )
            x += s.rng.uniform(1.5, 4.5) * far / 16
    sand = mix(rgb("#D9C79A"), low, 0.35)
    s.near = s.middle = sand
    s.scenery.ground = (mix(sand, low, 0.8), mix(sand, low, 0.35), mix(sand, low, 0.05))
    seeds = np.array([[s.rng.random() for _ in range(3)] for _ in range(24)])

    def bubbles(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        y = 1.05 - (seeds[:, 1] + 0.16 * (0.5 + seeds[:, 2]) * time) % 1.1
        x = seeds[:, 0] + 0.01 * np.sin(3 * time + 9 * seeds[:, 2])
        r = 0.005 + 0.007 * seeds[:, 2]
        canvas.fill(
            pen.many_ovals(np.stack([x * width, y * height], 1), np.stack([r, r], 1) * height), (0.86, 0.97, 1.0), 0.55
        )

    s.live(bubbles, front=True)


def waterfall(s: Setting) -> None:
    """A fall between rocks in the green, its pool and its mist."""
    s.sky(2)
    for far, green, tall in ((48, "#8FBF8C", 14.0), (34, "#6FAA76", 9.0)):
        s.hills(far, tall, 3.0, rgb(green), mix(rgb(green), rgb("#C9E3C0"), 0.4))
    cliff = s.layer(22)
    left, right = s.span(22)
    # Where somebody plays, the fall stands beside them.
    centre = s.first.position[0] + s.rng.choice((-1, 1)) * (0.19 * s.aspect * 22 / 1.5 if s.shot.actors else 0.0)
    rock = rgb("#55765A")
    for a, b in ((left - 1, centre - 3.2), (centre + 3.2, right + 1)):
        points = [(a, 0.0), *[(a + (b - a) * k / 5, 8.4 + s.rng.uniform(-0.8, 0.9)) for k in range(6)], (b, 0.0)]
        cliff.slope(pen.smooth(points, 0.35), rock, light.darker(rock, 0.25), 8, 0)
        for _ in range(9):
            x, y = s.rng.uniform(min(a, b), max(a, b)), s.rng.uniform(1.5, 7.8)
            cliff.paper(
                pen.oval(x, y, s.rng.uniform(1.1, 2.2), s.rng.uniform(0.6, 1.1)),
                rgb(s.rng.choice(("#3F9A4C", "#5DB552", "#2F8446"))),
                shadow=0.1,
            )
        for k in range(9):  # the forest's crowns along the rim
            x, r = a + (b - a) * (k + 0.5) / 9, s.rng.uniform(0.9, 1.6)
            cliff.paper(
                pen.oval(x, 8.3 + 0.3 * r, r, 0.8 * r), rgb(s.rng.choice(("#2F8446", "#3F9A4C", "#4FA64A"))), shadow=0.1
            )
    cliff.slope(pen.box(centre - 3.4, 0.0, centre + 3.4, 8.2), light.darker(rock, 0.2), light.darker(rock, 0.45), 8, 0)
    z, foam = cliff.z, s.floor_colour(rgb("#FFFFFF"), 18)
    fall = mix(s.floor_colour(rgb("#BFE3EE"), 18), s.hour.sky_low, 0.15)
    seeds = np.array([[s.rng.random() for _ in range(4)] for _ in range(64)])

    def falling(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        canvas.group(matrix_at(camera, z, width, height))
        canvas.fade(pen.box(centre - 3.0, 0.0, centre + 3.0, 8.1), (0, 8.1, 0, 0), ((0, fall, 1.0), (1, foam, 1.0)))
        y = 7.6 - ((seeds[:, 1] * 7.0 + (5.0 + 3 * seeds[:, 2]) * time) % 7.0)
        x = centre + (seeds[:, 0] - 0.5) * 5.6
        w, h = 0.05 + 0.06 * seeds[:, 3], 0.5 + 0.7 * seeds[:, 2]
        canvas.fill(pen.many_ovals(np.stack([x, y], 1), np.stack([w, h], 1)), foam, 0.8)
        canvas.leave()
        m = matrix_at(camera, z, width, height)
        px, py = m[0] * centre + m[2], m[5]
        for k in range(4):
            drift = math.sin(0.6 * time + 1.7 * k)
            canvas.glow(
                px + (k - 1.5) * 2.2 * m[0] + 0.3 * drift * m[0],
                py - 0.5 * m[0],
                2.6 * m[0],
                1.2 * m[0],
                ((0, foam, 0.6), (0.5, foam, 0.3), (1, foam, 0.0)),
            )

    s.live(falling)
    s.ground(rgb("#6E9A62"), rgb("#6FA56A"), rgb("#7FB7B5"))
    pool_colour = mix(s.floor_colour(s.stand_off(rgb("#4FA5A8"), 26), 14), s.hour.sky_low, 0.12)
    if s.shot.angle in ("aerial", "top"):
        _shore(s, pool_colour, centre)
    s.scenery.floor.add(pen.box(-260, _depth(s, 9.4), 260, _depth(s, 23)), pool_colour)
    s.scenery.floor.add(pen.oval(centre, _depth(s, 19.5), 4.2, 3.0 * s.gear), foam, 0.7)
    near = s.layer(10.6, middle=True)
    for k in (-1, 1):
        for n in range(4):
            x = s.first.position[0] + k * ((0.30 + 0.06 * n) * s.aspect * 10.6 / 1.5 + s.rng.uniform(0, 0.5))
            tip = s.rng.uniform(0.9, 1.9)
            near.paper(
                pen.smooth(
                    [
                        (x - 0.32, -0.1),
                        (x - 0.5 * k, 0.6 * tip),
                        (x - 0.8 * k, tip),
                        (x + 0.1, 0.7 * tip),
                        (x + 0.32, -0.1),
                    ],
                    0.8,
                ),
                rgb(s.rng.choice(("#3F8A55", "#5BA558"))),
                shadow=0.1,
            )
    nature.foreground_grass(s, ("#3F7344", "#558C4C"), 8, 0.2)


def _shore(s: Setting, water: RGB, centre: float) -> None:
    """The pool as seen from above: round, with a pale rim of stones and the green about it."""
    floor, z, x = s.scenery.floor, _depth(s, 9.4), 0.5 * (centre + s.first.position[0])
    for more, hue in ((1.10, s.floor_colour(rgb("#D8CDA8"), 7)), (1.0, water)):
        floor.add(pen.oval(x, z, 4.6 * more, more * (z - _depth(s, 6.3))), hue)
    for k in range(18):
        a = math.pi * (1 + (k + 0.5) / 18)
        floor.add(
            pen.oval(
                x + 4.8 * math.cos(a),
                z + 1.05 * (z - _depth(s, 6.3)) * math.sin(a),
                s.rng.uniform(0.12, 0.30),
                s.rng.uniform(0.10, 0.2) * s.gear,
            ),
            s.floor_colour(rgb(s.rng.choice(("#7C857E", "#98A097"))), 7),
        )
    for _ in range(40):
        d = s.rng.uniform(2.6, 5.6)
        a, b = s.span(d)
        floor.add(
            pen.oval(s.rng.uniform(a, b), _depth(s, d), s.rng.uniform(0.2, 0.5), s.rng.uniform(0.10, 0.22) * s.gear),
            s.floor_colour(rgb(s.rng.choice(("#4F9A4C", "#3B8546", "#63AB55"))), 6),
            0.9,
        )


def _stars(s: Setting, layer: Layer, low: float, high: float, count: int) -> None:
    left, right = s.span(layer.far)
    for _ in range(count):
        r = s.rng.choice((0.05, 0.05, 0.08, 0.12)) * layer.far / 60
        spot = pen.oval(s.rng.uniform(left, right), s.rng.uniform(low, high), r, r)
        layer.items.append(partial(_plain, spot, (0.96, 0.96, 0.90), s.rng.uniform(0.4, 0.95)))


def planet(s: Setting) -> None:
    """A rust-red plain of rocks and craters under a thin sky, a moon or two above it."""
    dusty = mix(s.hour.sky_low, rgb("#E0A070"), 0.6)
    s.scenery.hour = s.hour = replace(
        s.hour, sky_low=dusty, sky_top=mix(s.hour.sky_top, rgb("#5B2E2E"), 0.55), air=dusty
    )
    s.sky(0)
    moons = s.layer(78)
    for x, y, r in ((0.24, 17.0, 1.6), (-0.30, 21.0, 0.8)):
        moons.paper(pen.oval(s.first.position[0] + x * s.aspect * 78 / 1.5, y, r, r), rgb("#E9CDB4"), shadow=0)
    s.hills(64, 9.0, 2.4, rgb("#A8583E"), rgb("#D08A62"), 5.0, 0.5)
    s.hills(40, 4.0, 3.0, rgb("#B8603F"), rgb("#D98F62"))
    rocks = s.layer(15)
    left, right = s.span(15)
    x = left
    while x < right:
        if abs(x - s.first.position[0]) > 1.6:
            r = s.rng.uniform(0.25, 0.9)
            rocks.paper(
                pen.smooth(
                    [
                        (x - r, -0.1),
                        (x - 0.8 * r, 0.55 * r),
                        (x - 0.1 * r, 0.85 * r),
                        (x + 0.7 * r, 0.6 * r),
                        (x + r, -0.1),
                    ],
                    0.5,
                ),
                rgb(s.rng.choice(("#9A4F38", "#B0654A", "#84432F"))),
            )
        x += s.rng.uniform(1.0, 3.4)
    s.ground(rgb("#C4704A"), rgb("#C97A52"), rgb("#D29068"))
    for _ in range(9):
        d = s.rng.uniform(3.0, 18.0)
        a, b = s.span(d)
        x, r = s.rng.uniform(a, b), s.rng.uniform(0.3, 0.9) * (0.6 + 0.06 * d)
        s.scenery.floor.add(
            pen.oval(x, _depth(s, d), r, 0.55 * r * s.gear), light.darker(s.floor_colour(s.near, d), 0.28), 0.7
        )
        s.scenery.floor.add(
            pen.oval(x + 0.06, _depth(s, d) - 0.08 * r * s.gear, 0.86 * r, 0.42 * r * s.gear),
            light.darker(s.floor_colour(s.near, d), 0.12),
            0.8,
        )


def space(s: Setting) -> None:
    """Nothing but stars above and below, and a planet's bright limb."""
    s.scenery.hour = s.hour = replace(s.hour, shadow_strength=0.0)
    deep, low = rgb("#0A0F2C"), rgb("#1B1F4A")
    s.near = s.middle = low
    s.scenery.ground = (low, low, low)
    back = s.layer(90)
    left, right = s.span(90)
    back.items.append(lambda c: c.fade(pen.box(left, -60, right, 60), (0, 40, 0, -20), ((0, deep, 1.0), (1, low, 1.0))))
    for x, y, colour in ((-0.25, 14, "#5B3A8A"), (0.30, 22, "#2F5A9A")):
        back.glow(s.first.position[0] + x * s.aspect * 60, y, 34, rgb(colour), 0.5)
    _stars(s, back, -24, 40, 150)
    globe = s.layer(80)
    x, y, r = s.first.position[0] + s.rng.choice((-1, 1)) * 0.24 * s.aspect * 80 / 1.5, -34.0, 40.0
    globe.glow(x, y, r * 1.16, (0.55, 0.80, 1.0), 0.7)
    globe.items.append(partial(_plain, pen.oval(x, y, r, r), (0.20, 0.45, 0.72), 1.0))
    for _ in range(9):
        a, d = s.rng.uniform(0.15, 0.85) * math.pi, s.rng.uniform(0.72, 0.96) * r
        globe.items.append(
            partial(
                _plain,
                pen.oval(
                    x + d * math.cos(a),
                    y + d * math.sin(a),
                    s.rng.uniform(3, 8),
                    s.rng.uniform(1.5, 3),
                    a - math.pi / 2,
                ),
                (0.42, 0.66, 0.46),
                0.85,
            )
        )
        a = s.rng.uniform(0.15, 0.85) * math.pi
        globe.items.append(
            partial(
                _plain,
                pen.oval(
                    x + 0.93 * r * math.cos(a), y + 0.93 * r * math.sin(a), s.rng.uniform(4, 9), 0.9, a - math.pi / 2
                ),
                (0.95, 0.97, 1.0),
                0.7,
            )
        )
