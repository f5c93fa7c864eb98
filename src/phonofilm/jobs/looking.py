"""What the gate's two doors look at: pictures and sound of references, and of the clip itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from phonofilm.jobs import delivery
from phonofilm.jobs.walk import Carry, Walk
from phonofilm.media import tracks
from phonofilm.media.colour import Pictures
from phonofilm.media.picture import load
from phonofilm.media.video import read_sound
from phonofilm.spec.reference import Reference, named
from phonofilm.trust.consent import stricter
from phonofilm.trust.gate import Seen
from phonofilm.trust.sampling import Sample, sample

CHECK_RATE = 48_000
"""Samples per second of the sound that checkers hear."""
_FEW = 4
"""Pictures the gate is shown where nobody is set to look at them."""
_MEANS = {"person": True, "no_person": False}
"""What an operator may let "not declared" mean; otherwise somebody is asked."""
Picture = NDArray[np.uint8]

def seen(walk: Walk, reference: Reference, number: int) -> Seen:
    """A reference as the first door sees it."""
    names = {id(one): name for name, one in reversed(named(walk.request.references).items())}
    name = names.get(id(walk.request.references[number])) or f"{reference.kind}{number + 1}"
    path = Path(str(reference.path))
    known = walk.asset(reference) if reference.asset else {}
    if reference.kind == "image":
        frames: tuple[Picture, ...] = (first_picture(path, "image"),)
    else:
        frames = tuple(one.picture for one in _samples(path)) if reference.kind == "video" else ()
    sound = None if reference.kind == "image" else _sound(path)
    person = stricter(known.get("person"), reference.person, known.get("consent"))
    if person is None:
        person = _MEANS.get(walk.tools.config.undeclared)
    return Seen(name=name, kind=reference.kind, frames=frames, sound=sound, person=person, consent=known.get("leave"))


def sampled(walk: Walk, carry: Carry) -> tuple[list[Sample], NDArray[np.float32] | None]:
    """The clip as the second door sees it. Where no checker is set and no picture is blocked, a few frames stand for all."""
    path = delivery.mezzanine(walk, carry)
    nobody_looks = not any({"frames", "sound"} & classifier.looks_at for classifier in walk.tools.classifiers)
    if nobody_looks and not walk.tools.blocked():
        return list(_key_frames(path, _FEW)), None
    return _samples(path), None if nobody_looks else _sound(path)


def _samples(path: Path) -> list[Sample]:
    with av.open(str(path)) as container:
        stream = tracks.pictures(container)[0]
        stream.thread_type = "AUTO"
        return sample(map(Pictures(), container.decode(stream)), float(stream.average_rate or 24))


def _key_frames(path: Path, most: int) -> Iterator[Sample]:
    with av.open(str(path)) as container:
        stream = tracks.pictures(container)[0]
        stream.codec_context.skip_frame = "NONKEY"
        convert = Pictures()
        for number, frame in enumerate(container.decode(stream)):
            if number == most:
                return
            index = round(float(frame.time or 0.0) * float(stream.average_rate or 24))
            yield Sample(index=index, picture=convert(frame))


def _sound(path: Path) -> NDArray[np.float32] | None:
    with av.open(str(path)) as container:
        if not tracks.sounds(container):
            return None
        length = float(container.duration or 0) / av.time_base
    sound, rate = read_sound(path, length)
    if rate == CHECK_RATE:
        return sound
    from scipy.signal import resample_poly

    common = math.gcd(rate, CHECK_RATE)
    return np.asarray(resample_poly(sound, CHECK_RATE // common, rate // common, axis=1), np.float32)


def first_picture(path: Path, kind: str) -> Any:
    """uint8 [H, W, 3] of a picture, or a clip's first frame; None for sounds."""
    if kind == "image":
        return load(path)
    if kind == "video":
        with av.open(str(path)) as container:
            for frame in container.decode(tracks.pictures(container)[0]):
                return Pictures()(frame)
    return None
