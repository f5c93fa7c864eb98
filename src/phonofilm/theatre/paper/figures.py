"""People: rounded limbs between the joints of a pose, clothes with hems that follow the knees, a head that turns.

Poses come as seen from the side a person faces; here they are turned to the viewer: what is forward shrinks with the
cosine of the turn while shoulders, hips and hands part to both sides. All in metres from the floor point, x right in
the picture, y up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from phonofilm.theatre import light
from phonofilm.theatre.light import Hour
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.faces import Head
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.play import RGB, XY, Look, Pose, State

HEAD_RADIUS = 0.119
"""Share of the body's height."""
_SIDEWAYS = {
    "shoulder": 0.092,
    "elbow": 0.125,
    "hand": 0.125,
    "hip": 0.048,
    "knee": 0.050,
    "foot": 0.052,
    "toe": 0.068,
}
"""How far left and right parts stand from the middle in a front view, as shares of the height."""


@dataclass(frozen=True)
class Cloth:
    """One paper in this light: lit tone, shade tone, light edge."""

    lit: RGB
    shade: RGB
    edge: RGB


def cloth(colour: RGB, hour: Hour) -> Cloth:
    """The three tones of a garment's paper."""
    lit = hour.cast(colour)
    return Cloth(lit, light.darker(lit, 0.30), light.mix(light.lighter(lit, 0.30), hour.rim, 0.25 * hour.rim_strength))


def joints(h: float, pose: Pose, turn: float, mirrored: bool) -> dict[str, XY]:
    """The pose's joints in picture metres for a body of ``h`` metres turned by ``turn`` (0 to the camera); ``mirrored``
    for one that faces left."""
    s, c = math.sin(turn), max(0.0, math.cos(turn))
    near = 1.0 if mirrored else -1.0
    js = pose.joints
    apart = min(1.0, max(0.15, math.dist(js["hand_l"], js["hand_r"]) / (0.23 * h)))
    reach = min(js["hand_l"][0], js["hand_r"][0]) - js["shoulder"][0]
    out: dict[str, XY] = {}
    for name, (x, y) in js.items():
        stem, _, which = name.partition("_")
        if not which:
            out[name] = (x * s, y)
            continue
        side = near if which == "r" else -near
        wide = _SIDEWAYS[stem] * h
        if stem in ("hand", "elbow"):
            forward = x - js["shoulder"][0]
            if stem == "hand" and reach > 0.10 * h:
                wide *= apart  # both hands before the body: a clap closes
            else:
                wide += 0.55 * max(0.0, abs(forward) - 0.03 * h) * (1 if stem == "hand" else 0.8)
        out[name] = (x * s + side * wide * c, y)
    # A raised hand keeps off the face: it passes behind the near ear, beyond the far cheek, or (in profile) before the
    # nose.
    for which in ("r", "l"):
        x, y = out["hand_" + which]
        raised = min(1.0, max(0.0, (y - js["shoulder"][1] - 0.02 * h) / (0.12 * h)))
        if raised:
            side = (near if which == "r" else -near) if c > 0.3 else math.copysign(1.0, s)
            off = side * (x - out["head"][0])
            push = side * max(0.0, 1.30 * HEAD_RADIUS * h - off) * raised
            out["hand_" + which] = (x + push, y)
            ex, ey = out["elbow_" + which]
            out["elbow_" + which] = (ex + 0.75 * push, ey)
    spread = _SIDEWAYS["shoulder"] * h * c
    x, y = out["shoulder"]
    out["shoulder_r"], out["shoulder_l"] = (x + near * spread, y), (x - near * spread, y)
    x, y = out["hip"]
    spread = _SIDEWAYS["hip"] * h * c
    out["hip_r"], out["hip_l"] = (x + near * spread, y), (x - near * spread, y)
    return out


class Figure:
    """One person in one light, ready to be drawn in any pose."""

    def __init__(self, look: Look, hour: Hour) -> None:
        self.look, self.hour = look, hour
        self.head = Head(look, hour)
        self.coat, self.legs, self.shoes = cloth(look.coat, hour), cloth(look.legs, hour), cloth(look.shoes, hour)
        self.skin, self.extra = cloth(look.skin, hour), cloth(look.extra_colour, hour)
        self.collar = hour.cast((0.96, 0.93, 0.86))
        self.big: list[Path] = []
        """Outlines of the last drawn pose, for cast shadow and rim light."""

    # --- drawing ------------------------------------------------------------------------------------------------------

    def draw(
        self, canvas: Canvas, state: State, turn: float, pixels_per_metre: float, wind: float, time: float
    ) -> None:
        """Draws the body into the canvas's open group."""
        pose = state.pose
        if pose is None:
            return
        h = self.look.height
        self.big = []
        self._fine = pixels_per_metre * h > 150
        j = joints(h, pose, turn, state.facing < 0)
        c = math.cos(turn)
        front = abs(c) > 0.75
        sway = 0.03 * wind + 0.06 * math.sin(2.3 * time + h * 9) * min(1.0, 0.3 + 0.1 * abs(wind))
        radius = HEAD_RADIUS * h
        tilt = -0.6 * math.atan2(j["head"][0] - j["neck"][0], j["head"][1] - j["neck"][1])
        ct, st = math.cos(tilt) * radius, math.sin(tilt) * radius
        head_matrix = (ct, -st, j["head"][0], st, ct, j["head"][1])

        canvas.group(head_matrix)
        self.head.behind(canvas, turn, sway * 4)
        canvas.leave()
        if not front:
            self._arm(canvas, j, "l", True)
        self._leg(canvas, j, "l", not front)
        self._leg(canvas, j, "r", False)
        self._torso(canvas, j, turn, sway)
        if front:
            self._arm(canvas, j, "l", False)
        self._neck(canvas, j, turn, sway)
        canvas.group(head_matrix)
        self.head.draw(canvas, pose, turn, radius * pixels_per_metre, radius)
        canvas.leave()
        self._arm(canvas, j, "r", False)
        self.big += [p.moved(*head_matrix) for p in self.head.outline(turn)]

    def _limbs(self, canvas: Canvas, far: bool, *bones: tuple[Cloth, XY, XY, float, float]) -> None:
        """Bones of one limb: all shade first, then all light, so that no seam shows at the joint between equal
        papers."""
        for paper, a, b, ra, rb in bones:
            path = pen.capsule(*a, *b, ra, rb)
            self.big.append(path)
            canvas.fill(path, paper.shade)
            if bones[0][0] is not bones[-1][0] and not far:
                self._lit(canvas, paper, a, b, ra, rb)
        if bones[0][0] is bones[-1][0] and not far:
            for paper, a, b, ra, rb in bones:
                self._lit(canvas, paper, a, b, ra, rb)

    def _lit(self, canvas: Canvas, paper: Cloth, a: XY, b: XY, ra: float, rb: float) -> None:
        o = 0.20 * self.hour.side
        canvas.fill(
            pen.capsule(a[0] + o * ra, a[1] + 0.04 * ra, b[0] + o * rb, b[1] + 0.04 * rb, 0.80 * ra, 0.80 * rb),
            paper.lit,
        )

    def _leg(self, canvas: Canvas, j: dict[str, XY], which: str, far: bool) -> None:
        h, shape = self.look.height, self.look.legs_shape
        hip, knee, foot, toe = j["hip_" + which], j["knee_" + which], j["foot_" + which], j["toe_" + which]
        bare = shape in ("skirt", "shorts") or self.look.coat_shape == "dress"
        upper = self.legs if shape != "skirt" and self.look.coat_shape != "dress" else self.skin
        lower = self.skin if bare else self.legs
        slim = 0.82 if bare else 1.0
        thigh = 1.0 if upper is self.legs else slim
        self._limbs(
            canvas,
            far,
            (lower, knee, (foot[0], foot[1] + 0.008 * h), 0.039 * h * slim, 0.030 * h * slim),
            (upper, hip, knee, 0.052 * h, 0.040 * h * thigh),
        )
        # Shoe: a rounded wedge from heel to toe whose sole lies on the floor when the foot does.
        dx = toe[0] - foot[0]
        down = 0.036 * h
        flat = max(0.0, 1 - abs(dx) / (0.09 * h))
        heel = (foot[0] - 0.12 * dx, max(0.022 * h, foot[1] - down + 0.020 * h))
        tip = (toe[0] - 0.1 * dx + (0.0 if dx else 0.001), max(0.017 * h, toe[1] + 0.004 * h))
        shoe = pen.capsule(*heel, *tip, 0.026 * h + 0.006 * h * flat, 0.019 * h + 0.010 * h * flat)
        self.big.append(shoe)
        canvas.fill(shoe, self.shoes.shade if far else self.shoes.lit)
        if self._fine and not far:
            canvas.fill(
                pen.capsule(heel[0], heel[1] - 0.019 * h, tip[0], tip[1] - 0.012 * h, 0.006 * h, 0.006 * h),
                self.shoes.shade,
            )

    def _arm(self, canvas: Canvas, j: dict[str, XY], which: str, far: bool) -> None:
        h = self.look.height
        shoulder, elbow, hand = j["shoulder_" + which], j["elbow_" + which], j["hand_" + which]
        sleeve = 1.18 if self.look.coat_shape in ("coat", "hoodie") else 1.0
        short = self.look.coat_shape == "dress" or (
            self.look.coat_shape == "shirt" and self.look.legs_shape == "shorts"
        )
        dx, dy = hand[0] - elbow[0], hand[1] - elbow[1]
        cuff = (elbow[0] + 0.80 * dx, elbow[1] + 0.80 * dy)
        palm = pen.capsule(
            elbow[0] + 0.92 * dx, elbow[1] + 0.92 * dy, hand[0] + 0.12 * dx, hand[1] + 0.12 * dy, 0.027 * h, 0.031 * h
        )
        self.big.append(palm)
        canvas.fill(palm, self.skin.shade)
        if not far:
            canvas.fill(palm, self.skin.lit, 1.0, (1, 0, 0.004 * h * self.hour.side, 0, 1, 0.004 * h))
        lower, slim = (self.skin, 0.85) if short else (self.coat, sleeve)
        self._limbs(
            canvas,
            far,
            (lower, elbow, hand if short else cuff, 0.029 * h * slim, 0.026 * h * slim),
            (self.coat, shoulder, elbow, 0.039 * h * sleeve, 0.030 * h * sleeve),
        )

    def _torso(self, canvas: Canvas, j: dict[str, XY], turn: float, sway: float) -> None:
        h, shape, side = self.look.height, self.look.coat_shape, self.hour.side
        c, s = abs(math.cos(turn)), math.sin(turn)
        hip, neck = j["hip"], j["neck"]
        ux, uy = neck[0] - hip[0], neck[1] - hip[1]
        size = math.hypot(ux, uy) or 1e-6
        ux, uy = ux / size, uy / size
        nx, ny = uy, -ux

        def at(up: float, right: float) -> XY:
            return hip[0] + ux * up * size + nx * right * h, hip[1] + uy * up * size + ny * right * h

        bulk = 1.10 if shape in ("coat", "hoodie", "armour") else 1.0
        top, mid, low = (0.072 + 0.055 * c) * bulk, (0.070 + 0.030 * c) * bulk, (0.068 + 0.032 * c) * bulk
        knees = (j["knee_l"], j["knee_r"])
        paper = self.coat
        if shape == "dress" or self.look.legs_shape == "skirt":
            hem_y = min(k[1] for k in knees) + (0.02 if shape == "dress" else 0.05) * h
            self._hem(
                canvas,
                self.coat if shape == "dress" else self.legs,
                at(0.12, -low * 0.92),
                at(0.12, low * 0.92),
                knees,
                hem_y,
                0.075 * h,
                sway,
            )
        drop = {"coat": -0.62, "hoodie": -0.14, "shirt": -0.10, "dress": -0.06}[
            shape if shape in ("coat", "hoodie", "dress") else "shirt"
        ]
        if shape == "coat":
            hem_y = hip[1] + drop * size * 0.8
            middle = ((knees[0][0] + hip[0]) / 2, hem_y), ((knees[1][0] + hip[0]) / 2, hem_y)
            self._hem(canvas, paper, at(0.30, -mid), at(0.30, mid), middle, hem_y, 0.088 * h, sway)
            drop = 0.0
        left = [
            at(0.99, -0.030),
            at(0.93, -top * 0.86),
            at(0.80, -top),
            at(0.42, -mid),
            at(0.05, -low),
            at(drop, -low * 0.98),
        ]
        right = [
            at(drop, low * 0.98),
            at(0.05, low),
            at(0.42, mid),
            at(0.80, top),
            at(0.93, top * 0.86),
            at(0.99, 0.030),
        ]
        path = pen.smooth(left + right, 0.8)
        self.big.append(path)
        canvas.fill(path, paper.shade)
        squeeze = 0.86
        cx, cy = hip[0] + 0.035 * h * side, hip[1] + 0.5 * size
        canvas.fill(
            path,
            paper.lit,
            1.0,
            (squeeze, 0, cx - squeeze * hip[0], 0, 0.985, cy - 0.985 * (hip[1] + 0.5 * size) + 0.004 * h),
        )
        if not self._fine:
            if self.look.extra == "bag":
                self._bag(canvas, at, j, turn)
            return
        face = 0.062 * s
        if shape == "coat":
            canvas.fill(
                pen.polygon([at(0.94, face - 0.055 * c - 0.01), at(0.94, face + 0.055 * c + 0.01), at(0.58, face)]),
                self.collar,
            )
            canvas.fill(pen.capsule(*at(0.58, face), *at(0.02, face), 0.0045 * h, 0.0045 * h), paper.shade)
            for up in (0.46, 0.26):
                canvas.fill(pen.oval(*at(up, face + 0.022), 0.010 * h, 0.010 * h), paper.edge)
        elif shape == "hoodie":
            canvas.fill(
                pen.smooth(
                    [at(0.30, face - 0.055), at(0.30, face + 0.055), at(0.08, face + 0.075), at(0.08, face - 0.075)],
                    0.4,
                ),
                light.mix(paper.lit, paper.shade, 0.6),
            )
            for x in (-0.018, 0.018):
                canvas.fill(
                    pen.capsule(*at(0.92, face + x), *at(0.72, face + x * 1.3), 0.0045 * h, 0.0045 * h), paper.edge
                )
        elif shape == "armour":
            self._plates(canvas, at, face, top, low)
        elif shape == "dress":
            canvas.fill(
                pen.polygon([at(0.20, -mid * 1.01), at(0.20, mid * 1.01), at(0.10, low * 1.0), at(0.10, -low * 1.0)]),
                light.lighter(paper.lit, 0.40),
            )
        else:
            canvas.fill(pen.capsule(*at(0.90, face), *at(0.05, face), 0.0035 * h, 0.0035 * h), paper.shade)
            for x in (-1, 1):
                canvas.fill(
                    pen.polygon([at(1.0, face), at(0.97, face + x * 0.06), at(0.86, face + x * 0.035)]), paper.edge
                )
        if self.look.extra == "bag":
            self._bag(canvas, at, j, turn)

    def _plates(self, canvas: Canvas, at: Callable[[float, float], XY], face: float, top: float, low: float) -> None:
        """A knight's plates: a ridged breastplate, a belt, three lames below it, round shoulders."""
        h, paper = self.look.height, self.coat
        steel = light.lighter(paper.lit, 0.35)
        canvas.fill(
            pen.smooth(
                [
                    at(0.90, -0.8 * top),
                    at(0.90, 0.8 * top),
                    at(0.46, 0.78 * low),
                    at(0.34, face),
                    at(0.46, -0.78 * low),
                ],
                0.5,
            ),
            light.mix(paper.lit, steel, 0.35),
        )
        canvas.fill(pen.capsule(*at(0.90, face), *at(0.36, face), 0.006 * h, 0.004 * h), steel)
        canvas.fill(
            pen.capsule(*at(0.28, -low), *at(0.28, low), 0.012 * h, 0.012 * h),
            light.mix(paper.shade, (0.30, 0.20, 0.14), 0.6),
        )
        for up in (0.18, 0.06, -0.06):
            canvas.fill(pen.capsule(*at(up, -1.02 * low), *at(up, 1.02 * low), 0.013 * h, 0.013 * h), paper.shade)
            canvas.fill(
                pen.capsule(*at(up + 0.02, -0.98 * low), *at(up + 0.02, 0.98 * low), 0.009 * h, 0.009 * h),
                light.mix(paper.lit, steel, 0.25),
            )
        for x in (-top, top):
            canvas.fill(pen.oval(*at(0.90, x), 0.046 * h, 0.040 * h), paper.shade)
            canvas.fill(pen.oval(*at(0.92, x), 0.038 * h, 0.031 * h), light.mix(paper.lit, steel, 0.3))

    def _hem(
        self, canvas: Canvas, paper: Cloth, a: XY, b: XY, knees: tuple[XY, XY], hem_y: float, margin: float, sway: float
    ) -> None:
        left, right = min(knees[0][0], knees[1][0]) - margin, max(knees[0][0], knees[1][0]) + margin
        middle = (left + right) / 2
        path = pen.smooth(
            [
                a,
                (left + sway * 0.4, hem_y + 0.01),
                (middle + sway * 0.5, hem_y - 0.018),
                (right + sway * 0.4, hem_y + 0.01),
                b,
            ],
            0.45,
        )
        self.big.append(path)
        canvas.fill(path, paper.shade)
        k = 0.85
        canvas.fill(
            path, paper.lit, 1.0, (k, 0, middle * (1 - k) + 0.12 * (right - left) * 0.5 * self.hour.side, 0, 1, 0.004)
        )

    def _bag(self, canvas: Canvas, at: Callable[[float, float], XY], j: dict[str, XY], turn: float) -> None:
        h = self.look.height
        away = -0.075 * math.sin(turn) - 0.085 * math.cos(turn)
        x, y = j["hip"][0] + away * h, j["hip"][1] + 0.02 * h
        canvas.line(
            Path(b"\x01\x02", (j["neck"][0] + 0.05 * h, j["neck"][1] - 0.02 * h, x, y)), 0.016 * h, self.extra.shade
        )
        body = pen.box(x - 0.062 * h, y - 0.085 * h, x + 0.062 * h, y + 0.03 * h, 0.02 * h)
        self.big.append(body)
        canvas.fill(body, self.extra.shade)
        canvas.fill(body, self.extra.lit, 1.0, (0.88, 0, x * 0.12 + 0.004 * h * self.hour.side, 0, 0.9, y * 0.1))
        canvas.fill(pen.box(x - 0.062 * h, y - 0.015 * h, x + 0.062 * h, y + 0.03 * h, 0.02 * h), self.extra.edge)

    def _neck(self, canvas: Canvas, j: dict[str, XY], turn: float, sway: float) -> None:
        h = self.look.height
        neck, head = j["neck"], j["head"]
        path = pen.capsule(
            neck[0], neck[1] - 0.01 * h, neck[0] + 0.4 * (head[0] - neck[0]), neck[1] + 0.05 * h, 0.036 * h, 0.032 * h
        )
        self.big.append(path)
        canvas.fill(path, self.skin.shade)
        if self.look.coat_shape == "hoodie":
            canvas.fill(
                pen.oval(neck[0] - 0.03 * h * math.sin(turn), neck[1] + 0.004 * h, 0.072 * h, 0.034 * h),
                self.coat.shade,
            )
        if self.look.extra == "scarf":
            e = self.extra
            x = neck[0] + 0.035 * h * self.hour.side * -1
            tail = pen.smooth(
                [
                    (x - 0.026 * h, neck[1]),
                    (x + 0.026 * h, neck[1]),
                    (x + 0.032 * h + sway, neck[1] - 0.16 * h),
                    (x - 0.020 * h + sway, neck[1] - 0.165 * h),
                ],
                0.4,
            )
            canvas.fill(tail, e.shade)
            canvas.fill(
                pen.capsule(
                    neck[0] - 0.045 * h,
                    neck[1] + 0.008 * h,
                    neck[0] + 0.045 * h,
                    neck[1] + 0.008 * h,
                    0.031 * h,
                    0.031 * h,
                ),
                e.shade,
            )
            canvas.fill(
                pen.capsule(
                    neck[0] - 0.043 * h,
                    neck[1] + 0.014 * h,
                    neck[0] + 0.043 * h,
                    neck[1] + 0.014 * h,
                    0.023 * h,
                    0.023 * h,
                ),
                e.lit,
            )
