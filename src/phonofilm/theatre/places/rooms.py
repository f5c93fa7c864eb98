"""More places indoors: a blank studio sweep, kitchen, bathroom, cafe, office, corridor, and the insides of a car and a
train."""

from __future__ import annotations

import math
from functools import partial

from phonofilm.theatre import light
from phonofilm.theatre.light import mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import Layer, matrix_at
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import RGB, Camera

FAR = 9.5
"""How far away the back wall is, as a lens of 1.5 sees it."""
_WOOD, _DARK, _CREAM = rgb("#8A5F45"), rgb("#3D3A48"), rgb("#F6EEE0")


def _fade(path: Path, ends: tuple[float, float, float, float], low: RGB, high: RGB, canvas: Canvas) -> None:
    canvas.fade(path, ends, ((0, high, 1.0), (1, low, 1.0)))


def pane(s: Setting, layer: Layer, x0: float, y0: float, x1: float, y1: float) -> None:
    """What a window shows of the hour: its sky, and a hill."""
    hour = s.hour
    layer.items.append(partial(_fade, pen.box(x0, y0, x1, y1), (0, y1, 0, y0), hour.sky_low, hour.sky_top))
    hill = mix(hour.grade(rgb("#6FA27C")), hour.sky_low, 0.35)
    w, h = x1 - x0, y1 - y0
    path = pen.smooth(
        [
            (x0, y0),
            (x0, y0 + 0.24 * h),
            (x0 + 0.4 * w, y0 + 0.34 * h),
            (x0 + 0.75 * w, y0 + 0.2 * h),
            (x1, y0 + 0.3 * h),
            (x1, y0),
        ],
        0.4,
    )
    layer.items.append(lambda c: c.fill(path, hill))


def lamp(s: Setting, layer: Layer, x: float, y: float, cord: float = 6.0) -> None:
    """A hanging lamp, always lit."""
    layer.paper(pen.box(x - 0.02, y, x + 0.02, y + cord), _DARK, shadow=0)
    layer.glow(x, y - 0.1, 1.6, (1.0, 0.84, 0.55), 0.5 if s.hour.dark else 0.22)
    layer.paper(
        pen.polygon([(x - 0.34, y), (x + 0.34, y), (x + 0.12, y + 0.34), (x - 0.12, y + 0.34)]), _DARK, shadow=0
    )
    layer.lit(pen.oval(x, y, 0.16, 0.07), (1.0, 0.92, 0.70))


def _wall(s: Setting, colour: RGB, tiles: float = 0.0, high: float = 9.0) -> tuple[Layer, float, float]:
    """The back wall, tiled up to ``high`` where ``tiles`` (their size in metres) is given: (layer, middle, half the
    picture's width there)."""
    back = s.layer(FAR)
    left, right = s.span(FAR)
    centre, half = s.first.position[0], 0.5 * s.aspect * FAR / 1.5
    paper = mix(s.shot.walls, (0.45, 0.48, 0.56), 0.14) if s.shot.walls else s.stand_off(colour, 40)
    back.slope(
        pen.box(left - 1, -0.1, right + 1, 9), light.lighter(paper, 0.08), light.darker(paper, 0.06), 5, 0, edge=0.1
    )
    if tiles:
        tile, seam = light.lighter(paper, 0.32), light.darker(paper, 0.08)
        back.flat(pen.box(left - 1, 0, right + 1, high), tile)
        for k in range(int(high / tiles) + 1):
            back.flat(pen.box(left - 1, k * tiles, right + 1, k * tiles + 0.03), seam, 0.6)
        for k in range(int((right - left + 2) / (2 * tiles))):
            back.flat(pen.box(left - 1 + 2 * k * tiles, 0, left - 0.97 + 2 * k * tiles, high), seam, 0.6)
    back.paper(pen.box(left - 1, -0.1, right + 1, 0.16), light.darker(paper, 0.25), shadow=0)
    return back, centre, half


def _floor(s: Setting, near: str, middle: str, far: str, table: str = "#A97B55") -> None:
    """The floor, or the top of the table that small things stand on."""
    if not s.shot.table:
        s.ground(rgb(near), rgb(middle), rgb(far))
        return
    s.ground(rgb(table), light.lighter(rgb(table), 0.1), rgb(far))
    edge = s.subject_z + 0.45 * (s.subject_z - s.camera_z)
    s.scenery.floor.add(pen.box(-300, edge, 300, edge + 400), s.floor_colour(rgb(far), 12.0))
    s.scenery.floor.add(pen.box(-300, edge - 0.04, 300, edge), light.lighter(s.floor_colour(s.near), 0.35))
    for k in range(3):
        z = s.camera_z + (edge - s.camera_z) * (0.55 + 0.15 * k)
        s.scenery.floor.add(pen.box(-300, z, 300, z + 0.006), light.darker(s.floor_colour(s.near), 0.2), 0.5)


def studio(s: Setting) -> None:
    """A seamless sweep of one hue, a soft pool of light, and a round plinth under what is small."""
    hue = s.stand_off(s.shot.tone or rgb("#D9D3CB"), 34)
    graded = s.hour.grade(hue)
    dark = light.luminance(hue) < 30
    top, low, near = (
        light.darker(graded, 0.42 if dark else 0.16),
        light.lighter(graded, 0.05 if dark else 0.16),
        light.lighter(graded, 0.10 if dark else 0.26),
    )
    wall = s.layer(14)
    left, right = s.span(14)
    wall.items.append(partial(_fade, pen.box(left - 80, -0.4, right + 80, 60), (0, 6.5, 0, -0.2), low, top))
    s.near = s.middle = hue
    s.scenery.ground = (low, mix(low, near, 0.5), near)
    glow = (1.0, 0.97, 0.90)
    wall.glow(s.first.position[0], 1.8, 5.2, glow, 0.20 if dark else 0.34)
    if s.shot.camera_move not in ("static", "handheld"):
        _lamps(s, light.mix(graded, (1.0, 0.99, 0.95), 0.55), light.darker(graded, 0.45))
    x0, z0, table = s.subject_x, s.subject_z, s.shot.table
    block = s.hour.grade(
        s.stand_off(light.darker(hue, 0.55) if light.luminance(hue) > 55 else light.lighter(hue, 0.35), 40)
    )

    def plinth(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        m = matrix_at(camera, z0, width, height)
        px, py, scale = m[0] * x0 + m[2], m[5], m[0]
        if not table:
            canvas.glow(px, py, 1.5 * scale, 0.3 * scale, ((0, glow, 0.35), (0.6, glow, 0.18), (1, glow, 0.0)))
            return
        px = m[0] * (s.across[0] + s.across[1]) / 2 + m[2]
        wide = max(0.31, 0.62 * (s.across[1] - s.across[0])) * scale
        flat = wide * max(0.12, min(0.4, camera.position[1] / max(0.5, z0 - camera.position[2])))
        side = pen.box(px - wide, py, px + wide, py + 2.0 * height)
        canvas.fade(
            side,
            (px - wide, 0, px + wide, 0),
            (
                (0, light.darker(block, 0.1), 1.0),
                (0.3, light.lighter(block, 0.12), 1.0),
                (1, light.darker(block, 0.4), 1.0),
            ),
        )
        canvas.fill(pen.oval(px, py, wide, flat), light.lighter(block, 0.22))
        canvas.fill(pen.oval(px, py + 0.06 * flat, 0.95 * wide, 0.9 * flat), light.lighter(block, 0.12))

    s.live(plinth)


def _lamps(s: Setting, pale: RGB, dark: RGB) -> None:
    """What a studio's camera travels past: tall strips of soft light before the sweep, some nearer, some farther."""
    for far, step, tall in ((13.2, 4.4, 5.2), (10.0, 6.2, 3.3)):
        layer = s.layer(far)
        left, right = s.span(far)
        x, n = s.first.position[0] + step * (math.floor((left - s.first.position[0]) / step) + 0.5), 0
        while x < right:
            h, w = tall * (1.0 if n % 2 else 0.84), (0.10, 0.16, 0.30)[n % 3] * far / 10
            layer.paper(pen.box(x - w - 0.05, 0.0, x + w + 0.05, h + 0.05, 0.05), dark)
            layer.glow(x, 0.5 * h, 5.0 * w, pale, 0.40, 0.7 * h)
            layer.lit(pen.box(x - w, 0.05, x + w, h, 0.04), pale)
            x, n = x + step, n + 1


def kitchen(s: Setting) -> None:
    """Tiles, wall cupboards, a worktop with a stove, a window."""
    back, centre, half = _wall(s, rgb("#BFD0C4"), 0.42)
    left, right = s.span(FAR)
    side = s.rng.choice((-1, 1))
    wx = centre - side * 0.18 * half
    back.paper(pen.box(wx - 1.15, 1.55, wx + 1.15, 3.25), rgb("#FBF5E9"))
    pane(s, back, wx - 1.02, 1.68, wx + 1.02, 3.12)
    back.paper(pen.box(wx - 0.03, 1.68, wx + 0.03, 3.12), rgb("#FBF5E9"), shadow=0)
    front, door, top = s.layer(8.9), rgb(s.rng.choice(("#4F7F86", "#C9785C", "#6E8F6B", "#D9B36C"))), rgb("#EADCC6")
    door = s.stand_off(door, 30)
    for a in (-1, 1):
        x = centre + a * 0.72 * half
        back.paper(pen.box(x - 1.35, 2.35, x + 1.35, 3.5), door)
        for k in range(3):
            back.paper(
                pen.box(x - 1.28 + 0.88 * k, 2.43, x - 0.48 + 0.88 * k, 3.42), light.lighter(door, 0.12), shadow=0
            )
            back.flat(pen.box(x - 0.62 + 0.88 * k, 2.5, x - 0.56 + 0.88 * k, 2.72), _CREAM)
    front.paper(pen.box(left - 1, -0.05, right + 1, 0.94), light.darker(door, 0.08))
    for k in range(int((right - left + 2) / 1.1)):
        front.paper(
            pen.box(left - 0.95 + 1.1 * k, 0.08, left + 0.05 + 1.1 * k, 0.84), light.lighter(door, 0.08), shadow=0
        )
    front.paper(pen.box(left - 1, 0.92, right + 1, 1.03), top)
    x = centre + side * 0.5 * half
    front.paper(pen.box(x - 0.62, 0.06, x + 0.62, 0.92), rgb("#5A5D69"))
    front.flat(pen.box(x - 0.48, 0.2, x + 0.48, 0.62), rgb("#2E2C3A"))
    front.paper(pen.box(x - 0.30, 1.03, x + 0.22, 1.34, 0.08), rgb("#C6584A"))
    front.paper(pen.box(x + 0.2, 1.2, x + 0.5, 1.26), rgb("#5B4033"), shadow=0)
    for k, colour in enumerate(("#D9825B", "#E3BE62", "#5F97A8")):
        jar = wx + side * 0.4 + 0.34 * k
        front.paper(pen.box(jar - 0.12, 1.03, jar + 0.12, 1.36, 0.05), rgb(colour))
    lamp(s, s.layer(8.2), centre - side * 0.55 * half, 3.35)
    if s.shot.island:
        block = s.layer(6.8)
        x, wide = centre - side * 0.30 * half, 1.30
        block.paper(pen.box(x - wide, -0.05, x + wide, 0.88), _WOOD)
        for k in range(3):
            left_edge = x - wide + 0.10 + 0.82 * k
            block.paper(pen.box(left_edge, 0.12, left_edge + 0.76, 0.78), light.lighter(_WOOD, 0.12), shadow=0)
            block.flat(pen.box(left_edge + 0.28, 0.64, left_edge + 0.48, 0.68), _DARK)
        block.paper(pen.box(x - wide - 0.12, 0.86, x + wide + 0.12, 1.0, 0.02), rgb("#F1EFEC"))
        for k in range(5):
            vein = x - wide + 0.2 + 0.5 * k
            block.flat(
                pen.polygon([(vein, 0.88), (vein + 0.03, 0.88), (vein + 0.20, 0.98), (vein + 0.17, 0.98)]),
                rgb("#B9B6B8"),
                0.7,
            )
    _floor(s, "#D8C6AE", "#CDB89C", "#B9A285")


def bathroom(s: Setting) -> None:
    """Pale tiles, a basin under a round mirror, towel and plant."""
    back, centre, half = _wall(s, rgb("#BFD6DA"), 0.5)
    side = s.rng.choice((-1, 1))
    x = centre + side * 0.45 * half
    back.paper(pen.oval(x, 2.45, 0.92, 0.92), rgb("#E9D3A6"))
    back.items.append(
        partial(
            _fade,
            pen.oval(x, 2.45, 0.80, 0.80),
            (0, 3.3, 0, 1.6),
            light.lighter(s.hour.grade(rgb("#CFE3E8")), 0.3),
            s.hour.grade(rgb("#A9CBD6")),
        )
    )
    back.flat(pen.polygon([(x - 0.55, 2.0), (x - 0.35, 1.85), (x + 0.45, 2.95), (x + 0.25, 3.08)]), (1, 1, 1), 0.45)
    front = s.layer(8.9)
    front.paper(pen.box(x - 1.5, -0.05, x + 1.5, 0.82), rgb("#A9805C"))
    for k in (-0.75, 0.75):
        front.paper(pen.box(x + k - 0.66, 0.08, x + k + 0.66, 0.72), rgb("#BB9370"), shadow=0)
    front.paper(pen.box(x - 1.6, 0.80, x + 1.6, 0.92), rgb("#F4F1EC"))
    front.paper(
        pen.smooth([(x - 0.62, 1.14), (x + 0.62, 1.14), (x + 0.42, 0.90), (x - 0.42, 0.90)], 0.4), rgb("#FFFFFF")
    )
    front.paper(
        pen.box(x - 0.05, 1.1, x + 0.05, 1.5, 0.04) + pen.box(x - 0.05, 1.42, x + 0.3, 1.5, 0.04),
        rgb("#C8B27A"),
        shadow=0,
    )
    y = centre - side * 0.5 * half
    back.paper(pen.box(y - 0.75, 2.3, y + 0.75, 2.36, 0.03), rgb("#C8B27A"))
    back.paper(pen.box(y - 0.5, 1.15, y + 0.35, 2.33, 0.05), s.stand_off(rgb("#E9A48E"), 26))
    back.flat(pen.box(y - 0.5, 1.35, y + 0.35, 1.45), _CREAM, 0.8)
    pot = centre - side * 0.82 * half
    front.paper(
        pen.smooth([(pot - 0.26, 0.5), (pot + 0.26, 0.5), (pot + 0.18, 0.0), (pot - 0.18, 0.0)], 0.2), rgb("#F0E4D0")
    )
    for a in (-0.8, -0.4, 0.0, 0.4, 0.8):
        tip = (pot + 0.75 * math.sin(a), 0.5 + 0.95 * math.cos(a))
        mid = (pot + 0.35 * math.sin(a), 0.5 + 0.5 * math.cos(a))
        front.paper(
            pen.smooth([(pot, 0.48), (mid[0] - 0.1, mid[1]), tip, (mid[0] + 0.1, mid[1])], 0.8),
            rgb("#5F9A66"),
            shadow=0,
        )
    _floor(s, "#DDE3E2", "#CFD8D8", "#B9C6C8", "#E6E0D6")


def cafe(s: Setting) -> None:
    """A wooden counter with its machine, shelves of bottles and cups, hanging lamps."""
    back, centre, half = _wall(s, rgb(s.rng.choice(("#8C6B5A", "#5F7A73", "#9A6B5B"))))
    left, right = s.span(FAR)
    for y in (2.3, 3.05):
        back.paper(pen.box(centre - 0.8 * half, y, centre + 0.8 * half, y + 0.08), _WOOD)
        x = centre - 0.76 * half
        while x < centre + 0.74 * half:
            h = s.rng.uniform(0.22, 0.5)
            colour = rgb(s.rng.choice(("#D9825B", "#E9D9BE", "#5F97A8", "#7FA36B", "#C9A24A", "#B7564F")))
            if h > 0.36:
                back.paper(
                    pen.box(x, y + 0.08, x + 0.15, y + 0.08 + 0.68 * h, 0.04)
                    + pen.box(x + 0.05, y + 0.08 + 0.6 * h, x + 0.10, y + 0.08 + h),
                    colour,
                    shadow=0,
                )
            else:
                back.paper(pen.box(x, y + 0.08, x + 0.24, y + 0.08 + h, 0.05), colour, shadow=0)
            x += s.rng.uniform(0.3, 0.62)
    board = centre + s.rng.choice((-1, 1)) * 0.55 * half
    back.paper(pen.box(board - 0.9, 1.15, board + 0.9, 2.05), _WOOD)
    back.flat(pen.box(board - 0.82, 1.23, board + 0.82, 1.97), rgb("#2F3B3A"))
    for k in range(4):
        back.flat(
            pen.box(board - 0.6, 1.36 + 0.15 * k, board + s.rng.uniform(-0.1, 0.6), 1.40 + 0.15 * k),
            rgb("#E9E2D2"),
            0.8,
        )
    front = s.layer(8.7)
    wood = s.stand_off(rgb("#A9744B"), 30)
    front.paper(pen.box(left - 1, -0.05, right + 1, 0.98), light.darker(wood, 0.12))
    for k in range(int((right - left + 2) / 0.42)):
        front.flat(pen.box(left - 1 + 0.42 * k, 0.0, left - 0.97 + 0.42 * k, 0.92), light.darker(wood, 0.4), 0.6)
    front.paper(pen.box(left - 1, 0.96, right + 1, 1.10), light.lighter(wood, 0.25))
    x = 2 * centre - board
    front.paper(pen.box(x - 0.62, 1.10, x + 0.62, 1.78, 0.08), rgb("#B9BEC6"))
    front.paper(pen.box(x - 0.70, 1.70, x + 0.70, 1.86, 0.04), rgb("#8D939E"))
    front.flat(pen.box(x - 0.45, 1.16, x + 0.45, 1.46), rgb("#3D3A48"))
    front.paper(pen.box(x - 0.08, 1.16, x + 0.08, 1.32, 0.03), _CREAM, shadow=0)
    for k in (-0.55, 0.05, 0.6):
        lamp(s, s.layer(8.0), centre + k * half, 3.2)
    _floor(s, "#B08058", "#A4754F", "#8F6446", "#9A6A45")


def office(s: Setting) -> None:
    """A wide window over the city, desks with screens, a plant."""
    back, centre, half = _wall(s, rgb("#C9D2DA"))
    left, right = s.span(FAR)
    y0, y1 = 1.0, 3.7
    back.items.append(partial(_fade, pen.box(left, y0, right, y1), (0, y1, 0, y0), s.hour.sky_low, s.hour.sky_top))
    x = left
    while x < right:
        w, h = s.rng.uniform(0.5, 1.1), s.rng.uniform(0.5, 2.0)
        tower = mix(s.hour.grade(rgb("#8AA0BE")), s.hour.sky_low, 0.3)
        back.items.append(partial(lambda path, colour, c: c.fill(path, colour), pen.box(x, y0, x + w, y0 + h), tower))
        if s.hour.dark:
            for _ in range(4):
                a, b = x + w * s.rng.uniform(0.15, 0.75), y0 + h * s.rng.uniform(0.2, 0.9)
                back.lit(pen.box(a, b, a + 0.09, b + 0.09), (0.98, 0.82, 0.52), 0.9)
        x += w + s.rng.uniform(0.0, 0.3)
    for k in range(int((right - left) / 1.9) + 1):
        back.paper(pen.box(left + 1.9 * k - 0.05, y0, left + 1.9 * k + 0.05, y1), rgb("#F1F3F4"), shadow=0)
    back.paper(pen.box(left, y0 - 0.1, right, y0), rgb("#F1F3F4"))
    front = s.layer(8.7)
    for a in (-0.66, 0.62):
        x = centre + a * half
        front.paper(pen.box(x - 1.3, 0.70, x + 1.3, 0.80), rgb("#C79A6B"))
        for k in (-1.2, 1.1):
            front.flat(pen.box(x + k, 0.0, x + k + 0.1, 0.7), _DARK)
        front.paper(pen.box(x - 0.5, 0.98, x + 0.5, 1.6, 0.05), rgb("#3D3A48"))
        front.lit(pen.box(x - 0.43, 1.05, x + 0.43, 1.53), (0.62, 0.82, 0.92), 0.9)
        front.paper(pen.box(x - 0.06, 0.8, x + 0.06, 0.98), rgb("#3D3A48"), shadow=0)
        front.paper(pen.box(x + 0.75, 0.8, x + 0.93, 1.02, 0.03), rgb("#D9574E"), shadow=0)
    _floor(s, "#A9AFB8", "#9CA3AD", "#8B929E", "#C79A6B")


def corridor(s: Setting) -> None:
    """Doors to both sides, lamp behind lamp, an end that glows."""
    centre = s.first.position[0]
    wall, tones = rgb("#B7B9C9"), (0.0, 0.10, 0.20, 0.30)
    end = s.layer(30)
    left, right = s.span(30)
    end.slope(pen.box(left, -0.2, right, 14), light.darker(wall, 0.25), light.darker(wall, 0.4), 6, 0)
    end.glow(centre, 1.4, 3.0, (1.0, 0.95, 0.85), 0.8)
    end.lit(pen.box(centre - 0.9, 0.0, centre + 0.9, 2.6), (0.98, 0.96, 0.90))
    for far, tone in zip((22.0, 16.0, 11.5, 8.6), reversed(tones), strict=True):
        layer, half = s.layer(far), 2.6
        left, right = s.span(far)
        colour = s.stand_off(light.darker(wall, tone), 26)
        for a, b in ((left - 1, centre - half), (centre + half, right + 1)):
            layer.slope(pen.box(a, -0.2, b, 9), light.lighter(colour, 0.1), light.darker(colour, 0.1), 5, 0)
        layer.paper(pen.box(left - 1, 3.4, right + 1, 9), light.lighter(colour, 0.2), shadow=0)
        layer.paper(pen.box(left - 1, 3.3, right + 1, 3.42), light.darker(colour, 0.2))
        for k in (-1, 1):
            x = centre + k * (half + 0.75)
            layer.paper(pen.box(x - 0.55, 0, x + 0.55, 2.3), rgb("#6F5A63"))
            layer.flat(pen.oval(x - 0.4 * k, 1.1, 0.06, 0.06), rgb("#E9C46A"))
        layer.lit(pen.box(centre - 0.55, 3.28, centre + 0.55, 3.4), (1.0, 0.96, 0.84))
        layer.glow(centre, 3.3, 1.4, (1.0, 0.93, 0.75), 0.35)
    _floor(s, "#9A93A6", "#8B8498", "#6F687E")
    for k in (-1, 1):
        z = lambda far: s.camera_z + far * s.gear  # noqa: E731
        s.scenery.floor.add(
            pen.box(centre + 2.4 * k - 0.06, z(0.5), centre + 2.4 * k + 0.06, z(30)),
            s.floor_colour(rgb("#E6DDEB")),
            0.5,
        )


def _passing(s: Setting, windows: list[tuple[float, float, float, float]], speed: float, layer: Layer) -> None:
    """A landscape that passes by behind windows (x0, y0, x1, y1)."""
    rng, hour, z = s.rng, s.hour, layer.z
    things = [(rng.uniform(0, 12), rng.uniform(0.3, 0.9), rng.choice((0, 1))) for _ in range(16)]
    tones = (mix(hour.grade(rgb("#5E8F63")), hour.sky_low, 0.25), mix(hour.grade(rgb("#7E93B5")), hour.sky_low, 0.3))
    ground = mix(hour.grade(rgb("#93B06C")), hour.sky_low, 0.3)

    def draw(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        canvas.group(matrix_at(camera, z, width, height))
        for x0, y0, x1, y1 in windows:
            canvas.fade(pen.box(x0, y0, x1, y1), (0, y1, 0, y0), ((0, hour.sky_top, 1.0), (1, hour.sky_low, 1.0)))
            canvas.fill(pen.box(x0, y0, x1, y0 + 0.18 * (y1 - y0)), ground)
            for at, tall, kind in things:
                x = (at - speed * time) % 12.0 - 6.0
                w = 0.28 if kind else 0.5
                a, b = max(x0, x - w), min(x1, x + w)
                if b - a > 0.02:
                    top = y0 + 0.12 + tall * (y1 - y0) * 0.75
                    canvas.fill(pen.box(a, y0 + 0.08, b, top, 0.0 if kind else min(0.3, (b - a) / 2)), tones[kind])
                    if kind and hour.dark:
                        canvas.fill(
                            pen.box(a + 0.3 * (b - a), top - 0.35, a + 0.6 * (b - a), top - 0.2), (0.98, 0.82, 0.52)
                        )
        canvas.leave()

    s.live(draw)


def car(s: Setting) -> None:
    """The inside of a car: seats, the street passing behind the windows, the wheel before whoever sits there."""
    centre, far = s.first.position[0], 9.0
    back, frame = s.layer(far), s.layer(8.8, middle=True)
    left, right = s.span(far)
    back.paper(pen.box(left - 1, -3, right + 1, 9), rgb("#4A4654"))
    windows = [(centre - 4.4, 1.15, centre - 0.2, 3.4), (centre + 0.15, 1.15, centre + 4.4, 3.4)]
    _passing(s, windows, 1.6, s.layer(8.95))
    cloth, roof = s.stand_off(rgb("#6B6474"), 24), rgb("#D8CFC4")
    frame.paper(pen.box(left - 1, 3.3, right + 1, 9), roof)
    frame.paper(pen.box(left - 1, -3, right + 1, 1.2), rgb("#5A5363"))
    for a, b in ((left - 1, centre - 4.3), (centre - 0.22, centre + 0.17), (centre + 4.3, right + 1)):
        frame.paper(pen.box(a, 1.0, b, 3.4), rgb("#4A4654"), shadow=0)
    for x in (centre - 1.7, centre + 1.7):
        frame.paper(pen.box(x - 1.0, -2.0, x + 1.0, 1.95, 0.3), cloth)
        frame.paper(pen.box(x - 0.8, -2.0, x + 0.8, 1.75, 0.25), light.lighter(cloth, 0.12), shadow=0)
        frame.paper(pen.box(x - 0.5, 1.9, x + 0.5, 2.5, 0.2), cloth)
    s.ground(rgb("#3F3A48"), rgb("#4A4453"), rgb("#4A4453"))
    side = s.rng.choice((-1, 1))

    def dashboard(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        ink, edge = s.hour.grade(rgb("#37333F")), s.hour.grade(rgb("#55505F"))
        y = 0.86 * height
        canvas.fill(
            pen.smooth(
                [
                    (-0.1 * width, y),
                    (0.5 * width, y - 0.05 * height),
                    (1.1 * width, y),
                    (1.1 * width, 1.2 * height),
                    (-0.1 * width, 1.2 * height),
                ],
                0.4,
            ),
            edge,
        )
        canvas.fill(
            pen.smooth(
                [
                    (-0.1 * width, y + 0.02 * height),
                    (0.5 * width, y - 0.03 * height),
                    (1.1 * width, y + 0.02 * height),
                    (1.1 * width, 1.2 * height),
                    (-0.1 * width, 1.2 * height),
                ],
                0.4,
            ),
            ink,
        )
        x, turn = width * (0.5 + 0.36 * side), 0.05 * math.sin(1.3 * time)
        rim = pen.oval(x, 1.0 * height, 0.20 * height, 0.17 * height, turn)
        canvas.line(rim, 0.032 * height, s.hour.grade(rgb("#201D29")))

    if not s.shot.arm:  # a selfie is taken from within the wheel
        s.live(dashboard, front=True)


def train(s: Setting) -> None:
    """A carriage: windows with the land passing, seats, poles and a rack."""
    centre, far = s.first.position[0], 9.2
    left, right = s.span(far)
    back, frame = s.layer(far), s.layer(9.0, middle=True)
    back.paper(pen.box(left - 1, -1, right + 1, 9), rgb("#8E97A3"))
    windows = [(centre + 2.5 * k - 1.05, 1.35, centre + 2.5 * k + 1.05, 2.85) for k in range(-3, 4)]
    _passing(s, windows, 4.2, s.layer(9.1))
    shell = s.stand_off(rgb("#D9DDE0"), 30)
    frame.paper(pen.box(left - 1, 2.8, right + 1, 9), shell)
    frame.paper(pen.box(left - 1, -0.1, right + 1, 1.4), shell)
    for a, b in zip(windows, windows[1:], strict=False):
        frame.paper(pen.box(a[2] - 0.06, 1.2, b[0] + 0.06, 3.0), shell, shadow=0)
    frame.paper(pen.box(left - 1, 3.2, right + 1, 3.3), rgb("#7B8490"))
    frame.lit(pen.box(left - 1, 3.7, right + 1, 3.82), (1.0, 0.97, 0.88), 0.9)
    cloth = s.stand_off(rgb("#C2574A"), 26)
    for k in range(-3, 4):
        x = centre + 2.5 * k + 1.25
        frame.paper(pen.box(x - 0.95, 0.45, x + 0.95, 1.35, 0.16), cloth)
        frame.paper(pen.box(x - 0.95, 0.38, x + 0.95, 0.62, 0.1), light.darker(cloth, 0.2))
        frame.flat(pen.box(x - 0.8, 0.0, x - 0.7, 0.4) + pen.box(x + 0.7, 0.0, x + 0.8, 0.4), _DARK)
    poles = s.layer(8.0, middle=True)
    for k in (-0.62, 0.62):
        x = centre + k * 0.5 * s.aspect * 8.0 / 1.5
        poles.paper(pen.box(x - 0.03, 0, x + 0.03, 9), rgb("#E3BE62"), shadow=0)
    _floor(s, "#8C8F99", "#7F828D", "#71747F")
