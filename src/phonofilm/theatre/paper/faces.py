"""Heads: skull, hair, hats, eyes, brows and a mouth that speaks, turned continuously from front to profile.

Everything is in head radii, y up, the centre of the head at the origin; ``turn`` is the angle the face is turned away
from the viewer (0 to the camera, +pi/2 to the right). Outlines exist as a front and a side cut and are blended between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from phonofilm.theatre import light
from phonofilm.theatre.light import Hour
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.pen import Canvas, Path
from phonofilm.theatre.play import Look, Pose

Cut = Sequence[tuple[float, float]]

_SKULL_FRONT = (
    (0, 1.0),
    (0.52, 0.87),
    (0.86, 0.42),
    (0.92, 0.0),
    (0.86, -0.42),
    (0.64, -0.80),
    (0.27, -1.00),
    (-0.27, -1.00),
    (-0.64, -0.80),
    (-0.86, -0.42),
    (-0.92, 0.0),
    (-0.86, 0.42),
    (-0.52, 0.87),
)
_SKULL_SIDE = (
    (0.05, 1.0),
    (0.55, 0.86),
    (0.85, 0.45),
    (0.88, 0.05),
    (0.86, -0.35),
    (0.82, -0.74),
    (0.60, -0.99),
    (0.20, -1.00),
    (-0.28, -0.88),
    (-0.72, -0.58),
    (-0.95, -0.02),
    (-0.90, 0.48),
    (-0.50, 0.89),
)
_JAW = (0, 0, 0, 0, 0.3, 0.9, 1.0, 1.0, 0.9, 0.3, 0, 0, 0)
_JAW_SIDE = (0, 0, 0, 0, 0.3, 0.9, 1.0, 0.9, 0.5, 0.1, 0, 0, 0)
_CAP_FRONT = (
    (-1.0, -0.05),
    (-1.07, 0.45),
    (-0.74, 0.98),
    (0, 1.17),
    (0.74, 0.98),
    (1.07, 0.45),
    (1.0, -0.05),
    (0.86, 0.26),
    (0.45, 0.56),
    (-0.10, 0.60),
    (-0.55, 0.46),
    (-0.86, 0.20),
)
_CAP_SIDE = (
    (-0.62, -0.72),
    (-1.11, 0.10),
    (-0.88, 0.86),
    (-0.10, 1.18),
    (0.60, 1.02),
    (0.94, 0.62),
    (0.86, 0.42),
    (0.62, 0.52),
    (0.30, 0.42),
    (0.08, 0.12),
    (-0.10, -0.20),
    (-0.35, -0.55),
)
_BACK_FRONT = (
    (-1.10, 0.50),
    (-1.18, -0.30),
    (-1.06, -1.05),
    (0, -1.16),
    (1.06, -1.05),
    (1.18, -0.30),
    (1.10, 0.50),
    (0, 1.12),
)
_BACK_SIDE = (
    (-1.12, 0.60),
    (-1.26, -0.30),
    (-1.12, -1.05),
    (-0.50, -1.18),
    (0.02, -0.98),
    (0.14, -0.30),
    (0.25, 0.50),
    (-0.20, 1.12),
)
_DOME = ((-1.07, 0.34), (-1.0, 0.86), (-0.55, 1.26), (0, 1.36), (0.55, 1.26), (1.0, 0.86), (1.07, 0.34), (0, 0.46))

_CROWN = ((-0.88, 0.52), (-0.80, 1.12), (-0.3, 1.36), (0.3, 1.36), (0.80, 1.12), (0.88, 0.52), (0, 0.42))


def _cut(front: Cut, side: Cut, share: float, sign: float) -> list[tuple[float, float]]:
    k = 1.0 - share
    return [((a[0] * k + b[0] * share) * sign, a[1] * k + b[1] * share) for a, b in zip(front, side, strict=True)]


class Head:
    """One person's head in one light; outlines that depend on the turn alone are kept between frames."""

    def __init__(self, look: Look, hour: Hour) -> None:
        c = hour.cast
        self.look, self.hour = look, hour
        self.skin = c(look.skin)
        self.skin_shade = light.mix(self.skin, light.darker(self.skin, 0.5), 0.42)
        self.skin_light = light.mix(self.skin, c((1.0, 0.80, 0.62)), 0.22)
        self.hair, self.hair_light = c(look.hair), light.lighter(c(look.hair), 0.16)
        self.hat, self.hat_shade = c(look.hat_colour), light.darker(c(look.hat_colour), 0.28)
        self.lip = light.mix(self.skin, c((0.72, 0.18, 0.22)), 0.62)
        self.inside, self.teeth, self.tongue = c((0.26, 0.06, 0.10)), c((0.97, 0.95, 0.90)), c((0.86, 0.40, 0.42))
        self.white, self.iris = c((0.98, 0.97, 0.94)), c((0.16, 0.12, 0.16))
        self.brow = light.darker(c(look.hair), 0.25) if light.luminance(look.hair) > 25 else c(look.hair)
        self.blush = light.mix(self.skin, c((0.92, 0.36, 0.32)), 0.5)
        self.extra = c(look.extra_colour)
        self._kept: dict[tuple[str, int], Path] = {}
        # Hair ends under a hat's brim instead of showing round its crown.
        self.top = 0.48 if look.hat in ("brim", "tophat") else 9.0

    def _keep(self, name: str, turn: float, front: Cut, side: Cut, stretch: float = 1.0) -> Path:
        key = (name, round(turn * 50))
        path = self._kept.get(key)
        if path is None:
            points = _cut(front, side, min(1.0, abs(math.sin(turn))), 1.0 if turn >= 0 else -1.0)
            if name != "skull":
                points = [(x, min(y, self.top)) for x, y in points]
            if stretch != 1.0:
                points = [(x * (1.0 if y > -0.5 else 0.88), y if y > 0 else y * stretch) for x, y in points]
            path = self._kept[key] = pen.smooth(points)
        return path

    def behind(self, canvas: Canvas, turn: float, sway: float) -> None:
        """What hangs behind the neck: long hair, bobs, the bun."""
        shape = self.look.hair_shape
        if self.look.hat == "bubble":
            canvas.fill(pen.oval(0, 0.16, 1.50, 1.46), self.hat)
            canvas.fill(
                pen.oval(0, 0.16, 1.50, 1.46), self.hat_shade, 0.5, (0.96, 0, -0.06 * self.hour.side, 0, 0.96, -0.03)
            )
            return
        if self.look.hat == "helm":
            return
        if shape in ("bob", "long"):
            path = self._keep(shape, turn, _BACK_FRONT, _BACK_SIDE, 1.0 if shape == "bob" else 1.85)
            matrix = (1, -0.06 * sway, 0, 0, 1, 0)
            canvas.fill(path, light.darker(self.hair, 0.22), 1.0, matrix)
        elif shape == "bun":
            m = abs(math.sin(turn))
            x = -math.copysign(0.80, turn) * m
            canvas.fill(pen.oval(x, 1.22 - 0.28 * m, 0.42, 0.40), light.darker(self.hair, 0.12))
        elif shape == "curly":
            canvas.fill(self._mop(turn), light.darker(self.hair, 0.16))

    def _mop(self, turn: float) -> Path:
        """All of curly hair, seen from behind the head; what a brim leaves of it."""
        y, high = (0.12, 1.12) if self.top > 2 else (-0.22, 0.74)
        return pen.oval(-math.copysign(0.22, turn) * abs(math.sin(turn)), y, 1.24, high)

    def outline(self, turn: float) -> list[Path]:
        """The head's silhouette for shadow and rim light."""
        out = [self._keep("skull", turn, _SKULL_FRONT, _SKULL_SIDE)]
        if self.look.hair_shape != "bald":
            out.append(self._keep("cap", turn, _CAP_FRONT, _CAP_SIDE))
        if self.look.hair_shape in ("bob", "long"):
            out.append(
                self._keep(
                    self.look.hair_shape, turn, _BACK_FRONT, _BACK_SIDE, 1.0 if self.look.hair_shape == "bob" else 1.85
                )
            )
        if self.look.hair_shape == "curly":
            out.append(self._mop(turn))
        if self.look.hat in ("cap", "beanie"):
            out.append(pen.smooth(_DOME))
        if self.look.hat == "brim":
            out += [pen.smooth(_CROWN), pen.oval(0, 0.50, 1.62, 0.24)]
        if self.look.hat == "bubble":
            return [pen.oval(0, 0.16, 1.50, 1.46)]
        if self.look.hat == "helm":
            out = [pen.oval(0, 0.12, 1.22, 1.22)]
        if self.look.hat == "tophat":
            out.append(pen.box(-0.78, 0.5, 0.78, 1.95))
        return out

    def draw(self, canvas: Canvas, pose: Pose, turn: float, pixels: float, metres: float) -> None:
        """The head. ``pixels`` per head radius (small heads leave details out), ``metres`` per head radius."""
        s, c = math.sin(turn), math.cos(turn)
        m, sign = min(1.0, abs(s)), 1.0 if turn >= 0 else -1.0
        away = c < -0.25
        fine = pixels > 11
        widen = 1.75 / metres
        opening = max(0.0, pose.mouth_open) * widen
        jaw = 0.34 * opening
        side = self.hour.side
        if jaw < 0.02:
            skull = self._keep("skull", turn, _SKULL_FRONT, _SKULL_SIDE)
        else:
            points = _cut(_SKULL_FRONT, _SKULL_SIDE, m, sign)
            skull = pen.smooth(
                [(x, y - jaw * (a * (1 - m) + b * m)) for (x, y), a, b in zip(points, _JAW, _JAW_SIDE, strict=True)]
            )
        ear_x = -sign * 0.92 * c
        if m < 0.45:
            for x in (-0.92 * c + 0.1 * s, 0.92 * c + 0.1 * s):
                canvas.fill(pen.oval(x, -0.08, 0.17, 0.22), self.skin_shade)
        canvas.fill(skull, self.skin_shade)
        canvas.fill(skull, self.skin, 1.0, (0.945, 0, 0.05 * side, 0, 0.955, 0.035))
        if not away:
            self._features(canvas, pose, turn, opening, widen, fine)
        if self.look.hair_shape != "bald":
            cap = self._keep("cap", turn, _CAP_FRONT, _CAP_SIDE)
            if away:
                canvas.fill(pen.oval(0, 0.1, 1.02, 1.0), self.hair)
            canvas.fill(cap, self.hair)
            if self.look.hair_shape == "curly":
                lean = -0.25 * s
                for i in range(7):
                    a = math.pi * (i / 6) + lean
                    if self.look.hat != "none" and math.sin(a) > (0.0 if self.top < 2 else 0.5):
                        continue
                    canvas.fill(
                        pen.oval(0.92 * math.cos(a), 0.38 + 0.74 * math.sin(a), 0.36, 0.36),
                        self.hair_light if i % 2 else self.hair,
                    )
            elif fine and self.look.hat == "none":
                canvas.fill(pen.oval(0.34 * side - 0.15 * s, 0.86, 0.34, 0.10, -0.35 * side), self.hair_light, 0.8)
        elif fine:
            canvas.fill(pen.oval(0.36 * side, 0.66, 0.22, 0.12, -0.6 * side), self.skin_light, 0.8)
        if m >= 0.45 and not away and self.look.hair_shape not in ("bob", "long", "curly"):
            canvas.fill(pen.oval(ear_x, -0.08, 0.17, 0.24), self.skin_shade)
            canvas.fill(pen.oval(ear_x + 0.03 * sign, -0.06, 0.11, 0.16), self.skin)
        elif m >= 0.3 and not away and self.look.hair_shape in ("bob", "long"):
            x, drop = ear_x - 0.16 * sign * m, 0.92 if self.look.hair_shape == "bob" else 1.45
            lock = [
                (x - 0.42 * sign, 0.55),
                (x - 0.52 * sign, -0.2),
                (x - 0.46 * sign, -0.86 * drop),
                (x - 0.16 * sign, -drop),
                (x + 0.10 * sign, -0.62 * drop),
                (x + 0.16 * sign, -0.1),
                (x + 0.34 * sign, 0.5),
            ]
            canvas.fill(pen.smooth(lock), self.hair)
        self._hat(canvas, s, c, sign, m)
        if self.look.extra == "glasses" and not away:
            self._glasses(canvas, turn)

    def _features(self, canvas: Canvas, pose: Pose, turn: float, opening: float, widen: float, fine: bool) -> None:
        face = max(-1.2, min(1.2, turn))
        gx, gy = max(-1.0, min(1.0, pose.gaze[0])), max(-1.0, min(1.0, pose.gaze[1]))
        brow = max(-1.0, min(1.0, pose.brow))
        open_eye = max(0.0, 1.0 - pose.blink)
        for eye in (-1, 1):
            a = face + 0.43 * eye
            wide = math.cos(a)
            if wide < 0.12:
                continue
            wide = min(1.0, 0.35 + 0.65 * wide)
            x = 0.86 * math.sin(a)
            if fine and eye:
                canvas.fill(
                    pen.oval(
                        0.80 * math.sin(face + 0.80 * eye), -0.36, 0.19 * max(0.2, math.cos(face + 0.8 * eye)), 0.13
                    ),
                    self.blush,
                    0.45,
                )
            if open_eye > 0.18:
                ry = 0.205 * open_eye * (1 + 0.12 * brow)
                canvas.fill(pen.oval(x, 0.02, 0.165 * wide, ry), self.white)
                ix, iy = x + 0.055 * gx * wide, 0.02 + 0.06 * gy
                canvas.fill(pen.oval(ix, iy, 0.115 * wide, min(0.145, ry * 0.92)), self.iris)
                if fine:
                    canvas.fill(pen.oval(ix + 0.04 * self.hour.side, iy + 0.05, 0.036, 0.042), self.white)
            else:
                canvas.fill(pen.capsule(x - 0.13 * wide, -0.02, x + 0.13 * wide, -0.02, 0.035, 0.035), self.brow)
            inner, outer = x - 0.15 * wide * eye, x + 0.15 * wide * eye
            lift = 0.34 + 0.09 * brow
            canvas.fill(
                pen.capsule(
                    inner,
                    lift + 0.10 * min(0, brow) + 0.03 * max(0, brow),
                    outer,
                    lift - 0.05 * min(0, brow) - 0.02,
                    0.05,
                    0.035,
                ),
                self.brow,
            )
        nose = 0.93 * math.sin(face) + 0.07 * math.sin(turn)
        canvas.fill(pen.oval(nose, -0.20, 0.12, 0.105), self.skin_shade)
        if fine:
            canvas.fill(pen.oval(nose + 0.02 * self.hour.side, -0.175, 0.10, 0.085), self.skin_light)
        self._mouth(canvas, pose, face, opening, widen, fine)

    def _mouth(self, canvas: Canvas, pose: Pose, face: float, opening: float, widen: float, fine: bool) -> None:
        half = 0.5 * max(0.02, pose.mouth_wide) * widen
        turn = math.asin(min(0.9, half / 0.86))
        left, right, middle = 0.86 * math.sin(face - turn), 0.86 * math.sin(face + turn), 0.88 * math.sin(face)
        y, mood = -0.56, max(-1.0, min(1.0, pose.brow))
        corner = y + 0.05 * mood + 0.02
        if opening < 0.035:
            press = 0.02 if pose.viseme == "closed" else 0.035
            canvas.fill(
                pen.smooth(
                    [(left, corner), (middle, y + press - 0.03), (right, corner), (middle, y - 0.07 - 0.03 * mood)]
                ),
                self.lip,
            )
            return
        up, down = 0.30 * opening, 0.70 * opening
        lip = 0.055 if pose.viseme in ("O", "U") else 0.042
        canvas.fill(
            pen.smooth(
                [(left - lip, y), (middle, y + up + lip), (right + lip, y), (middle, y - down - lip * 1.3)], 1.25
            ),
            self.lip,
        )
        canvas.fill(pen.smooth([(left, y), (middle, y + up), (right, y), (middle, y - down)], 1.25), self.inside)
        if pose.viseme in ("FV", "E", "TH", "rest", "A") and opening > 0.07 and fine:
            w = 0.62
            canvas.fill(
                pen.smooth(
                    [
                        (middle + (left - middle) * w, y + up * 0.35),
                        (middle, y + up * 0.92),
                        (middle + (right - middle) * w, y + up * 0.35),
                        (middle, y - 0.02 - 0.05 * (pose.viseme == "FV")),
                    ]
                ),
                self.teeth,
            )
        if (opening > 0.2 and fine) or (pose.viseme == "TH" and opening > 0.06):
            high = 0.30 if pose.viseme != "TH" else 0.62
            canvas.fill(pen.oval(middle, y - down * 0.72, abs(right - left) * 0.30, down * high), self.tongue)

    def _hat(self, canvas: Canvas, s: float, c: float, sign: float, m: float) -> None:
        hat = self.look.hat
        if hat == "none":
            return
        light_hat = light.lighter(self.hat, 0.18)
        if hat == "bubble":
            # Glass before the face, a rim round it, the sky in it.
            canvas.fill(pen.oval(0.22 * s, 0.12, 1.22, 1.16), (0.72, 0.88, 0.96), 0.20)
            canvas.line(pen.oval(0.22 * s, 0.12, 1.22, 1.16), 0.14, light_hat)
            canvas.fill(
                pen.oval(0.22 * s - 0.55 * self.hour.side, 0.66, 0.30, 0.16, 0.5 * self.hour.side),
                (1.0, 1.0, 1.0),
                0.65,
            )
            return
        if hat == "helm":
            back = pen.smooth(
                [
                    (-1.18, -0.9),
                    (-1.24, 0.3),
                    (-0.8, 1.14),
                    (0.0, 1.34),
                    (0.8, 1.14),
                    (1.24, 0.3),
                    (1.24, 0.26),
                    (-0.1 + 0.3 * s, 0.26),
                    (-0.35 * s, -0.9),
                ],
                0.5,
            )
            canvas.fill(back, self.hat_shade, 1.0, (1.0 if s >= 0 else -1.0, 0, 0, 0, 1, 0))
            canvas.fill(back, self.hat, 1.0, (0.93 if s >= 0 else -0.93, 0, 0.05 * self.hour.side, 0, 0.95, 0.05))
            canvas.fill(pen.box(-1.2, 0.20, 1.2, 0.40, 0.08), light_hat)
            canvas.fill(
                pen.smooth(
                    [(-0.08, 1.2), (-0.5 * sign, 1.95), (-1.1 * sign, 1.5), (-0.6 * sign, 1.45), (0.06, 1.3)], 0.8
                ),
                self.extra,
            )
            return
        if hat in ("cap", "beanie"):
            dome = pen.smooth(_DOME)
            canvas.fill(dome, self.hat_shade)
            canvas.fill(dome, self.hat, 1.0, (0.93, 0, 0.05 * self.hour.side, 0, 0.96, 0.04))
            if hat == "cap":
                canvas.fill(pen.oval(0.92 * s, 0.42, 0.80 - 0.14 * m, 0.15), self.hat_shade)
                canvas.fill(pen.oval(0, 1.35, 0.10, 0.07), self.hat_shade)
            else:
                canvas.fill(pen.box(-1.12, 0.26, 1.12, 0.62, 0.18), light_hat)
                canvas.fill(pen.oval(-0.1 * s, 1.46, 0.27, 0.25), light_hat)
        elif hat == "brim":
            canvas.fill(pen.oval(0, 0.50, 1.62, 0.24), self.hat_shade)
            canvas.fill(pen.smooth(_CROWN), self.hat)
            canvas.fill(pen.box(-0.87, 0.52, 0.87, 0.72, 0.05), self.hat_shade)
            canvas.fill(pen.oval(0, 0.46, 1.50, 0.12), self.hat)
        else:
            canvas.fill(pen.box(-0.76, 0.5, 0.76, 1.95, 0.08), self.hat)
            canvas.fill(
                pen.box(-0.76, 0.5, -0.30, 1.95, 0.08) if self.hour.side > 0 else pen.box(0.30, 0.5, 0.76, 1.95, 0.08),
                self.hat_shade,
            )
            canvas.fill(pen.box(-0.77, 0.58, 0.77, 0.86), light.mix(self.hat_shade, self.extra, 0.75))
            canvas.fill(pen.oval(0, 0.50, 1.20, 0.16), self.hat)

    def _glasses(self, canvas: Canvas, turn: float) -> None:
        face = max(-1.2, min(1.2, turn))
        frame = self.extra if light.distance(self.extra, self.skin) > 30 else self.iris
        for eye in (-1, 1):
            wide = math.cos(face + 0.43 * eye)
            if wide > 0.12:
                canvas.line(
                    pen.oval(0.88 * math.sin(face + 0.43 * eye), 0.02, 0.30 * max(0.3, wide), 0.27), 0.075, frame
                )
        a, b = 0.88 * math.sin(face - 0.10), 0.88 * math.sin(face + 0.10)
        canvas.fill(pen.capsule(a, 0.05, b, 0.05, 0.035, 0.035), frame)
