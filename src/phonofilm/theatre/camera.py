"""The camera: one projection for everybody, and every move as a function of time.

The lens is a *shift lens*: the optical axis always points along +z and turning (yaw, pitch) slides the picture plane,
so that paper layers stay parallel to the picture, verticals stay upright, and a layer at depth z is only ever scaled
and moved. All moves (push, pan, crane, orbit, dolly zoom) are changes of position, focal length and shift; none is
faked in screen space.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from phonofilm.theatre.play import XYZ, Camera

NEAR = 0.15
"""Metres; a point nearer than this (or behind the camera) is projected as if it stood here: check ``depth_of``
first."""
HALF_WIDTH = 16 / 9 / 2
"""Half the picture's width, in picture heights, that framing keeps the cast inside."""
FOCAL = 1.5
HORIZON = -0.08
"""Where the horizon rests: 42 % of the height from the bottom edge, in picture heights from the centre."""
FOOT_ROOM = 0.28
"""How far below the horizon the cast's floor line lies, in picture heights."""

ANGLES = {"low": 0.28, "high": 1.9, "aerial": 2.5, "top": 3.1}
"""How high the eye is, as a multiple of the height it has by itself."""

Rig = Callable[[float], Camera]


def depth_of(camera: Camera, xyz: XYZ) -> float:
    """Distance from the camera's plane to a point along the axis, in metres; not positive for points behind the
    camera."""
    return xyz[2] - camera.position[2]


def project(camera: Camera, xyz: XYZ) -> tuple[float, float, float]:
    """Where a point of the world lands in the picture.

    Returns ``(u, v, scale)``: u to the right and v upward from the picture's centre, both in picture *heights*; scale
    is picture heights per metre at that depth. Pixels are ``x = width / 2 + u * height`` and ``y = height / 2 - v *
    height``. Nearer than ``NEAR`` the depth is clamped; use ``depth_of`` to leave such things out. ``camera.orbit``
    plays no part here (its path is already in position and yaw): it tells the painter how far to turn a sprite.
    """
    scale = camera.focal / max(NEAR, xyz[2] - camera.position[2])
    u = (xyz[0] - camera.position[0]) * scale - camera.focal * math.tan(camera.yaw)
    v = (xyz[1] - camera.position[1]) * scale - camera.focal * math.tan(camera.pitch)
    return u, v, scale


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a shot has to hold: the box the subject plays in, at one depth."""

    left: float
    right: float
    bottom: float
    top: float
    depth: float
    follow: Callable[[float], float] | None = None
    """The subject's x over time, for a tracking camera."""
    fill: float = 0.62
    """Share of the picture's height that the box's height takes, at most."""
    angle: str = ""
    """low | high | aerial | top: from where it is seen; "" from its own height."""
    rise: Callable[[float], float] | None = None
    """How far the camera goes up with the subject over time, metres."""
    near: bool = False
    """Is the size said (a medium shot)? A push or a pull then goes no further from it than the size allows."""
    turn: float = 0.0
    """How far an orbit goes where that is said, radians; 0 for as far as suits."""
    settles: bool = False
    """Does an orbit come to rest before the subject's front?"""


def ease(x: float) -> float:
    """A smooth start and stop with an almost even middle: 0 to 1, flat at both ends."""
    x = min(1.0, max(0.0, x))
    smooth = x * x * x * (x * (6 * x - 15) + 10)
    return 0.6 * smooth + 0.4 * x * x * (3 - 2 * x)


def direct(
    move: str | tuple[str, str],
    *,
    start: float,
    end: float,
    frame: Frame,
    pace: str = "normal",
    seed: int = 0,
    bold: bool = False,
    even: bool = False,
) -> Rig:
    """A camera that performs ``move`` (one of ``prompt.camera.MOVES``, or "dive") from ``start`` to ``end`` seconds
    around a frame. Of two moves the second takes over halfway.

    ``bold``: wide moves, as staged prompts show them: each of eight pictures of a shot differs from the one before.
    ``even``: at one speed from the first instant to the last.

    ``pace``: slow | normal | fast; a slow move goes less far, a fast one goes further and is done at 60 % of the time.
    The returned function takes any time; before and after the shot the camera rests.
    """
    if not isinstance(move, str):
        (move, then), middle = move, (start + end) / 2
        first = direct(move, start=start, end=middle, frame=frame, pace=pace, seed=seed, bold=bold)
        return _joined(first, direct(then, start=middle, end=end, frame=frame, pace=pace, seed=seed, bold=bold), middle)
    sweep = {"slow": 0.8 if bold else 0.6, "fast": 1.25}.get(pace, 1.0)
    following = move == "track" and frame.follow is not None
    height = max(0.05, frame.top - frame.bottom)
    width = max(0.05, min(frame.right - frame.left, 2.2 if following else math.inf))
    pan = 0.42 if bold else 0.30
    side_room = {"pan_left": pan, "pan_right": pan, "track": 0.0 if following else 0.30, "orbit": 0.05}.get(
        move, 0.0
    ) * sweep
    zoom = {"push_in": 1.12, "pull_out": 1.12, "tilt_up": 0.86, "tilt_down": 0.86, "crane": 0.92}.get(move, 1.0)
    scale = min(frame.fill / height, 2 * (HALF_WIDTH - 0.10 - side_room) / width) * zoom
    distance = min(9.0, max(1.6, FOCAL / scale)) * (0.72 if bold and frame.angle == "low" else 1.0)
    eye = min(1.7, max(0.22, FOOT_ROOM / scale)) + frame.bottom
    shift = -HORIZON
    if frame.angle:
        # The eye goes down or up, and the picture plane slides against it, so that the subject stays where it is.
        there = (
            (ANGLES[frame.angle] - 1) * FOOT_ROOM / scale if frame.angle != "low" else (-0.90 if bold else -0.72) * eye
        )
        eye, shift = eye + there, shift - there * scale + (0.06 if bold and frame.angle == "low" else 0.0)
    return _Move(
        name=move,
        frame=frame,
        start=start,
        length=max(1e-6, (end - start) * (0.6 if pace == "fast" else 1.0)),
        even=even,
        bold=bold,
        sweep=sweep,
        side_room=side_room,
        scale=scale,
        distance=distance,
        eye=eye,
        shift=shift,
        reach=0.18 if frame.near else (0.85 if bold else 0.42) * sweep,
        phases=tuple((seed * 0.618 + i * 0.377) % 1.0 * math.tau for i in range(6)),
    )


@dataclass(frozen=True, kw_only=True)
class _Move:
    """One move around a frame: a camera at any time."""

    name: str
    frame: Frame
    start: float
    length: float
    """Seconds it takes."""
    even: bool
    bold: bool
    sweep: float
    """How far it goes: 1 as far as such a move does."""
    side_room: float
    """Picture widths that it needs on either side."""
    scale: float
    """Picture heights to a metre at the frame."""
    distance: float
    eye: float
    """Metres from the frame, and above the floor."""
    shift: float
    """Of the picture plane, picture heights."""
    reach: float
    """Share of the distance that a push or a pull goes."""
    phases: tuple[float, ...]
    """Of a hand that shakes, radians."""

    def __call__(self, time: float) -> Camera:
        ahead = (time - self.start) / self.length
        done = min(1.0, max(0.0, ahead)) if self.even else ease(ahead)
        both, scale = 2 * done - 1, self.scale
        frame, move, away = self.frame, self.name, self.distance
        focal, centre = scale * away, (frame.left + frame.right) / 2
        x, y, f = centre, self.eye, focal
        turn, lift, walked = 0.0, self.shift, 0.0
        if move == "push_in":
            away = self.distance * (1 + self.reach * (1 - done))
        elif move == "pull_out":
            away = self.distance * (1 + self.reach * done)
        elif move in ("pan_right", "pan_left"):
            turn = self.side_room * both if move == "pan_right" else -self.side_room * both
        elif move in ("tilt_up", "tilt_down"):
            far = (0.24 if self.bold else min(0.12, 0.11 * self.sweep)) * both
            lift = self.shift + far if move == "tilt_up" else self.shift - far
        elif move == "track":
            x = frame.follow(time) if frame.follow is not None else centre + self.side_room / scale * both
        elif move in ("crane", "dive"):
            y, away, lift = self._risen(done, f)
        elif move == "orbit":
            x, away, walked = self._walked(both, done, centre)
            f = focal if self.bold else scale * away
            turn = (centre - x) * scale
        elif move == "dolly_zoom":
            away = self.distance * (1.05 + (0.75 if self.bold else 0.5) * self.sweep * (0.5 - done))
            f = scale * away
        elif move == "handheld":
            turn, lift, x, y = self._shaken(time, centre)
        y += frame.rise(time) if frame.rise is not None else 0.0
        return Camera(
            position=(x, y, frame.depth - away),
            yaw=math.atan(turn / f),
            pitch=math.atan(lift / f),
            focal=f,
            orbit=walked,
        )

    def _risen(self, done: float, f: float) -> tuple[float, float, float]:
        """(eye, distance, lift) of a crane or a dive; the picture plane slides against the eye."""
        eye, distance, shift = self.eye, self.distance, self.shift
        if self.name == "dive":
            rise, away = (
                (1 + (2.7 if self.bold else 2.4) * (1 - done)) * eye,
                distance * (1 + (1.1 if self.bold else 0.9) * (1 - done)),
            )
            return rise, away, shift - (rise - eye) * f / away * 0.92
        if self.bold:
            rise, away = (0.55 + 2.0 * self.sweep * done) * eye, distance * (1 + 0.65 * done)
            return rise, away, shift - (rise - eye) * f / away * 0.95
        rise = (0.75 + 0.9 * self.sweep * done) * eye
        return rise, distance, shift - (rise - eye) * self.scale * 0.85

    def _walked(self, both: float, done: float, centre: float) -> tuple[float, float, float]:
        """(x, distance, angle walked) of an orbit."""
        frame, distance = self.frame, self.distance
        if not self.bold:
            walked = 0.5 * self.sweep * both
            return centre + distance * math.sin(walked), distance * math.cos(walked), walked
        # The camera slides past and keeps looking at the subject: what lies behind travels, the subject turns.
        if frame.settles:
            walked = min(1.3, 0.56 * self.length) * (done - 1)
        else:
            walked = min(0.95 * self.sweep, 0.28 * self.length) * both
        if frame.turn:
            walked = frame.turn * (done - 1) if frame.settles else frame.turn / 2 * both
        # half a turn swings out less far: what lies behind would rush past
        return centre + (0.65 if frame.turn else 1.0) * distance * math.sin(walked), distance, walked

    def _shaken(self, t: float, centre: float) -> tuple[float, float, float, float]:
        """(turn, lift, x, y) of a camera in a hand."""
        phases = self.phases
        return (
            0.016 * (math.sin(2.1 * t + phases[0]) + 0.6 * math.sin(4.7 * t + phases[1])),
            self.shift + 0.014 * (math.sin(2.6 * t + phases[2]) + 0.6 * math.sin(5.3 * t + phases[3])),
            centre + 0.02 * math.sin(1.3 * t + phases[4]),
            self.eye + 0.015 * math.sin(3.9 * t + phases[5]),
        )


def _joined(first: Rig, second: Rig, middle: float) -> Rig:
    """``first``, and from ``middle`` on what ``second`` adds to it."""
    at = second(middle)

    def rig(time: float) -> Camera:
        a, b = first(time), second(time)
        focal = a.focal * b.focal / at.focal
        position = (
            a.position[0] + b.position[0] - at.position[0],
            a.position[1] + b.position[1] - at.position[1],
            a.position[2] + b.position[2] - at.position[2],
        )
        turn = a.focal * math.tan(a.yaw) + b.focal * math.tan(b.yaw) - at.focal * math.tan(at.yaw)
        lift = a.focal * math.tan(a.pitch) + b.focal * math.tan(b.pitch) - at.focal * math.tan(at.pitch)
        return Camera(
            position=position,
            yaw=math.atan(turn / focal),
            pitch=math.atan(lift / focal),
            focal=focal,
            orbit=a.orbit + b.orbit - at.orbit,
        )

    return rig
