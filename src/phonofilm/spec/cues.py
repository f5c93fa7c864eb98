"""Cues: what a spotting sheet and a dope sheet say of a clip. Where each body is in the picture, how it is turned, its
joints and mouth, the frame in which it touches something and how hard; the camera; beats and cuts. Observable things
only, so that any engine's clip has some.

:class:`Cues` holds them in natural units (picture heights, radians, metres per second). :func:`normal` and
:func:`natural` turn bodies, camera and rhythm into the numbers the network composes in and back. Arrays are float32; F
is the number of frames (``24 d + 1``), K the number of bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

JOINTS = ("head", "neck", "hip", "elbow_l", "hand_l", "elbow_r", "hand_r", "knee_l", "foot_l", "knee_r", "foot_r")
LIMBS = (
    ("neck", "hip"), ("neck", "elbow_l"), ("elbow_l", "hand_l"), ("neck", "elbow_r"), ("elbow_r", "hand_r"),
    ("hip", "knee_l"), ("knee_l", "foot_l"), ("hip", "knee_r"), ("knee_r", "foot_r"),
)  # fmt: skip
BODY = (
    "present",  # 0 or 1
    "person",  # 0 or 1
    "u", "v",  # middle of the body's box, picture heights right of and above the picture's middle
    "width", "height",  # of the box, picture heights, before it is rolled
    "roll_sin", "roll_cos",  # roll in the picture plane, anticlockwise
    "facing",  # -1 left profile, 0 to the camera, 1 right profile
    "part",  # 0..1, state of a moving part: a door's opening, wings, shards flown
    "squash",  # vertical scale
    "mouth",  # opening between the lips, 0..1 (1 is 5 cm)
    "blink",  # 0 open, 1 shut
    "contact",  # 1 in the frame in which the body touches something, else 0
    "speed",  # of that contact, m/s
    # shares of the body's height, right of and above its foot point (the box's lower middle)
    *(f"{joint}_{axis}" for joint in JOINTS for axis in "xy"),
)  # fmt: skip
"""Channels of a body in one frame."""
CAMERA = ("x", "y", "z", "yaw", "pitch", "focal", "orbit")
"""Metres, radians, focal length in picture heights."""
RHYTHM = ("beat", "cut")
"""1 in the frame of a beat of the music, or in the first frame of a new shot, else 0."""
CHANNEL = {name: i for i, name in enumerate(BODY)}
PULSE = 0.3
"""What a pulse (contact, beat, cut) of 1 is divided by in normal form: rare events must stand out of the noise."""

_BODY_FORM: dict[str, tuple[float, float]] = {
    "person": (0.45, 0.5), "u": (0.0, 0.23), "v": (-0.1, 0.11), "width": (-1.4, 0.35), "height": (-0.9, 0.4),
    "roll_sin": (0.0, 0.27), "roll_cos": (0.88, 0.38),
    "facing": (0.0, 0.55), "part": (0.1, 0.26), "squash": (0.0, 0.03), "mouth": (0.0, 0.1), "blink": (0.0, 0.2),
    "contact": (0.0, PULSE), "speed": (0.0, 0.3),
    "head_x": (0.0, 0.03), "head_y": (0.86, 0.03), "neck_x": (0.0, 0.03), "neck_y": (0.725, 0.03), "hip_x": (0.0, 0.03),
    "hip_y": (0.435, 0.03),
    **{f"elbow_{side}_x": (0.0, 0.09) for side in "lr"}, **{f"elbow_{side}_y": (0.57, 0.08) for side in "lr"},
    **{f"hand_{side}_x": (0.0, 0.12) for side in "lr"}, **{f"hand_{side}_y": (0.53, 0.16) for side in "lr"},
    **{f"knee_{side}_x": (0.0, 0.06) for side in "lr"}, **{f"knee_{side}_y": (0.24, 0.03) for side in "lr"},
    **{f"foot_{side}_x": (0.0, 0.06) for side in "lr"}, **{f"foot_{side}_y": (0.047, 0.03) for side in "lr"},
}  # fmt: skip
"""Mean and deviation of each channel over the theatre's plays, sizes and squash as logarithms, the speed as log(1 +
speed)."""
CAMERA_FORM = ((0.0, 0.4), (0.75, 0.2), (2.0, 0.8), (0.0, 0.1), (0.05, 0.025), (0.4, 0.05), (0.0, 0.1))
"""The same of the camera, its focal length as a logarithm."""


@dataclass(frozen=True)
class Cues:
    """The cues of one clip, in natural units. Where a body is absent, its other channels are 0."""

    names: tuple[str, ...]
    """Of the bodies, in the order of the arrays."""
    bodies: Floats
    """``[K, F, len(BODY)]``."""
    camera: Floats
    """``[F, 7]``."""
    rhythm: Floats
    """``[F, 2]``."""

    @property
    def frames(self) -> int:
        """F."""
        return len(self.camera)

    def body(self, channel: str) -> Floats:
        """``[K, F]`` of one channel."""
        return self.bodies[..., CHANNEL[channel]]

    def contacts(self, least: float = 0.5) -> list[tuple[int, int, float]]:
        """Contacts as (frame, body, speed): peaks of the contact channel of at least ``least``, no two of a body in
        neighbouring frames."""
        out = []
        for k, pulse in enumerate(self.body("contact")):
            padded = np.pad(pulse, 1)
            for n in np.flatnonzero((pulse >= least) & (pulse >= padded[:-2]) & (pulse > padded[2:])):
                out.append((int(n), k, float(max(0.0, self.body("speed")[k, n]))))
        return sorted(out)


BODY_FORM = tuple(_BODY_FORM.get(name, (0.0, 1.0)) for name in BODY)
LOGARITHMIC = [CHANNEL[name] for name in ("width", "height", "squash")]
OF_PERSONS = [CHANNEL["mouth"], CHANNEL["blink"], *range(CHANNEL["speed"] + 1, len(BODY))]
"""Channels that only a person has; 0 of others, in both forms."""


def normal(cues: Cues) -> tuple[Floats, Floats, Floats]:
    """Bodies ``[K, F, C]``, camera ``[F, 7]`` and rhythm ``[F, 2]`` with mean 0 and deviation 1 (pulses: 0 and ``1 /
    PULSE``). The presence is -1 or 1; what is absent, and what only persons have of others, is 0. What is nan (unknown)
    stays nan."""
    x = cues.bodies.astype(np.float32).copy()
    here = ~(x[..., :1] <= 0.5)  # so that unknown stays unknown
    x[..., LOGARITHMIC] = np.log(np.maximum(x[..., LOGARITHMIC], 1e-3))
    x[..., CHANNEL["speed"]] = np.log1p(np.maximum(x[..., CHANNEL["speed"]], 0))
    mean, dev = np.array(BODY_FORM, np.float32).T
    x = np.where(here, (x - mean) / dev, 0).astype(np.float32)
    x[..., OF_PERSONS] = np.where(cues.bodies[..., CHANNEL["person"], None] <= 0.5, 0, x[..., OF_PERSONS])
    x[..., 0] = np.where(np.isnan(cues.bodies[..., 0]), np.nan, np.where(here[..., 0], 1, -1))
    camera = cues.camera.astype(np.float32).copy()
    camera[:, CAMERA.index("focal")] = np.log(np.maximum(camera[:, CAMERA.index("focal")], 1e-2))
    form = np.array(CAMERA_FORM, np.float32)
    return x, ((camera - form[:, 0]) / form[:, 1]).astype(np.float32), (cues.rhythm / PULSE).astype(np.float32)


def natural(bodies: Floats, camera: Floats, rhythm: Floats, names: Sequence[str] | None = None) -> Cues:
    """The inverse of :func:`normal`, of whatever a network made: shares are kept within 0 and 1, roll on the circle,
    sizes positive."""
    mean, dev = np.array(BODY_FORM, np.float32).T
    here = bodies[..., :1] > 0
    x = bodies * dev + mean
    x[..., LOGARITHMIC] = np.exp(np.clip(x[..., LOGARITHMIC], -7, 2))
    x[..., CHANNEL["speed"]] = np.expm1(np.clip(x[..., CHANNEL["speed"]], 0, 4))
    for name in ("person", "part", "mouth", "blink", "contact"):
        x[..., CHANNEL[name]] = x[..., CHANNEL[name]].clip(0, 1)
    x[..., CHANNEL["facing"]] = x[..., CHANNEL["facing"]].clip(-1, 1)
    sin, cos = CHANNEL["roll_sin"], CHANNEL["roll_cos"]
    size = np.maximum(np.hypot(x[..., sin], x[..., cos]), 1e-6)
    x[..., sin], x[..., cos] = x[..., sin] / size, x[..., cos] / size
    x[..., OF_PERSONS] = np.where(x[..., CHANNEL["person"], None] > 0.5, x[..., OF_PERSONS], 0)
    x[..., 0] = 1
    x = np.where(here, x, 0).astype(np.float32)
    form = np.array(CAMERA_FORM, np.float32)
    eye = camera * form[:, 1] + form[:, 0]
    eye[:, CAMERA.index("focal")] = np.exp(np.clip(eye[:, CAMERA.index("focal")], -3, 3))
    return Cues(
        tuple(names or (f"body-{k + 1}" for k in range(len(x)))),
        x,
        eye.astype(np.float32),
        (rhythm * PULSE).clip(0, 1).astype(np.float32),
    )
