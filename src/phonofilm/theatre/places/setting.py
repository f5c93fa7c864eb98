"""What every place is built with: depths measured as a lens of 1.5 sees them, spans that cover the picture, sky,
clouds, trees."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from functools import partial

from phonofilm.theatre import light
from phonofilm.theatre.light import Hour, mix, rgb
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.layers import Layer, Live, Scenery
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.play import RGB, Shot

LENS = 1.5
TABLE = 0.75
"""Height of a table in metres: by so much the room lies below what stands on one."""


def _fill(path: Path, colour: RGB, alpha: float, canvas: Canvas) -> None:
    canvas.fill(path, colour, alpha)


@dataclass
class Setting:
    """One shot's building site."""

    shot: Shot
    aspect: float
    indoors: bool = False
    scenery: Scenery = field(init=False)

    def __post_init__(self) -> None:
        shot = self.shot
        self.hour: Hour = light.hour(shot.hour, shot.weather, self.indoors)
        if shot.lights:
            self.hour = light.lit(self.hour, shot.lights, self.indoors)
        self.scenery = Scenery(hour=self.hour, indoors=self.indoors)
        self.rng = random.Random(f"{shot.seed} {shot.place}")
        views = [shot.camera(shot.start + (shot.end - shot.start) * k / 4) for k in range(5)]
        self.first = views[0]
        self.gear = max(0.6, self.first.focal / LENS)
        """A longer lens sees the same scenery from farther away."""
        self.scenery.sky_focal = self.first.focal
        self.camera_z = min(v.position[2] for v in views)
        actors = [a.at(shot.start).position for a in shot.actors]
        self.subject_z = actors[0][2] if actors else self.camera_z + 4.0
        self.subject_x = actors[0][0] if actors else 0.0
        self.cast_z = max([p[2] for p in actors], default=self.subject_z)
        self._left = min(v.position[0] for v in views)
        self._right = max(v.position[0] for v in views)
        self.turn = max(abs(v.focal * math.tan(v.yaw)) for v in views)
        self.deep: RGB = (0.10, 0.10, 0.22)
        """What a floor too like the subject is darkened with."""
        self.last_ridge: list[tuple[float, float]] = []
        self.accent = shot.accent or (shot.actors[0].colour if shot.actors else (0.8, 0.2, 0.2))
        at = [(a.at(shot.start).position[0], a.size[0] / 2) for a in shot.actors]
        self.across = (min((x - w for x, w in at), default=-0.3), max((x + w for x, w in at), default=0.3))
        """x from and to that the cast stands on at the start."""

    def depth(self, far: float) -> float:
        """World z of what a lens of 1.5 would see ``far`` metres away, always behind the cast."""
        return max(self.camera_z + far * self.gear, self.cast_z + 1.5)

    def span(self, far: float) -> tuple[float, float]:
        """x from and to that the picture can show at ``far``."""
        half = (self.aspect / 2 + self.turn + 0.25) * far / LENS * 1.15
        return self._left - half, self._right + half

    def layer(self, far: float, middle: bool = False) -> Layer:
        """A new upright layer, ``far`` metres away as a lens of 1.5 sees it; a middle one stands before what lives by
        itself."""
        layer = Layer(z=self.depth(far), hour=self.hour, far=far, drop=TABLE if self.shot.table else 0.0)
        (self.scenery.middle if middle else self.scenery.back).append(layer)
        return layer

    def floor_colour(self, colour: RGB, far: float = 4.0) -> RGB:
        """A floor colour graded and hazed."""
        return self.hour.at_depth(self.hour.grade(colour), far - 5.0)

    def ground(self, near: RGB, middle: RGB, far: RGB, haze: float = 70.0) -> None:
        """The floor's three hues, kept away from the subject's accent."""
        near, middle = self.stand_off(near), self.stand_off(middle)
        self.near, self.middle = near, middle
        self.scenery.ground = (self.floor_colour(far, haze), self.floor_colour(middle, 14.0), self.floor_colour(near))

    def stand_off(self, colour: RGB, least: float = 42.0) -> RGB:
        """``colour``, moved lighter or darker until the accent stands off it."""
        accent, best = self.accent, colour
        if light.distance(accent, colour) >= least:
            return colour
        for k in range(1, 9):
            up, down = mix(colour, (1.0, 0.96, 0.86), 0.07 * k), mix(colour, self.deep, 0.06 * k)
            best = max((up, down), key=lambda c: light.distance(accent, c))
            if light.distance(accent, best) >= least:
                break
        return best

    # --- sky ----------------------------------------------------------------------------------------------------------

    def sky(self, clouds: int = 5, sun: bool = True) -> None:
        """Sun or moon, stars and clouds for the hour and the weather."""
        hour, rng, sky = self.hour, self.rng, self.scenery.sky
        weather = self.shot.weather
        squeeze = min(1.0, self.aspect / 1.78)
        x, y = hour.sun_at[0] * squeeze, hour.sun_at[1]
        dull = "overcast" in self.shot.lights or "storm" in self.shot.lights
        covered = weather in ("rain", "snow", "fog") or dull
        half = (self.aspect / 2 + self.turn + 0.2) * 1.1
        if hour.name == "night" and not covered:
            stars = [
                (rng.uniform(-half, half), rng.uniform(0.12, 0.72), rng.choice((0.0022, 0.0022, 0.003, 0.0042)))
                for _ in range(46)
            ]
            for sx, sy, r in stars:
                star, shine = pen.oval(sx, sy, r, r), rng.uniform(0.55, 0.95)
                sky.append(partial(_fill, star, (0.95, 0.95, 0.86), shine))
        if sun:
            glow = mix(hour.sun, hour.sky_low, 0.25)
            strength = (0.35 if hour.name == "night" else 0.75) * (0.35 if covered else 1.0)
            size = {"dusk": 0.78, "dawn": 0.62}.get(hour.name, 0.36)
            sky.append(
                lambda c: c.glow(x, y, size, size, ((0, glow, strength), (0.25, glow, strength * 0.45), (1, glow, 0.0)))
            )
            if not covered:
                r = {"dusk": 0.072, "dawn": 0.060, "night": 0.048}.get(hour.name, 0.052)
                sky.append(lambda c: c.fill(pen.oval(x, y, r, r), hour.sun))
                if hour.name == "night":
                    crater = mix(hour.sun, hour.sky_low, 0.30)
                    sky.append(lambda c: c.fill(pen.oval(x - 0.014, y + 0.010, 0.012, 0.011), crater, 0.6))
                    sky.append(lambda c: c.fill(pen.oval(x + 0.016, y - 0.012, 0.009, 0.008), crater, 0.6))
        if weather == "fog":
            return
        if weather in ("rain", "snow") or dull:
            clouds += 5
        tone = {"dawn": rgb("#FFE3D6"), "noon": rgb("#FCFDFE"), "dusk": rgb("#C86E72"), "night": rgb("#34436F")}[
            hour.name
        ]
        if weather == "rain":
            tone = mix(tone, hour.sky_top, 0.62)
        elif weather == "snow":
            tone = mix(tone, hour.sky_low, 0.35)
        elif dull:
            tone = mix(tone, hour.sky_top, 0.75)
        for k in range(clouds):
            cx = -half + 2 * half * (k + rng.uniform(0.1, 0.9)) / clouds
            cy = rng.uniform(0.20, 0.50)
            self._cloud(
                cx, cy, rng.uniform(0.07, 0.15) * (1.5 if weather == "rain" or dull else 1.0), tone, weather == "wind"
            )

    def _cloud(self, x: float, y: float, size: float, tone: RGB, streak: bool) -> None:
        rng, hour = self.rng, self.hour
        flat = 0.5 if streak else 1.0
        puffs = [
            (x + size * dx, y + size * dy * flat, size * r, size * r * flat)
            for dx, dy, r in (
                (-0.95, 0.02, 0.42),
                (-0.42, 0.22, 0.56),
                (0.18, 0.34 + rng.uniform(-0.08, 0.1), 0.66),
                (0.78, 0.12, 0.48),
                (1.2, 0.0, 0.32),
            )
        ]
        base = pen.box(
            x - 1.35 * size, y - 0.26 * size * flat, x + 1.5 * size, y + 0.05 * size * flat, 0.15 * size * flat
        )
        path = base
        for px, py, rx, ry in puffs:
            path = path + pen.oval(px, py, rx, ry)
        colour = mix(tone, hour.sky_low, 0.18)
        shade = mix(colour, hour.sky_top, 0.30)
        e = 0.0055
        self.scenery.sky.append(lambda c: c.fill(path, shade, 0.95))
        self.scenery.sky.append(
            lambda c: c.fill(
                path, light.lighter(colour, 0.10), 0.95, (1, 0, e * hour.side, 0, 0.93, 0.07 * y + 1.6 * e)
            )
        )

    # --- land ---------------------------------------------------------------------------------------------------------

    def hills(
        self,
        far: float,
        height: float,
        waves: float,
        colour: RGB,
        low: RGB,
        step: float | None = None,
        sharp: float = 0.0,
    ) -> Layer:
        """A rolling (or, with ``sharp``, jagged) ridge right across the picture."""
        layer, rng = self.layer(far), self.rng
        left, right = self.span(far)
        step = step or far * 0.10
        n = int((right - left) / step) + 2
        phase = [rng.uniform(0, math.tau) for _ in range(3)]
        points = []
        for i in range(n):
            x = left + i * step
            t = i * step / far
            y = height * (0.62 + 0.30 * math.sin(waves * t + phase[0]) + 0.16 * math.sin(2.3 * waves * t + phase[1]))
            if sharp:
                y += height * sharp * (0.5 if i % 2 else -0.5) * rng.uniform(0.4, 1.0)
            points.append((x, max(0.15 * height, y)))
        path = pen.polygon([(left, -1.0), *points, (points[-1][0], -1.0)]) if sharp else pen.ridge(points, -1.0)
        layer.slope(path, colour, mix(colour, low, 0.55), height * 1.05, 0.0)
        self.last_ridge = points
        return layer

    def patches(
        self,
        colours: list[RGB],
        count: int,
        near: float = 2.0,
        far: float = 22.0,
        size: float = 1.0,
        alpha: float = 0.6,
    ) -> None:
        """Flat organic patches on the floor."""
        rng, gear = self.rng, self.gear
        for _ in range(count):
            d = near + (far - near) * rng.random() ** 1.5
            left, right = self.span(d)
            x, z = rng.uniform(left, right), self.camera_z + d * gear
            r = size * rng.uniform(0.5, 1.2) * (0.5 + 0.10 * d)
            wobble = [
                (
                    x + r * rng.uniform(0.75, 1.15) * math.cos(a),
                    z + gear * 0.55 * r * rng.uniform(0.75, 1.15) * math.sin(a),
                )
                for a in (k * math.tau / 9 for k in range(9))
            ]
            self.scenery.floor.add(pen.smooth(wobble), self.floor_colour(rng.choice(colours), d), alpha)

    def tree(self, layer: Layer, x: float, height: float, crown: RGB, trunk: RGB, shape: str = "round") -> None:
        """A cut-paper tree standing at x."""
        rng, side = self.rng, self.hour.side
        if shape == "round":
            layer.paper(
                pen.smooth(
                    [
                        (x - 0.05 * height, -0.1),
                        (x - 0.03 * height, 0.5 * height),
                        (x + 0.03 * height, 0.5 * height),
                        (x + 0.05 * height, -0.1),
                    ],
                    0.6,
                ),
                trunk,
                shadow=0,
            )
            path = Path(b"", [])
            for dx, dy, r in (
                (0.0, 0.72, 0.27),
                (-0.20, 0.58, 0.20),
                (0.21, 0.56, 0.21),
                (-0.08, 0.86, 0.17),
                (0.11, 0.84, 0.17),
            ):
                path = path + pen.oval(x + dx * height, dy * height, r * height * rng.uniform(0.9, 1.1), r * height)
            layer.paper(path, crown, edge=0.24)
            layer.flat(
                pen.oval(x + 0.10 * height * side, 0.74 * height, 0.17 * height, 0.14 * height),
                light.lighter(crown, 0.16),
                0.8,
            )
            layer.flat(
                pen.oval(x - 0.12 * height * side, 0.50 * height, 0.20 * height, 0.09 * height),
                light.darker(crown, 0.28),
                0.55,
            )
        elif shape in ("fir", "snowfir"):
            layer.paper(pen.box(x - 0.03 * height, -0.1, x + 0.03 * height, 0.25 * height), trunk, shadow=0)
            for k, (y0, y1, w) in enumerate(((0.14, 0.52, 0.25), (0.36, 0.76, 0.20), (0.58, 1.0, 0.145))):
                tier = pen.polygon(
                    [
                        (x - w * height, y0 * height),
                        (x - 0.4 * w * height, (y0 + 0.035) * height),
                        (x, y0 * height),
                        (x + 0.45 * w * height, (y0 + 0.035) * height),
                        (x + w * height, y0 * height),
                        (x, y1 * height),
                    ]
                )
                layer.paper(tier, light.lighter(crown, 0.05 * k), edge=0.22, shadow=0.12)
                if shape == "snowfir":
                    top, w2 = y1 * height, 0.55 * w * height
                    cut = y1 - 0.55 * (y1 - y0)
                    layer.flat(
                        pen.smooth(
                            [
                                (x, top),
                                (x - w2, cut * height),
                                (x - 0.45 * w2, (cut + 0.05) * height),
                                (x, (cut - 0.01) * height),
                                (x + 0.5 * w2, (cut + 0.05) * height),
                                (x + w2, cut * height),
                            ],
                            0.35,
                        ),
                        (0.95, 0.97, 1.0),
                    )
        elif shape == "palm":
            bend = 0.16 * height * rng.choice((-1, 1))
            trunk_path = pen.smooth(
                [
                    (x - 0.035 * height, -0.1),
                    (x + 0.3 * bend - 0.025 * height, 0.5 * height),
                    (x + bend - 0.02 * height, 0.92 * height),
                    (x + bend + 0.02 * height, 0.92 * height),
                    (x + 0.3 * bend + 0.025 * height, 0.5 * height),
                    (x + 0.04 * height, -0.1),
                ],
                0.9,
            )
            layer.paper(trunk_path, trunk, shadow=0)
            tx, ty = x + bend, 0.92 * height
            for k, a in enumerate((2.95, 2.45, 1.85, 1.2, 0.6, 0.15)):
                r = height * rng.uniform(0.36, 0.44)
                ex, ey = tx + r * math.cos(a), ty + r * 0.62 * math.sin(a) - 0.14 * height
                mx, my = tx + 0.55 * r * math.cos(a), ty + 0.75 * r * math.sin(a) + 0.03 * height
                layer.paper(
                    pen.smooth([(tx, ty), (mx, my + 0.05 * height), (ex, ey), (mx, my - 0.045 * height)], 0.9),
                    crown if k % 2 else light.darker(crown, 0.18),
                    edge=0.25,
                    shadow=0,
                )
            for dx in (-0.025, 0.03):
                layer.flat(
                    pen.oval(tx + dx * height, ty - 0.03 * height, 0.028 * height, 0.028 * height),
                    light.darker(trunk, 0.35),
                )

    def window(self, layer: Layer, x0: float, y0: float, x1: float, y1: float, glass: RGB, lit: bool) -> None:
        """A window pane: lit from inside at dusk and night."""
        path = pen.box(x0, y0, x1, y1)
        if lit:
            layer.lit(path, (1.0, 0.80 + 0.06 * self.rng.random(), 0.48))
        else:
            layer.flat(path, glass)

    def live(self, item: Live, front: bool = False) -> None:
        """Something redrawn every frame: item(canvas, camera, time, width, height) in pixels."""
        (self.scenery.live_front if front else self.scenery.live).append(item)


def blades(
    rng: random.Random, left: float, right: float, count: int, height: float
) -> list[tuple[float, float, float, float]]:
    """Grass blades as (x, height, width, lean)."""
    return [
        (
            rng.uniform(left, right),
            height * rng.uniform(0.55, 1.0),
            height * rng.uniform(0.05, 0.09),
            rng.uniform(-0.35, 0.35) * height,
        )
        for _ in range(count)
    ]


def grass(canvas: Canvas, tufts: list[tuple[float, float, float, float]], bend: float, colour: RGB) -> None:
    """Blades of one tuft as one shape, bent by ``bend`` metres at the tip."""
    commands, points = b"", []
    for x, h, w, lean in tufts:
        tip = lean + bend * (h / 0.3)
        points += [
            x - w,
            -0.2 * h,
            x - 0.4 * w + 0.25 * tip,
            0.55 * h,
            x + tip,
            h,
            x + 0.5 * w + 0.3 * tip,
            0.5 * h,
            x + w,
            -0.2 * h,
        ]
        commands += b"\x01\x02\x02\x02\x02\x00"
    canvas.fill(Path(commands, points), colour)
