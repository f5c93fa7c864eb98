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
    move: str,
    *,
    start: float,
    end: float,
    frame: Frame,
    pace: str = "normal",
    seed: int = 0,
    bold: bool = False,
    then: str = "",
    even: bool = False,
) -> Rig:
    """A camera that performs ``move`` (one of ``play.CAMERA_MOVES``, or "dive") from ``start`` to ``end`` seconds
    around a frame.

    ``bold``: wide moves, as staged prompts show them: each of eight pictures of a shot differs from the one before.
    ``then``: a second move that takes over halfway. ``even``: at one speed from the first instant to the last.

    ``pace``: slow | normal | fast; a slow move goes less far, a fast one goes further and is done at 60 % of the time.
    The returned function takes any time; before and after the shot the camera rests.
    """
    if then:
        middle = (start + end) / 2
        first = direct(move, start=start, end=middle, frame=frame, pace=pace, seed=seed, bold=bold)
        return _joined(first, direct(then, start=middle, end=end, frame=frame, pace=pace, seed=seed, bold=bold), middle)
    sweep = {"slow": 0.8 if bold else 0.6, "fast": 1.25}.get(pace, 1.0)
    length = max(1e-6, (end - start) * (0.6 if pace == "fast" else 1.0))
    following = move == "track" and frame.follow is not None
    height = max(0.05, frame.top - frame.bottom)
    width = max(0.05, frame.right - frame.left)
    if following:
        width = min(width, 2.2)
    pan = 0.42 if bold else 0.30
    side_room = {"pan_left": pan, "pan_right": pan, "track": 0.0 if following else 0.30, "orbit": 0.05}.get(
        move, 0.0
    ) * sweep
    zoom = {"push_in": 1.12, "pull_out": 1.12, "tilt_up": 0.86, "tilt_down": 0.86, "crane": 0.92}.get(move, 1.0)
    scale = min(frame.fill / height, 2 * (HALF_WIDTH - 0.10 - side_room) / width) * zoom
    distance = min(9.0, max(1.6, FOCAL / scale)) * (0.72 if bold and frame.angle == "low" else 1.0)
    focal = scale * distance
    eye = min(1.7, max(0.22, FOOT_ROOM / scale)) + frame.bottom
    centre = (frame.left + frame.right) / 2
    shift = -HORIZON
    if frame.angle:
        # The eye goes down or up, and the picture plane slides against it, so that the subject stays where it is.
        there = (
            (ANGLES[frame.angle] - 1) * FOOT_ROOM / scale if frame.angle != "low" else (-0.90 if bold else -0.72) * eye
        )
        eye, shift = eye + there, shift - there * scale + (0.06 if bold and frame.angle == "low" else 0.0)
    reach = 0.18 if frame.near else (0.85 if bold else 0.42) * sweep
    phases = [(seed * 0.618 + i * 0.377) % 1.0 * math.tau for i in range(6)]

    def rig(time: float) -> Camera:
        done = min(1.0, max(0.0, (time - start) / length)) if even else ease((time - start) / length)
        both = 2 * done - 1
        x, y, away, f = centre, eye, distance, focal
        turn, lift, walked = 0.0, shift, 0.0
        if move == "push_in":
            away = distance * (1 + reach * (1 - done))
        elif move == "pull_out":
            away = distance * (1 + reach * done)
        elif move == "pan_right":
            turn = side_room * both
        elif move == "pan_left":
            turn = -side_room * both
        elif move == "tilt_up":
            lift = shift + (0.24 if bold else min(0.12, 0.11 * sweep)) * both
        elif move == "tilt_down":
            lift = shift - (0.24 if bold else min(0.12, 0.11 * sweep)) * both
        elif move == "track":
            x = frame.follow(time) if following and frame.follow is not None else centre + side_room / scale * both
        elif move == "crane" and bold:
            rise, away = (0.55 + 2.0 * sweep * done) * eye, distance * (1 + 0.65 * done)
            y, lift = rise, shift - (rise - eye) * f / away * 0.95
        elif move == "dive":
            rise, away = (
                (1 + (2.7 if bold else 2.4) * (1 - done)) * eye,
                distance * (1 + (1.1 if bold else 0.9) * (1 - done)),
            )
            y, lift = rise, shift - (rise - eye) * f / away * 0.92
        elif move == "crane":
            rise = (0.75 + 0.9 * sweep * done) * eye
            y, lift = rise, shift - (rise - eye) * scale * 0.85
        elif move == "orbit" and bold:
            # The camera slides past and keeps looking at the subject: what lies behind travels, the subject turns.
            walked = min(1.3, 0.56 * length) * (done - 1) if frame.settles else min(0.95 * sweep, 0.28 * length) * both
            if frame.turn:
                walked = frame.turn * (done - 1) if frame.settles else frame.turn / 2 * both
            # half a turn swings out less far: what lies behind would rush past
            x = centre + (0.65 if frame.turn else 1.0) * distance * math.sin(walked)
            turn = (centre - x) * scale
        elif move == "orbit":
            walked = 0.5 * sweep * both
            x, away = centre + distance * math.sin(walked), distance * math.cos(walked)
            f = scale * away
            turn = (centre - x) * scale
        elif move == "dolly_zoom":
            away = distance * (1.05 + (0.75 if bold else 0.5) * sweep * (0.5 - done))
            f = scale * away
            y = eye
        elif move == "handheld":
            t = time
            turn = 0.016 * (math.sin(2.1 * t + phases[0]) + 0.6 * math.sin(4.7 * t + phases[1]))
            lift = shift + 0.014 * (math.sin(2.6 * t + phases[2]) + 0.6 * math.sin(5.3 * t + phases[3]))
            x = centre + 0.02 * math.sin(1.3 * t + phases[4])
            y = eye + 0.015 * math.sin(3.9 * t + phases[5])
        y += frame.rise(time) if frame.rise is not None else 0.0
        return Camera(
            position=(x, y, frame.depth - away),
            yaw=math.atan(turn / f),
            pitch=math.atan(lift / f),
            focal=f,
            orbit=walked,
        )

    return rig


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
