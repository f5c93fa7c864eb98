"""Places out of doors: meadow, beach, snow, forest, desert."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.light import mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import matrix_at
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places.setting import Setting, blades, grass
from phonofilm.theatre.play import Camera


def foreground_grass(s: Setting, colours: tuple[str, ...], count: int = 9, height: float = 0.16) -> None:
    """Tufts at the lower corners, near the lens, bent by the wind."""
    far = 1.5
    z = s.camera_z + far * s.gear
    if z > s.subject_z - 0.6:
        return
    left, right = s.span(far)
    eye = s.first.position[1]
    bottom = eye - (0.42 + 0.09) * far / 1.5
    tufts = []
    for k, colour in enumerate(colours):
        spots = [s.rng.uniform(left, right) for _ in range(3)]
        spots = [x for x in spots if abs(x - s.first.position[0]) > 0.28 * far / 1.5 * s.aspect] or [
            left * 0.5 + s.first.position[0] * 0.5 - 0.4
        ]
        shade = light.darker(s.hour.grade(rgb(colour)), 0.30)
        tufts.append((z, shade, [b for x in spots for b in blades(s.rng, x - 0.16, x + 0.16, count, height)], k * 1.7))
    wind = s.shot.wind

    def draw(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        for depth, colour, leaves, phase in tufts:
            if depth - camera.position[2] < 0.45:
                continue
            m = matrix_at(camera, depth, width, height)
            canvas.group((m[0], 0, m[2], 0, m[4], m[5] + m[4] * bottom))
            grass(canvas, leaves, 0.012 * wind + (0.006 + 0.004 * abs(wind)) * math.sin(2.4 * time + phase), colour)
            canvas.leave()

    s.live(draw, front=True)


def fireflies(s: Setting) -> None:
    """A few warm lights that wander between the trees on a dry night."""
    if s.hour.name != "night" or s.shot.weather in ("rain", "snow"):
        return
    seeds = [tuple(s.rng.random() for _ in range(4)) for _ in range(9)]
    warm, first, z = (1.0, 0.92, 0.56), s.first, s.depth(10.0)

    def draw(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        m = matrix_at(camera, z, width, height)
        for a, b, c, d in seeds:
            x = first.position[0] + (a - 0.5) * s.aspect * 6.6 + 0.3 * math.sin(0.7 * time + 9 * c)
            y = 0.4 + 2.2 * b + 0.18 * math.sin(1.1 * time + 7 * d)
            px, py, r = m[0] * x + m[2], m[4] * y + m[5], 0.026 * height
            shine = 0.35 + 0.35 * math.sin(1.3 * time + 20 * d)
            canvas.glow(px, py, r, r, ((0, warm, shine), (0.25, warm, shine * 0.5), (1, warm, 0.0)))
            canvas.fill(pen.oval(px, py, 0.0042 * height, 0.0042 * height), warm, 0.35 + 0.6 * shine)

    s.live(draw)


def flowers(s: Setting, colours: list[str], count: int) -> None:
    """Dots of blossom on the floor."""
    for _ in range(count):
        d = 3.0 + 12 * s.rng.random() ** 1.3
        left, right = s.span(d)
        x, z = s.rng.uniform(left, right), s.camera_z + d * s.gear
        if abs(z - s.subject_z) < 0.35 and abs(x - s.subject_x) < 1.2:
            continue
        r = 0.018 + 0.004 * d
        s.scenery.floor.add(pen.oval(x, z, r, r * 2.4 * s.gear), s.floor_colour(rgb(s.rng.choice(colours)), d), 0.95)


def meadow(s: Setting) -> None:
    """Rolling hills, round trees, a path, flowers."""
    s.sky(5)
    s.hills(60, 9.0, 3.2, rgb("#7FB3B5"), rgb("#BFDCC8"))
    s.hills(40, 4.6, 4.0, rgb("#7CBF8C"), rgb("#B4DA98"))
    left, right = s.span(36)
    # A little house on the far hill tells the hour: its window lights up.
    x = s.first.position[0] + s.rng.choice((-1, 1)) * s.rng.uniform(0.22, 0.40) * s.aspect * 36 / 1.5
    house = s.layer(37)
    house.paper(pen.box(x - 1.3, 0, x + 1.3, 3.4), rgb("#F3E6CF"))
    house.paper(pen.polygon([(x - 1.7, 3.3), (x + 1.7, 3.3), (x, 5.2)]), rgb("#C6584A"))
    s.window(house, x - 0.45, 1.2, x + 0.45, 2.3, rgb("#7FA7BD"), s.hour.dark)
    if s.hour.dark:
        house.glow(x, 1.8, 3.2, (1.0, 0.80, 0.48), 0.45)
    trees = s.layer(24)
    left, right = s.span(24)
    x = left
    while x < right:
        if s.rng.random() < 0.72:
            s.tree(
                trees, x, s.rng.uniform(2.6, 4.4), rgb(s.rng.choice(("#5DA85C", "#4A9655", "#79B556"))), rgb("#7A5A44")
            )
        x += s.rng.uniform(2.2, 5.2)
    hedge = s.layer(20)
    left, right = s.span(20)
    points, x = [], left
    while x < right + 1:
        points.append((x, s.rng.uniform(0.35, 0.8)))
        x += 1.3
    hedge.slope(pen.ridge(points, -0.4), rgb("#69B05C"), rgb("#8DC86A"), 0.8, 0.0)
    near = s.layer(13)
    for x in (
        s.first.position[0] - 0.46 * s.aspect * 13 / 1.5 - 0.6,
        s.first.position[0] + 0.43 * s.aspect * 13 / 1.5 + 1.0,
    ):
        if s.rng.random() < 0.8:
            s.tree(near, x, s.rng.uniform(3.2, 4.4), rgb(s.rng.choice(("#4F9C50", "#5FA94B"))), rgb("#6B4C3B"))
    s.ground(rgb("#7DBB55"), rgb("#96CC68"), rgb("#B6DC90"))
    s.patches([mix(s.near, rgb("#5E9F48"), 0.5), mix(s.middle, rgb("#C4E08A"), 0.5)], 16, 2.2, 20.0, 1.2, 0.5)
    flowers(s, ["#FFF6E0", "#FFD95A", "#F59BB0"], 34)
    foreground_grass(s, ("#4E8F45", "#66A84E", "#3F7E44"))
    fireflies(s)


def beach(s: Setting) -> None:
    """Sea to the horizon, surf that comes and goes, palms, a sail."""
    s.sky(4)
    _left, _right = s.span(58)
    cape = s.layer(58)
    side = s.rng.choice((-1, 1))
    x = s.first.position[0] + side * 0.42 * s.aspect * 58 / 1.5
    cape.slope(
        pen.ridge([(x - 16, -0.3), (x - 9, 2.6), (x - 2, 4.6), (x + 6, 3.6), (x + 13, 1.4), (x + 18, -0.3)], -0.6),
        rgb("#7FA5A0"),
        rgb("#A8C4B8"),
        5.0,
        0.0,
    )
    sea = s.scenery.floor
    zed = lambda far: s.camera_z + far * s.gear  # noqa: E731
    shore = 12.5
    deep, shallow = s.stand_off(rgb("#2F86B7"), 34), s.stand_off(rgb("#6CC3C9"), 34)
    for far, colour in (
        (2000.0, deep),
        (70.0, mix(deep, shallow, 0.25)),
        (34.0, mix(deep, shallow, 0.55)),
        (20.0, shallow),
    ):
        a, b = -3.0 * far, 3.0 * far
        sea.add(
            pen.box(a, zed(shore + 1.0), b, zed(far)), mix(s.floor_colour(colour, min(far, 46.0)), s.hour.sky_low, 0.14)
        )
    glint = mix(s.hour.sun, s.hour.sky_low, 0.2)
    sun = s.hour.sun_at[0] * min(1.0, s.aspect / 1.78)
    for k in range(11):
        far = 14.5 * 1.27**k
        w = far * (0.018 + 0.010 * s.rng.random()) * (1.6 if s.hour.name in ("dawn", "dusk") else 1.0)
        x = s.first.position[0] + sun * far / 1.5 + s.rng.uniform(-0.6, 0.6) * w
        sea.add(pen.oval(x, zed(far), w, 0.035 * far * s.gear), glint, 0.55 if s.hour.name != "noon" else 0.4)
    boat = s.layer(44)
    x = s.first.position[0] - side * s.rng.uniform(0.12, 0.36) * s.aspect * 44 / 1.5
    boat.paper(pen.smooth([(x - 1.8, 0.6), (x + 1.8, 0.6), (x + 1.2, -0.1), (x - 1.2, -0.1)], 0.3), rgb("#8A4A3A"))
    boat.paper(pen.smooth([(x + 0.1, 4.4), (x + 1.7, 0.9), (x + 0.1, 0.9)], 0.25), rgb("#FFF7E8"))
    boat.paper(pen.smooth([(x - 0.1, 3.9), (x - 1.3, 0.9), (x - 0.1, 0.9)], 0.25), rgb("#F0DDC4"))
    s.ground(rgb("#EBCB8E"), rgb("#F0D8A4"), rgb("#6FB4C4"))
    sand = s.floor_colour(s.near, 8.0)
    wet = light.darker(sand, 0.20)
    centre, lens = s.first.position[0], s.gear
    xs = np.linspace(-1, 1, 25)
    cam_z = s.camera_z
    foam = s.floor_colour(rgb("#FFFFFF"), 10)
    water = mix(s.floor_colour(shallow, 14.0), s.hour.sky_low, 0.1)

    def line(camera: Camera, far: float, wobble: float, width: int, height: int) -> list[tuple[float, float]]:
        z = cam_z + lens * (far + 0.35 * np.sin(5.0 * xs + wobble) + 0.2 * np.sin(11 * xs - 0.7 * wobble))
        scale = camera.focal * height / np.maximum(z - camera.position[2], 0.5)
        x = width / 2 + xs * width * 0.75
        y = camera.position[1] * scale + height / 2 + height * camera.focal * math.tan(camera.pitch)
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def surf(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        swell = 0.5 + 0.5 * math.sin(math.tau * time / 7.0)
        shift = 0.6 * (camera.position[0] - centre)
        edge = shore - 0.3 - 1.1 * swell
        beachline = line(camera, shore - 1.75, shift, width, height)
        front = line(camera, edge, 0.5 * time + shift, width, height)
        crest = line(camera, edge + 0.42, 0.5 * time + 0.2 + shift, width, height)
        back = line(camera, shore + 1.6, shift, width, height)
        canvas.fill(pen.polygon([*back, *beachline[::-1]]), wet)
        canvas.fill(pen.polygon([*back, *front[::-1]]), foam)
        canvas.fill(pen.polygon([*back, *crest[::-1]]), water)
        for far, phase in ((16.5, 0.0), (22.0, 0.4), (30.0, 0.75)):
            u = (time / 7.0 + phase) % 1.0
            ripple = line(camera, far - 3.0 * u, 0.4 * time + 9 * phase + shift, width, height)
            lower = line(camera, far - 3.0 * u - 0.30, 0.4 * time + 9 * phase + 0.5 + shift, width, height)
            canvas.fill(pen.polygon([*ripple, *lower[::-1]]), foam, 0.55 * math.sin(math.pi * u))

    s.live(surf)
    s.patches([light.darker(s.near, 0.14), light.lighter(s.near, 0.3)], 12, 2.0, 10.5, 1.0, 0.5)
    palms = s.layer(10.6, middle=True)
    for k in (-1, 1):
        if k == side or s.rng.random() < 0.35:
            s.tree(
                palms,
                s.first.position[0] + k * (0.40 * s.aspect * 10.6 / 1.5 + s.rng.uniform(0.0, 0.8)),
                s.rng.uniform(3.3, 4.0),
                rgb("#4F9E5C"),
                rgb("#8A6548"),
                "palm",
            )
    hut = s.layer(10.2, middle=True)
    x = s.first.position[0] - side * (0.36 * s.aspect * 10.2 / 1.5)
    hut.paper(pen.box(x - 0.035, -0.05, x + 0.035, 1.75), rgb("#F4ECDA"))
    stripes = ("#E4574F", "#FFF3E0", "#E4574F", "#FFF3E0", "#E4574F")
    for i, colour in enumerate(stripes):
        a, b = -1.0 + 0.4 * i, -0.6 + 0.4 * i
        hut.paper(
            pen.polygon([(x + a, 1.45), (x + b, 1.45), (x + 0.25 * b, 1.98), (x + 0.25 * a, 1.98)]),
            s.stand_off(rgb(colour), 25),
            shadow=0,
        )


def snow(s: Setting) -> None:
    """White hills, firs with snow, a cabin with a warm window."""
    s.sky(4)
    s.deep = (0.30, 0.46, 0.80)
    s.hills(66, 15.0, 2.6, rgb("#8FA9CC"), rgb("#DCE7F4"), 5.2, 0.5)
    peaks = s.last_ridge
    caps = s.layer(65.5)
    for (x0, y0), (x1, y1), (x2, y2) in zip(peaks, peaks[1:], peaks[2:], strict=False):
        if y1 > y0 and y1 > y2 and y1 > 5:
            k = 0.42
            caps.flat(
                pen.polygon(
                    [
                        (x1, y1 * 0.995),
                        (x1 + k * (x0 - x1), y1 + k * (y0 - y1)),
                        (x1 + 0.15 * (x0 - x1), y1 - 0.22 * (y1 - y0)),
                        (x1, y1 - 0.50 * (y1 - y0) * k - 0.4),
                        (x1 + 0.2 * (x2 - x1), y1 - 0.18 * (y1 - y2)),
                        (x1 + k * (x2 - x1), y1 + k * (y2 - y1)),
                    ]
                ),
                rgb("#F6FAFF"),
            )
    s.hills(40, 4.4, 3.6, rgb("#CFDFF0"), rgb("#EAF2FA"))
    firs = s.layer(27)
    left, right = s.span(27)
    x = left
    while x < right:
        s.tree(
            firs,
            x,
            s.rng.uniform(2.8, 4.8),
            rgb(s.rng.choice(("#4F7F7C", "#5C8C84", "#46726F"))),
            rgb("#6B5347"),
            "snowfir",
        )
        x += s.rng.uniform(1.6, 3.8)
    cabin = s.layer(18)
    side = s.rng.choice((-1, 1))
    x = s.first.position[0] + side * 0.36 * s.aspect * 18 / 1.5
    cabin.paper(pen.box(x - 1.5, -0.1, x + 1.5, 1.7), rgb("#9A6547"))
    for y in (0.4, 0.85, 1.3):
        cabin.flat(pen.box(x - 1.5, y, x + 1.5, y + 0.06), rgb("#7D4F39"))
    cabin.paper(pen.box(x + 0.7, 2.2, x + 1.1, 3.2), rgb("#8B6F66"))
    cabin.paper(
        pen.smooth([(x - 1.95, 1.62), (x + 1.95, 1.62), (x + 0.1, 3.05), (x - 0.1, 3.05)], 0.25), rgb("#F8FBFF")
    )
    s.window(cabin, x - 1.0, 0.55, x - 0.25, 1.25, rgb("#88A9C0"), True)
    cabin.paper(pen.box(x + 0.3, -0.1, x + 0.95, 1.2), rgb("#6A4334"), shadow=0)
    cabin.glow(x - 0.6, 0.9, 1.9 if s.hour.dark else 0.7, (1.0, 0.80, 0.46), 0.5 if s.hour.dark else 0.25)
    near = s.layer(12.5)
    for k in (-1, 1):
        s.tree(
            near,
            s.first.position[0] + k * (0.46 * s.aspect * 12.5 / 1.5 + s.rng.uniform(0, 1.0)),
            s.rng.uniform(3.0, 4.2),
            rgb("#3F706C"),
            rgb("#5E473C"),
            "snowfir",
        )
    drift = s.layer(11.5)
    left, right = s.span(11.5)
    drift.slope(
        pen.ridge(
            [
                (left + i * 1.6, 0.16 + 0.16 * math.sin(i * 1.1 + s.rng.random()))
                for i in range(int((right - left) / 1.6) + 2)
            ],
            -0.3,
        ),
        s.stand_off(rgb("#F3F8FE")),
        s.stand_off(rgb("#E3EDF7")),
        0.35,
        0.0,
    )
    s.ground(rgb("#E6EFF8"), rgb("#EDF4FB"), rgb("#E6EEF8"))
    s.patches([mix(s.near, rgb("#B9CCE6"), 0.6), mix(s.near, (1, 1, 1), 0.8)], 14, 2.0, 11.0, 1.3, 0.55)


def _beam(path: pen.Path, colour: tuple[float, float, float], canvas: Canvas) -> None:
    canvas.fade(path, (0, 8, 0, 0), ((0, colour, 0.26), (1, colour, 0.0)))


def forest(s: Setting) -> None:
    """Trunk behind trunk, each layer paler; light that falls through, ferns, mushrooms."""
    s.sky(0, sun=True)
    haze = rgb("#BFDDB0")
    for far, green, gap, wide in ((46, "#A5D39B", 2.6, 0.55), (30, "#7DBE80", 2.9, 0.62), (20, "#559C60", 3.2, 0.62)):
        layer = s.layer(far)
        left, right = s.span(far)
        low = []
        x = left
        while x < right:
            w = wide * s.rng.uniform(0.7, 1.35) * far / 24
            lean = s.rng.uniform(-0.6, 0.6)
            layer.paper(
                pen.smooth(
                    [
                        (x - w, -0.3),
                        (x - 0.62 * w + 0.4 * lean, 3.0),
                        (x - 0.5 * w + lean, 26),
                        (x + 0.5 * w + lean, 26),
                        (x + 0.62 * w + 0.4 * lean, 3.0),
                        (x + w, -0.3),
                    ],
                    0.5,
                ),
                mix(rgb(green), rgb("#7A5D4A"), 0.34),
                edge=0.22,
            )
            x += s.rng.uniform(0.7, 1.5) * gap * far / 24
        x = left
        while x < right + 2:
            low.append((x, s.rng.uniform(0.35, 1.0) * far / 22))
            x += 1.5 * far / 24
        layer.slope(pen.ridge(low, -0.5), rgb(green), mix(rgb(green), haze, 0.4), 1.0 * far / 22, 0.0)
        crown = Setting.span(s, far)
        x, path = crown[0], None
        base = 0.43 * far / 1.5
        while x < crown[1]:
            puff = pen.oval(x, base + s.rng.uniform(0.0, 0.10) * far, 0.10 * far, 0.062 * far)
            path = puff if path is None else path + puff
            x += 0.10 * far
        if path is not None:
            layer.paper(path + pen.box(crown[0], base + 0.03 * far, crown[1], base + far), rgb(green), edge=0.2)
    if not s.hour.dark and s.shot.weather in ("clear", "wind"):
        beams = s.layer(15)
        for k in range(4):
            x = s.first.position[0] + s.hour.side * 2.0 + (k - 1.5) * 2.4
            warm = mix(s.hour.sun, (1.0, 0.95, 0.7), 0.5)
            beam = pen.polygon(
                [(x, 8.0), (x + 0.8, 8.0), (x + 0.8 - 4.2 * s.hour.side, -0.2), (x - 1.2 - 4.2 * s.hour.side, -0.2)]
            )
            beams.items.append(partial(_beam, beam, warm))
    near = s.layer(11.5)
    for k in (-1, 1):
        x = s.first.position[0] + k * (0.41 * s.aspect * 11.5 / 1.5 + s.rng.uniform(0, 0.9))
        w = 0.45
        near.paper(
            pen.smooth(
                [
                    (x - 1.6 * w, -0.2),
                    (x - 0.8 * w, 0.6),
                    (x - 0.7 * w, 9),
                    (x + 0.7 * w, 9),
                    (x + 0.8 * w, 0.6),
                    (x + 1.7 * w, -0.2),
                ],
                0.6,
            ),
            rgb("#6A4F41"),
        )
        near.flat(
            pen.smooth(
                [
                    (x + 0.1 * w * s.hour.side, 1.0),
                    (x + 0.55 * w * s.hour.side, 0.9),
                    (x + 0.5 * w * s.hour.side, 8.5),
                    (x + 0.15 * w * s.hour.side, 8.5),
                ],
                0.3,
            ),
            rgb("#8A6A55"),
            0.7,
        )
        for _ in range(3):
            mx = x + s.rng.uniform(-1.3, 1.3)
            near.paper(
                pen.smooth([(mx - 0.5, -0.05), (mx - 0.42, 0.4), (mx, 0.62), (mx + 0.42, 0.42), (mx + 0.5, -0.05)]),
                rgb("#5B9A55"),
                shadow=0,
            )
        mx = x - k * 1.3
        near.paper(pen.box(mx - 0.05, 0, mx + 0.05, 0.22), rgb("#F4E8D4"), shadow=0)
        near.paper(
            pen.smooth([(mx - 0.2, 0.18), (mx - 0.13, 0.34), (mx + 0.13, 0.34), (mx + 0.2, 0.18)], 0.8),
            s.stand_off(rgb("#CF4A3E"), 30),
            shadow=0,
        )
    s.ground(rgb("#86B257"), rgb("#98C266"), rgb("#B2D98F"), 40.0)
    s.patches(
        [mix(s.near, rgb("#5F8747"), 0.6), mix(s.near, rgb("#C9D98A"), 0.5), mix(s.near, rgb("#9A8A5A"), 0.4)],
        16,
        2.0,
        14.0,
        1.1,
        0.5,
    )
    if s.hour.name == "night":
        moonlit = s.layer(33)
        moonlit.glow(s.first.position[0] - 4, 6.0, 17.0, mix(s.hour.sun, s.hour.sky_low, 0.35), 0.34, 9.0)
    foreground_grass(s, ("#3F7344", "#558C4C", "#35683F"), 8, 0.2)
    fireflies(s)


def desert(s: Setting) -> None:
    """Mesas, dunes with a sharp crest, cacti."""
    s.sky(2)
    mesa = s.layer(62)
    left, right = s.span(62)
    x = left
    while x < right:
        w, h = s.rng.uniform(5, 10), s.rng.uniform(4.0, 9.5)
        path = pen.polygon(
            [
                (x, -0.5),
                (x + 0.18 * w, 0.45 * h),
                (x + 0.22 * w, h),
                (x + 0.80 * w, h),
                (x + 0.85 * w, 0.5 * h),
                (x + w, -0.5),
            ]
        )
        mesa.slope(path, rgb("#B9694F"), rgb("#E0A57C"), h, 0)
        for y in (0.62, 0.8):
            mesa.flat(pen.box(x + 0.22 * w, y * h, x + 0.81 * w, (y + 0.06) * h), rgb("#9C5645"), 0.45)
        x += w + s.rng.uniform(3, 13)
    for far, height, colour, shade in ((42, 5.2, "#E8A96A", "#C98250"), (27, 2.7, "#F0BC7C", "#D5955C")):
        layer = s.layer(far)
        left, right = s.span(far)
        x = left - 6
        while x < right:
            w, h = far * s.rng.uniform(0.35, 0.55), height * s.rng.uniform(0.6, 1.0)
            crest = x + w * 0.55
            layer.slope(
                pen.smooth(
                    [(x, -0.5), (x + 0.3 * w, 0.5 * h), (crest, h), (x + 0.8 * w, 0.42 * h), (x + 1.15 * w, -0.5)], 0.9
                ),
                rgb(colour),
                mix(rgb(colour), rgb("#FBE0B0"), 0.5),
                h,
                0,
            )
            lee = 1 if s.hour.side < 0 else -1
            layer.flat(
                pen.smooth(
                    [
                        (crest, h * 0.99),
                        (crest + 0.08 * w * lee, 0.55 * h),
                        (crest - 0.02 * w * lee, -0.4),
                        (crest + 0.50 * w * lee, -0.4),
                        (crest + 0.24 * w * lee, 0.42 * h),
                    ],
                    0.7,
                ),
                rgb(shade),
                0.6,
            )
            x += w * s.rng.uniform(0.55, 0.8)
    cacti = s.layer(14)
    for k in (-1, 1):
        x = s.first.position[0] + k * (s.rng.uniform(0.30, 0.44) * s.aspect * 14 / 1.5)
        h = s.rng.uniform(2.0, 3.0)
        for path in (
            pen.box(x - 0.22, -0.1, x + 0.22, h, 0.22),
            pen.box(x - 0.85, 0.42 * h, x - 0.52, 0.72 * h, 0.16)
            + pen.box(x - 0.85, 0.42 * h, x, 0.42 * h + 0.32, 0.15),
            pen.box(x + 0.52, 0.55 * h, x + 0.85, 0.90 * h, 0.16)
            + pen.box(x, 0.55 * h, x + 0.85, 0.55 * h + 0.32, 0.15),
        ):
            cacti.paper(path, rgb("#5C9A6B"), shadow=0)
        cacti.flat(
            pen.box(x - 0.10 * s.hour.side - 0.05, 0.1, x - 0.10 * s.hour.side + 0.05, h - 0.2, 0.05),
            rgb("#41785A"),
            0.7,
        )
    for _ in range(5):
        x = s.first.position[0] + s.rng.uniform(-0.6, 0.6) * s.aspect * 14 / 1.5
        r = s.rng.uniform(0.2, 0.45)
        cacti.paper(
            pen.smooth(
                [(x - r, -0.05), (x - 0.7 * r, 0.6 * r), (x, 0.8 * r), (x + 0.8 * r, 0.5 * r), (x + r, -0.05)], 0.8
            ),
            rgb("#B98A6A"),
        )
    s.ground(rgb("#EFC587"), rgb("#F3CF97"), rgb("#F3CFA0"))
    s.patches([light.darker(s.near, 0.16), light.lighter(s.near, 0.35)], 14, 2.0, 18.0, 1.5, 0.5)
