"""A clip on its way into a file: pictures that are walked once, each with its time, and the sound that belongs to
them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MediaError
from phonofilm.media import tracks
from phonofilm.media.colour import Pictures
from phonofilm.media.video import read_sound
from phonofilm.spec import clock

Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Footage:
    """Pictures and sound, from an engine that draws them now or from a file that is decoded now."""

    pictures: Iterable[tuple[Picture, int]]
    """Each uint8 [h, w, 3] sRGB, and its time in ticks from the first. To be walked once."""
    tick: Fraction
    """Seconds of a tick."""
    fps: Fraction
    """Pictures a second, on average."""
    expected: int
    """How many pictures there should be."""
    seconds: float
    sound: NDArray[np.float32]
    """[2, n], -1..1."""
    rate: int
    """Samples per second of the sound."""
    has_sound: bool = True
    """Is there a sound track at all?"""
    name: str = "the clip"
    """What messages call it."""


def drawn(
    frames: Iterable[Picture], sound: NDArray[np.float32], *, n_frames: int, rate: int, fps: int = clock.FPS
) -> Footage:
    """Of pictures in memory or drawn on demand, ``fps`` a second."""
    sound = np.atleast_2d(np.asarray(sound, np.float32))
    stereo = np.repeat(sound, 2, axis=0) if sound.shape[0] == 1 else sound
    each = ((picture, number) for number, picture in enumerate(frames))
    return Footage(
        pictures=each,
        tick=Fraction(1, fps),
        fps=Fraction(fps),
        expected=n_frames,
        seconds=n_frames / fps,
        sound=stereo,
        rate=rate,
    )


@contextmanager
def opened(path: Path) -> Iterator[Footage]:
    """Of a file, each picture at the time the file gives it. Raises MediaError, OSError and PyAV's errors."""
    with av.open(str(path)) as container:
        if not tracks.pictures(container):
            raise MediaError(f"'{path.name}' holds no picture; the engine's file is not a clip")
        stream = tracks.pictures(container)[0]
        stream.thread_type = "AUTO"
        fps = Fraction(stream.average_rate or clock.FPS)
        length = (
            float(stream.duration * stream.time_base)
            if stream.duration and stream.time_base
            else float((container.duration or 0) / av.time_base)
        )
        expected = stream.frames or max(1, round(length * fps))
        seconds = length or float(stream.frames / fps)
        sound, rate = read_sound(path, seconds)
        yield Footage(
            pictures=_decoded(container, stream, fps),
            tick=stream.time_base or 1 / fps,
            fps=fps,
            expected=expected,
            seconds=seconds,
            sound=sound,
            rate=rate,
            has_sound=bool(container.streams.audio),
            name=f"'{path.name}'",
        )


def _decoded(
    container: av.container.InputContainer, stream: av.VideoStream, fps: Fraction
) -> Iterator[tuple[Picture, int]]:
    convert, first = Pictures(), None
    frame_ticks = 1 / (fps * (stream.time_base or 1 / fps))
    for number, frame in enumerate(container.decode(stream)):
        first = frame.pts if first is None else first
        timed = frame.pts is not None and first is not None
        yield convert(frame), (frame.pts or 0) - (first or 0) if timed else round(number * frame_ticks)
