"""What really happened in a play, measured from the staging itself: the ruler for every engine.

Everything is per frame (frame n > 0 at its closing instant ``spec.clock.frame_time``) or per event, in metres, seconds
and picture heights. Masks, depth and flow come from the painter, on demand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.spec import clock
from phonofilm.theatre.camera import project
from phonofilm.theatre.play import Contact, Play

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The facts of one play. ``F`` is the number of frames."""

    seconds: float
    times: Floats
    """[F] seconds."""
    shots: NDArray[np.int64]
    """[F] which shot each frame shows."""
    positions: dict[str, Floats]
    """actor -> [F, 3] metres; NaN where the actor is not in the shot."""
    picture: dict[str, Floats]
    """actor -> [F, 3]: u, v from the picture's centre (right, up, in picture heights) and picture heights per metre."""
    angles: dict[str, Floats]
    """actor -> [F] roll in radians."""
    mouths: dict[str, Floats]
    """person -> [F] opening between the lips, metres."""
    camera: Floats
    """[F, 7]: position x, y, z; yaw; pitch; focal length in picture heights; orbit."""
    contacts: tuple[Contact, ...]
    phonemes: tuple[tuple[float, float, str, str, str], ...]
    """(start, end, IPA symbol, viseme, actor) in clip time."""
    speech: tuple[dict[str, Any], ...]
    beats: tuple[float, ...]
    labels: dict[str, str]
    actors: tuple[tuple[dict[str, Any], ...], ...]
    """Per shot, in id order (the first has id 1): name, kind, colour name, colour, size."""
    play: Play = field(repr=False)

    def ids(self, frame: int, width: int, height: int) -> NDArray[np.uint8]:
        """Who is where in a frame: uint8 [height, width], 0 scenery, n the n-th actor of the shot."""
        from phonofilm.theatre.draw import paint

        time = float(self.times[frame])
        return np.asarray(paint.ids(self.play.shot_at(time), time, width, height))

    def depth(self, frame: int, width: int, height: int) -> NDArray[np.float32]:
        """Metres from the camera along its axis: float32 [height, width]."""
        from phonofilm.theatre.draw import paint

        time = float(self.times[frame])
        return np.asarray(paint.depth(self.play.shot_at(time), time, width, height))

    def flow(self, frame: int, width: int, height: int) -> NDArray[np.float32]:
        """Where every pixel goes until the next frame, by projection: float32 [height, width, 2], pixels right and
        down.

        Exact for scenery layers and for the middles of actors (limbs and rolling patterns move with their actor); zero
        at the last frame of a shot.
        """
        out = np.zeros((height, width, 2), np.float32)
        time = float(self.times[frame])
        shot = self.play.shot_at(time)
        if frame + 1 >= len(self.times) or self.shots[frame + 1] != self.shots[frame]:
            return out
        now, then = shot.camera(time), shot.camera(float(self.times[frame + 1]))
        far = self.depth(frame, width, height).astype(np.float64)
        ids = self.ids(frame, width, height)
        u = ((np.arange(width) + 0.5 - width / 2) / height)[None, :]
        v = ((height / 2 - np.arange(height) - 0.5) / height)[:, None]
        x = now.position[0] + (u + now.focal * np.tan(now.yaw)) * far / now.focal
        y = now.position[1] + (v + now.focal * np.tan(now.pitch)) * far / now.focal
        z = now.position[2] + far
        for number, actor in enumerate(shot.actors, 1):
            step = np.nan_to_num(self.positions[actor.name][frame + 1] - self.positions[actor.name][frame])
            mask = ids == number
            x, y, z = x + step[0] * mask, y + step[1] * mask, z + step[2] * mask
        ahead = np.maximum(0.15, z - then.position[2])
        out[..., 0] = ((x - then.position[0]) * then.focal / ahead - then.focal * np.tan(then.yaw) - u) * height
        out[..., 1] = -((y - then.position[1]) * then.focal / ahead - then.focal * np.tan(then.pitch) - v) * height
        return out

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers only; numbers rounded to 0.1 mm and 0.01 ms, absence as None."""

        def plain(a: Floats) -> Any:
            return [plain(row) for row in a] if a.ndim > 1 else [None if np.isnan(x) else round(float(x), 4) for x in a]

        return {
            "seconds": self.seconds,
            "times": [round(float(t), 5) for t in self.times],
            "shots": [int(s) for s in self.shots],
            "positions": {k: plain(a) for k, a in self.positions.items()},
            "picture": {k: plain(a) for k, a in self.picture.items()},
            "angles": {k: plain(a) for k, a in self.angles.items()},
            "mouths": {k: plain(a) for k, a in self.mouths.items()},
            "camera": plain(self.camera),
            "contacts": [
                {
                    "time": round(c.time, 5),
                    "kind": c.kind,
                    "actor": c.actor,
                    "other": c.other,
                    "position": [round(x, 4) for x in c.position],
                    "material": c.material,
                    "other_material": c.other_material,
                    "speed": round(c.speed, 4),
                    "size": round(c.size, 4),
                    "visible": c.visible,
                }
                for c in self.contacts
            ],
            "phonemes": [
                {"start": round(a, 5), "end": round(b, 5), "symbol": s, "viseme": v, "actor": who}
                for a, b, s, v, who in self.phonemes
            ],
            "speech": list(self.speech),
            "beats": [round(b, 5) for b in self.beats],
            "labels": dict(self.labels),
            "actors": [list(a) for a in self.actors],
        }


def truth(play: Play) -> Truth:
    """Measure a play."""
    times = np.array([clock.frame_time(n) for n in range(clock.frames(play.seconds))])
    count = len(times)
    names = dict.fromkeys(actor.name for shot in play.shots for actor in shot.actors)
    positions, picture = ({n: np.full((count, 3), np.nan) for n in names} for _ in range(2))
    angles = {n: np.full(count, np.nan) for n in names}
    mouths = {a.name: np.full(count, np.nan) for shot in play.shots for a in shot.actors if a.look is not None}
    camera, shots = np.zeros((count, 7)), np.zeros(count, np.int64)
    for n, time in enumerate(times):
        t = float(time)
        shot = play.shot_at(t)
        shots[n] = play.shots.index(shot)
        eye = shot.camera(t)
        camera[n] = (*eye.position, eye.yaw, eye.pitch, eye.focal, eye.orbit)
        for actor in shot.actors:
            state = actor.at(t)
            positions[actor.name][n] = state.position
            picture[actor.name][n] = project(eye, state.position)
            angles[actor.name][n] = state.angle
            if state.pose is not None:
                mouths[actor.name][n] = state.pose.mouth_open
    phonemes = tuple(
        (s.start + p.start, s.start + p.end, p.symbol, p.viseme, s.actor) for s in play.speech for p in s.phonemes
    )
    speech = tuple(
        {"start": s.start, "end": s.end, "actor": s.actor, "text": s.text, "language": s.language, "voice": s.voice}
        for s in play.speech
    )
    actors = tuple(
        tuple(
            {
                "name": a.name,
                "kind": a.kind,
                "colour_name": a.colour_name,
                "colour": list(a.colour),
                "size": list(a.size),
            }
            for a in shot.actors
        )
        for shot in play.shots
    )
    return Truth(
        seconds=play.seconds,
        times=times,
        shots=shots,
        positions=positions,
        picture=picture,
        angles=angles,
        mouths=mouths,
        camera=camera,
        contacts=play.contacts,
        phonemes=phonemes,
        speech=speech,
        beats=play.music.beats if play.music else (),
        labels=dict(play.labels),
        actors=actors,
        play=play,
    )
