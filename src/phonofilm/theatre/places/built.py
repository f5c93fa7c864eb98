"""Places made by people: city street, theatre stage, living room."""

from __future__ import annotations

import math
from functools import partial

from phonofilm.theatre import light
from phonofilm.theatre.light import mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import Layer, matrix_at
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import Camera


def city(s: Setting) -> None:
    """Skyline, a row of shops with lit windows, pavement, kerb and road, street lamps."""
    s.sky(3)
    rng, dark = s.rng, s.hour.dark
    for far, colour, tall in ((64, "#9DB4CC", 24.0), (44, "#8AA0BE", 15.0)):
        layer = s.layer(far)
        left, right = s.span(far)
        x = left
        while x < right:
            w, h = rng.uniform(4.0, 8.0) * far / 64, tall * rng.uniform(0.45, 1.0)
            layer.slope(pen.box(x, -1, x + w, h), rgb(colour), mix(rgb(colour), rgb("#D8DEE6"), 0.4), h, 0.0)
            if rng.random() < 0.4:
                layer.paper(pen.box(x + 0.3 * w, h, x + 0.7 * w, h + 0.09 * tall), rgb(colour), shadow=0)
            if dark:
                for _ in range(5):
                    wx, wy = x + w * rng.uniform(0.15, 0.75), h * rng.uniform(0.35, 0.9)
                    layer.lit(pen.box(wx, wy, wx + 0.10 * w, wy + 0.05 * tall), (0.98, 0.80, 0.50), 0.85)
            x += w * rng.uniform(0.95, 1.25)
    _shops(s)
    kerb = s.scenery.floor
    z = lambda far: s.camera_z + far * s.gear  # noqa: E731
    s.ground(rgb("#D2C6B8"), rgb("#C4BAB0"), rgb("#A9AAB4"))
    left, right = -260.0, 260.0
    road = s.floor_colour(s.stand_off(rgb("#75757F"), 30), 14)
    kerb.add(pen.box(left, z(11.2), right, z(17.4)), road)
    kerb.add(pen.box(left, z(10.9), right, z(11.3)), s.floor_colour(rgb("#F0E8DC"), 11))
    kerb.add(pen.box(left, z(17.4), right, z(19.5)), s.floor_colour(s.middle, 18))
    step = 2.6
    for k in range(-14, 15):
        x = s.first.position[0] + k * step
        kerb.add(pen.box(x, z(14.0), x + 1.3, z(14.35)), s.floor_colour(rgb("#F3EEDC"), 14), 0.9)
    line = light.darker(s.floor_colour(s.near), 0.16)
    for k in range(-12, 13):
        x = s.first.position[0] + k * 1.5
        kerb.add(
            pen.polygon([(x - 0.014, z(0.5)), (x + 0.014, z(0.5)), (x + 0.03, z(10.8)), (x - 0.03, z(10.8))]), line, 0.6
        )
    for d in (3.2, 4.6, 6.6, 8.6):
        kerb.add(pen.box(left, z(d), right, z(d) + 0.03 * s.gear), line, 0.6)
    lamps = s.layer(12.2)
    for k in (-1, 1):
        x = s.first.position[0] + k * 0.37 * s.aspect * 12.2 / 1.5 + rng.uniform(-0.3, 0.3)
        lamps.paper(pen.box(x - 0.06, -0.05, x + 0.06, 3.3, 0.03), rgb("#3F4657"), shadow=0)
        lamps.paper(pen.box(x - 0.16, -0.05, x + 0.16, 0.35, 0.06), rgb("#3F4657"), shadow=0)
        if dark:
            lamps.glow(x, 3.5, 2.3, (1.0, 0.82, 0.50), 0.55)
            lamps.lit(pen.box(x - 0.2, 3.25, x + 0.2, 3.8, 0.08), (1.0, 0.90, 0.64))
            s.scenery.floor.add(
                pen.oval(x, z(12.0), 2.3, 1.3 * s.gear), mix(s.floor_colour(s.middle, 12), (1.0, 0.84, 0.55), 0.5), 0.45
            )
        else:
            lamps.paper(pen.box(x - 0.2, 3.25, x + 0.2, 3.8, 0.08), rgb("#E9EDE6"), shadow=0)
        lamps.paper(
            pen.polygon([(x - 0.28, 3.78), (x + 0.28, 3.78), (x + 0.06, 4.02), (x - 0.06, 4.02)]),
            rgb("#3F4657"),
            shadow=0,
        )


def _shops(s: Setting) -> None:
    rng, dark = s.rng, s.hour.dark
    row = s.layer(20)
    left, right = s.span(20)
    walls = ["#D98C6A", "#E7C58F", "#8FAFA3", "#C7787A", "#A9A5C4", "#DDB0A0", "#7F9DB8"]
    x, last = left, ""
    while x < right:
        w, h = rng.uniform(4.2, 5.8), rng.uniform(6.4, 9.4)
        colour = rng.choice([c for c in walls if c != last])
        last = colour
        wall = s.stand_off(rgb(colour), 26)
        row.slope(pen.box(x, -0.2, x + w, h), wall, light.lighter(wall, 0.18), h, 0)
        if rng.random() < 0.5:
            row.paper(
                pen.polygon([(x - 0.15, h), (x + w + 0.15, h), (x + 0.82 * w, h + 1.3), (x + 0.18 * w, h + 1.3)]),
                rgb("#7B5B62"),
                shadow=0.1,
            )
        else:
            row.paper(pen.box(x - 0.15, h - 0.05, x + w + 0.15, h + 0.28), light.lighter(wall, 0.35), shadow=0.1)
        columns = 3 if w > 4.9 else 2
        y = 3.5
        while y < h - 1.3:
            for k in range(columns):
                wx = x + w * (k + 0.5) / columns
                row.flat(pen.box(wx - 0.50, y - 0.09, wx + 0.50, y + 1.27), light.lighter(wall, 0.45))
                s.window(row, wx - 0.40, y, wx + 0.40, y + 1.18, rgb("#7C9BB3"), dark and rng.random() < 0.62)
            y += 2.0
        glass = pen.box(x + 0.35, 0.35, x + 0.62 * w, 2.15)
        row.flat(pen.box(x + 0.25, 0.0, x + 0.66 * w, 2.25), rgb("#F1E7D8"))
        if dark:
            row.lit(glass, (1.0, 0.83, 0.55))
            row.glow(x + 0.48 * w, 1.0, 2.2, (1.0, 0.80, 0.48), 0.40)
        else:
            row.flat(glass, rgb("#A9C8D4"))
            row.flat(
                pen.polygon([(x + 0.55, 0.35), (x + 0.95, 0.35), (x + 1.75, 2.15), (x + 1.35, 2.15)]),
                rgb("#D6E8EC"),
                0.6,
            )
        row.paper(pen.box(x + 0.72 * w, 0.0, x + 0.92 * w, 2.15), light.darker(wall, 0.40), shadow=0)
        stripe = rng.choice(("#D9574E", "#3F8F8A", "#E0A340", "#5873B0"))
        n = 6
        for k in range(n):
            a, b = x + 0.1 + (0.66 * w) * k / n, x + 0.1 + (0.66 * w) * (k + 1) / n
            row.flat(
                pen.polygon([(a, 2.75), (b, 2.75), (b + 0.05, 2.12), (a - 0.05, 2.12)]),
                s.stand_off(rgb(stripe), 22) if k % 2 else rgb("#FBF3E4"),
            )
        row.flat(pen.box(x + 0.05, 2.04, x + 0.70 * w, 2.13), light.darker(wall, 0.5), 0.3)
        x += w + 0.06


def _shine(path: pen.Path, colour: tuple[float, float, float], alpha: float, canvas: Canvas) -> None:
    canvas.fill(path, colour, alpha)


def curtain(
    layer: Layer, x0: float, x1: float, y0: float, y1: float, cloth: tuple[float, float, float], folds: int
) -> None:
    """A hanging curtain: folds in two tones with a scalloped hem."""
    w = (x1 - x0) / folds
    points = [(x0, y1)]
    for k in range(folds):
        points += [
            (x0 + k * w + 0.15 * w, y0 + 0.02 * (y1 - y0)),
            (x0 + k * w + 0.5 * w, y0),
            (x0 + k * w + 0.85 * w, y0 + 0.02 * (y1 - y0)),
        ]
    points.append((x1, y1))
    layer.paper(pen.smooth(points, 0.3), cloth)
    for k in range(folds):
        a = x0 + k * w
        layer.flat(
            pen.smooth(
                [
                    (a + 0.56 * w, y0 + 0.07 * (y1 - y0)),
                    (a + 0.94 * w, y0 + 0.07 * (y1 - y0)),
                    (a + 0.86 * w, y1),
                    (a + 0.62 * w, y1),
                ],
                0.4,
            ),
            light.darker(cloth, 0.30),
            0.85,
        )
        layer.flat(
            pen.smooth(
                [
                    (a + 0.18 * w, y0 + 0.05 * (y1 - y0)),
                    (a + 0.32 * w, y0 + 0.05 * (y1 - y0)),
                    (a + 0.30 * w, y1),
                    (a + 0.20 * w, y1),
                ],
                0.4,
            ),
            light.lighter(cloth, 0.14),
            0.8,
        )


def stage(s: Setting) -> None:
    """A theatre: painted backdrop of the hour, red curtains, boards, a spotlight on the subject."""
    hour, rng = s.hour, s.rng
    back = s.layer(13)
    left, right = s.span(13)
    sky = pen.box(left, -0.3, right, 10)
    back.items.append(lambda c: c.fade(sky, (0, 7.0, 0, 0.6), ((0, hour.sky_top, 1.0), (1, hour.sky_low, 1.0))))
    sx = s.first.position[0] + hour.sun_at[0] * min(1.0, s.aspect / 1.78) * 0.62 * 13 / 1.5
    sy = 3.5 if hour.name in ("noon", "night") else 2.6
    back.glow(sx, sy, 2.6, hour.sun, 0.5)
    back.items.append(lambda c: c.fill(pen.oval(sx, sy, 0.55, 0.55), hour.sun))
    back.items.append(lambda c: c.fill(pen.oval(sx, sy, 0.62, 0.62), hour.sun, 0.3))
    if hour.name == "night":
        for _ in range(26):
            star = pen.oval(rng.uniform(left, right), rng.uniform(2.0, 6.0), 0.035, 0.035)
            back.items.append(partial(_shine, star, (0.98, 0.95, 0.80), 0.9))
    for y, colour, step in ((1.9, "#6FA3A8", 2.3), (1.25, "#5C9A7C", 1.7)):
        flat = s.layer(12.6 if y > 1.5 else 12.0)
        skyline = [(left + i * step, y * rng.uniform(0.7, 1.15)) for i in range(int((right - left) / step) + 2)]
        flat.slope(pen.ridge(skyline, -0.4), s.stand_off(rgb(colour), 30), light.lighter(rgb(colour), 0.2), y, 0)
    cloth = rgb("#B3263A") if light.distance(s.accent, rgb("#B3263A")) > 45 else rgb("#26617F")
    wings = s.layer(10.4)
    half = 0.5 * s.aspect * 10.4 / 1.5
    centre = s.first.position[0]
    left, right = s.span(10.4)
    curtain(
        wings, left - 1, centre - 0.64 * half, -0.02, 6.5, cloth, max(4, int((centre - 0.64 * half - left + 1) / 0.62))
    )
    curtain(
        wings,
        centre + 0.64 * half,
        right + 1,
        -0.02,
        6.5,
        cloth,
        max(4, int((right + 1 - centre - 0.64 * half) / 0.62)),
    )
    top = s.layer(10.0)
    points: list[tuple[float, float]] = [(left - 1, 8.5)]
    n = int((right - left + 2) / 1.5)
    base = s.first.position[1] + 0.40 * 10.0 / 1.5
    for k in range(n):
        a = left - 1 + k * 1.5
        points += [(a, base + 0.42), (a + 0.4, base + 0.05), (a + 0.75, base), (a + 1.1, base + 0.05)]
    points += [(right + 1, base + 0.42), (right + 1, 8.5)]
    top.paper(pen.smooth(points, 0.7), cloth)
    top.flat(pen.box(left - 1, base + 0.48, right + 1, base + 0.58), rgb("#E9B95A"))
    s.ground(rgb("#B98254"), rgb("#A9744B"), rgb("#8F6142"))
    z = lambda far: s.camera_z + far * s.gear  # noqa: E731
    seam = light.darker(s.floor_colour(s.near), 0.30)
    pale = light.lighter(s.floor_colour(s.near), 0.12)
    for k in range(-16, 17):
        x = centre + k * 0.62
        s.scenery.floor.add(
            pen.polygon([(x - 0.008, z(0.5)), (x + 0.008, z(0.5)), (x + 0.012, z(12.4)), (x - 0.012, z(12.4))]),
            seam,
            0.55,
        )
        if k % 3 == 0:
            s.scenery.floor.add(
                pen.polygon([(x, z(0.5)), (x + 0.62, z(0.5)), (x + 0.62, z(12.4)), (x, z(12.4))]), pale, 0.35
            )
    warm = (1.0, 0.93, 0.74)
    where = s.subject_x
    shade = mix(s.floor_colour(s.near), (0.10, 0.06, 0.16), 0.55)
    sz = s.subject_z

    def pool(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        m = matrix_at(camera, sz, width, height)
        px, py, scale = m[0] * where + m[2], m[5], m[0]
        wide = max(1.3 * scale, 0.34 * height)
        alpha = 0.42 if hour.dark else 0.30
        canvas.fill(pen.box(0, py - 0.14 * height, width, height), shade, 0.16)
        canvas.glow(px, py, wide, 0.24 * wide, ((0, warm, alpha), (0.72, warm, alpha * 0.8), (1, warm, 0.0)))
        beam = pen.polygon(
            [(px - 0.06 * height, -2), (px + 0.06 * height, -2), (px + 0.8 * wide, py), (px - 0.8 * wide, py)]
        )
        canvas.fade(beam, (0, 0, 0, py), ((0, warm, 0.20), (1, warm, 0.03)))

    s.live(pool)


def room(s: Setting) -> None:
    """A living room: window onto the hour, curtains, pictures, shelf, sofa, lamp, rug."""
    hour, rng = s.hour, s.rng
    far = 9.5
    back = s.layer(far)
    left, right = s.span(far)
    centre, half = s.first.position[0], 0.5 * s.aspect * far / 1.5
    paper = s.stand_off(rgb(rng.choice(("#DDBFA0", "#A9C3B4", "#C9B5CF", "#E3CB94", "#A8BFD0"))), 40)
    back.slope(
        pen.box(left - 1, -0.1, right + 1, 9), light.lighter(paper, 0.08), light.darker(paper, 0.05), 5, 0, edge=0.1
    )
    for k in range(int((right - left) / 0.9)):
        back.flat(pen.box(left + k * 0.9, 0.2, left + k * 0.9 + 0.38, 9), light.lighter(paper, 0.14), 0.55)
    back.paper(pen.box(left - 1, -0.02, right + 1, 0.24), rgb("#F6EEE0"))
    side = rng.choice((-1, 1))
    wx, w, y0, y1 = centre + side * 0.46 * half, min(1.05, 0.34 * half), 1.25, 3.35
    back.paper(pen.box(wx - w - 0.14, y0 - 0.14, wx + w + 0.14, y1 + 0.14), rgb("#FBF5E9"))
    pane = pen.box(wx - w, y0, wx + w, y1)
    back.items.append(lambda c: c.fade(pane, (0, y1, 0, y0), ((0, hour.sky_top, 1.0), (1, hour.sky_low, 1.0))))
    if hour.name in ("dusk", "dawn", "night"):
        r = 0.22
        at = (wx + 0.4 * w * hour.side, y0 + (0.95 if hour.name != "night" else 1.55))
        back.items.append(lambda c: c.fill(pen.oval(*at, r, r), hour.sun))
    back.items.append(
        lambda c: c.fill(
            pen.smooth(
                [
                    (wx - w, y0),
                    (wx - w, y0 + 0.5),
                    (wx - 0.2 * w, y0 + 0.72),
                    (wx + 0.5 * w, y0 + 0.45),
                    (wx + w, y0 + 0.62),
                    (wx + w, y0),
                ],
                0.5,
            ),
            mix(hour.grade(rgb("#6FA27C")), hour.sky_low, 0.35),
        )
    )
    back.paper(pen.box(wx - 0.035, y0, wx + 0.035, y1), rgb("#FBF5E9"), shadow=0)
    back.paper(pen.box(wx - w, 2.28, wx + w, 2.35), rgb("#FBF5E9"), shadow=0)
    back.paper(pen.box(wx - w - 0.25, y0 - 0.24, wx + w + 0.25, y0 - 0.12), rgb("#FBF5E9"))
    drape = rgb(rng.choice(("#B7564F", "#4F7E86", "#D09A4A", "#6B6AA3")))
    drape = s.stand_off(drape, 30)
    curtain(back, wx - w - 0.55, wx - w + 0.12, 0.55, 3.75, drape, 3)
    curtain(back, wx + w - 0.12, wx + w + 0.55, 0.55, 3.75, drape, 3)
    back.paper(pen.box(wx - w - 0.75, 3.72, wx + w + 0.75, 3.80, 0.04), rgb("#7A5A45"))
    px = centre - side * 0.42 * half
    for dx, y, pw, ph, colour in ((-0.55, 2.35, 0.42, 0.55, "#D9825B"), (0.55, 2.55, 0.34, 0.34, "#5F97A8")):
        back.paper(pen.box(px + dx - pw, y - ph, px + dx + pw, y + ph), rgb("#8C6A4C"))
        back.flat(pen.box(px + dx - pw + 0.07, y - ph + 0.07, px + dx + pw - 0.07, y + ph - 0.07), rgb("#F7EFDF"))
        back.flat(
            pen.smooth(
                [
                    (px + dx - 0.7 * pw, y - 0.7 * ph),
                    (px + dx - 0.2 * pw, y + 0.2 * ph),
                    (px + dx + 0.2 * pw, y - 0.1 * ph),
                    (px + dx + 0.7 * pw, y - 0.7 * ph),
                ],
                0.7,
            ),
            rgb(colour),
        )
        back.flat(pen.oval(px + dx + 0.3 * pw, y + 0.35 * ph, 0.16 * pw, 0.16 * pw), rgb("#E9B84E"))
    front = s.layer(8.9)
    sx = px
    sofa = s.stand_off(rgb(rng.choice(("#5C8A86", "#C98A5B", "#8079A8", "#A6596A"))), 34)
    front.paper(pen.box(sx - 1.35, 0.18, sx + 1.35, 1.12, 0.28), light.darker(sofa, 0.10))
    for a, b in ((sx - 1.15, sx - 0.01), (sx + 0.01, sx + 1.15)):
        front.paper(pen.box(a, 0.34, b, 0.66, 0.12), light.lighter(sofa, 0.10))
    for x in (sx - 1.5, sx + 1.16):
        front.paper(pen.box(x, 0.12, x + 0.34, 0.82, 0.15), sofa)
    for x in (sx - 1.25, sx + 1.17):
        front.flat(pen.box(x, -0.02, x + 0.08, 0.16), rgb("#5B4033"))
    front.paper(
        pen.smooth([(sx - 0.9, 0.6), (sx - 0.95, 1.02), (sx - 0.45, 1.06), (sx - 0.42, 0.62)], 0.6),
        rgb("#E9BE62"),
        shadow=0.1,
    )
    lx = centre + side * 0.88 * half
    front.paper(pen.box(lx - 0.03, 0.0, lx + 0.03, 2.0), rgb("#4F4345"), shadow=0)
    front.paper(pen.box(lx - 0.26, -0.02, lx + 0.26, 0.07, 0.03), rgb("#4F4345"))
    shade = pen.polygon([(lx - 0.24, 2.42), (lx + 0.24, 2.42), (lx + 0.44, 1.85), (lx - 0.44, 1.85)])
    if hour.dark:
        front.glow(lx, 2.1, 2.6, (1.0, 0.82, 0.50), 0.50)
        front.paper(shade, rgb("#FFE9B8"))
        front.lit(shade, (1.0, 0.89, 0.62))
    else:
        front.paper(shade, rgb("#F3DFBC"))
    plant = centre + side * 0.10 * half
    front.paper(
        pen.smooth([(plant - 0.2, 0.42), (plant + 0.2, 0.42), (plant + 0.14, 0.0), (plant - 0.14, 0.0)], 0.2),
        rgb("#C06F4E"),
    )
    for a in (-0.9, -0.45, 0.0, 0.45, 0.9):
        tip = (plant + 0.62 * math.sin(a), 0.42 + 0.75 * math.cos(a))
        mid = (plant + 0.30 * math.sin(a), 0.42 + 0.42 * math.cos(a))
        front.paper(
            pen.smooth([(plant, 0.40), (mid[0] - 0.09, mid[1]), tip, (mid[0] + 0.09, mid[1])], 0.8),
            rgb("#5F9A66") if a else rgb("#4C8659"),
            shadow=0,
        )
    s.ground(rgb("#C08E62"), rgb("#B58459"), rgb("#A87850"))
    z = lambda d: s.camera_z + d * s.gear  # noqa: E731
    seam = light.darker(s.floor_colour(s.near), 0.25)
    for k in range(-18, 19):
        x = centre + k * 0.55
        s.scenery.floor.add(
            pen.polygon([(x - 0.006, z(0.5)), (x + 0.006, z(0.5)), (x + 0.010, z(9.4)), (x - 0.010, z(9.4))]),
            seam,
            0.45,
        )
    rug = s.stand_off(rgb(rng.choice(("#D8C3A5", "#8FA9B5", "#C7A0A0"))), 40)
    rx, rz = s.subject_x, s.subject_z
    wide = 0.50 * s.aspect * (rz - s.camera_z) / s.first.focal
    for scale, tone in ((1.0, light.lighter(rug, 0.4)), (0.93, rug), (0.72, light.lighter(rug, 0.25)), (0.66, rug)):
        s.scenery.floor.add(
            pen.oval(rx, rz + 0.1 * s.gear, wide * scale, 0.9 * s.gear * scale), s.floor_colour(tone), 1.0
        )
