"""A play for a narrower picture: the staging composes for 16:9, an upright or square picture would cut the cast at its
sides.

Only cameras change, nobody moves and nothing happens at another time. The lens is shifted sideways, then widened, then
it follows the subject, each only as far as the one before does not suffice; the horizon stays where it is.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from phonofilm.theatre.camera import HALF_WIDTH, Rig, project
from phonofilm.theatre.play import Camera, Play, Shot

COMPOSED_FOR = 2 * HALF_WIDTH
"""Width over height that the staging has in mind."""
MARGIN = 0.07
"""Share of the picture's width kept free at either side."""
WIDEST = 0.5
"""The lens is widened to this share of its focal length at most."""
LOOKS = 33
"""Instants of a shot at which the cast is looked for."""


def reframed(play: Play, aspect: float) -> Play:
    """The play as a picture ``aspect`` times as wide as high shows it best; the same object where 16:9 or wider."""
    if aspect > COMPOSED_FOR - 0.05:
        return play
    shots = [replace(shot, camera=_narrow(shot, aspect)) for shot in play.shots]
    for n in range(len(shots) - 2, -1, -1):
        shots[n] = replace(shots[n], onto=shots[n + 1]) if shots[n].onto is not None else shots[n]
    return replace(play, shots=tuple(shots))


def _narrow(shot: Shot, aspect: float) -> Rig:
    times = np.linspace(shot.start, shot.end, LOOKS)
    left, right, main = _extent(shot, times)
    room = aspect * (1 - 2 * MARGIN)
    wide = float(right.max() - left.min())
    zoom = min(1.0, max(WIDEST, room / max(wide, 1e-6)))
    low, high = zoom * left, zoom * right
    if high.max() - low.min() <= room + 1e-9:
        # As little aside as holds everybody: who stands on a third stays there if there is room.
        shifts = np.full(LOOKS, _nearest(-room / 2 - low.min(), room / 2 - high.max()))
    else:
        middle, (first, last) = -(low + high) / 2, zoom * main
        shifts = _smooth(
            np.clip(
                middle,
                np.minimum(-room / 2 - first, -(first + last) / 2),
                np.maximum(room / 2 - last, -(first + last) / 2),
            )
        )
    own = shot.camera

    def rig(time: float) -> Camera:
        camera = own(time)
        aside = float(np.interp(time, times, shifts))
        focal = zoom * camera.focal
        return replace(
            camera,
            focal=focal,
            yaw=math.atan(math.tan(camera.yaw) - aside / focal),
            pitch=math.atan(math.tan(camera.pitch) / zoom),
        )

    return rig


def _extent(shot: Shot, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """In picture heights at every time: the left edge and the right edge of all who play, and both of the subject, [2,
    n]."""
    left, right, main = np.zeros(len(times)), np.zeros(len(times)), np.zeros((2, len(times)))
    for n, time in enumerate(times):
        camera = shot.camera(float(time))
        edges = []
        if shot.held is not None and shot.actors:
            aside = (
                shot.actors[0].at(float(time)).position[0] - shot.actors[0].at((shot.start + shot.end) / 2).position[0]
            )
            z = shot.actors[0].at(float(time)).position[2]
            edges.append(
                (project(camera, (shot.held[0] + aside, 0.0, z))[0], project(camera, (shot.held[1] + aside, 0.0, z))[0])
            )
        for actor in shot.actors if shot.held is None else ():
            half = 0.5 * actor.size[0] if actor.look is None else 0.22 * actor.look.height
            x, y, z = actor.at(float(time)).position
            edges.append((project(camera, (x - half, y, z))[0], project(camera, (x + half, y, z))[0]))
        if not edges:
            continue
        # Whom the wide picture does not show either (a partner outside a close-up) need not be held.
        seen = [(a, b) for a, b in edges if b > -HALF_WIDTH and a < HALF_WIDTH] or edges[:1]
        left[n], right[n], main[:, n] = min(a for a, _ in seen), max(b for _, b in seen), edges[0]
    return left, right, main


def _nearest(low: float, high: float) -> float:
    """The number from ``low`` to ``high`` that is nearest to nought."""
    return min(max(0.0, low), high)


def _smooth(path: np.ndarray) -> np.ndarray:
    """A path without jerks: a running mean over a fifth of the shot, ends held."""
    reach = LOOKS // 10
    padded = np.pad(path, reach, mode="edge")
    return np.convolve(padded, np.ones(2 * reach + 1) / (2 * reach + 1), "valid")
