"""One mark for a clip: the same job reference in its picture and in its sound, each of which is enough alone.

    marker = Marker(key, reference_of(job_id))
    frames = (marker.picture(frame, index) for index, frame in enumerate(frames))
    sound = marker.sound(sound, rate)
    detect("clip.mp4", [key])        # -> Detection(picture=Found(reference=...), sound=Found(reference=...))

A message counts as found only if its version, its key's number and its CRC fit (1 in 2**24 of random messages) and if
the soft values agree with its code word better than noise does. At most 36 messages are tried in a picture and 9 in a
sound, so a clip without a mark is called marked about once in a million clips and keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MediaError
from phonofilm.media import tracks
from phonofilm.spec import clock
from phonofilm.trust.watermarks import payload
from phonofilm.trust.watermarks.payload import reference_of
from phonofilm.trust.watermarks.watermark_picture import MOST_SECONDS, PictureMark, PictureReader
from phonofilm.trust.watermarks.watermark_sound import RATE, SoundMark, SoundReader

__all__ = ["Detection", "Found", "Marker", "detect", "reference_of"]


class Marker:
    """Writes one job's reference. ``key`` has at least 16 bytes and stays secret; ``reference`` has 40 bits; ``fps`` is
    the clip's."""

    def __init__(self, key: bytes, reference: int, *, fps: float = clock.FPS) -> None:
        self._picture = PictureMark(key, reference, fps)
        self._sound = SoundMark(key, reference)
        self.reference = reference

    def picture(self, frame: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
        """``frame`` [h, w, 3], the ``index``-th of its clip, with the mark. Frames may come in any order."""
        return self._picture.write(frame, index)

    def sound(self, sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """``sound`` [channels, n], -1..1, with the mark, from the clip's first sample to its last."""
        return self._sound.write(sound, rate)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A mark that was read."""

    reference: int
    key: int
    """Which of the keys given wrote it, counted from 0."""
    confidence: float
    """How well the clip agrees with the message, 0.62..1: the correlation with its code word."""


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What a clip says in its picture and in its sound; None where no mark was found."""

    picture: Found | None
    sound: Found | None

    @property
    def reference(self) -> int | None:
        """The job the clip comes from; None without a mark, or where picture and sound name different jobs."""
        named = {found.reference for found in (self.picture, self.sound) if found}
        return named.pop() if len(named) == 1 else None


def detect(path: Path | str, keys: Sequence[bytes]) -> Detection:
    """Look for the marks of ``keys`` in a file of picture, sound or both. Reads the first 32 s. Raises MediaError,
    RequestError."""
    keys = [payload.check_key(key) for key in keys]
    path = Path(path)
    if "\0" in str(path) or not path.is_file():
        raise MediaError(f"there is no file '{path}'; check the name")
    try:
        picture, sound = read_picture(path), read_sound(path)
    except (OSError, av.FFmpegError, ValueError) as error:
        raise MediaError(f"'{path}' cannot be read as a clip; give a video or sound file") from error
    if picture is None and sound is None:
        raise MediaError(f"'{path}' holds neither picture nor sound; give a video or sound file")
    return Detection(picture=_first(picture, keys), sound=_first(sound, keys))


def _first(reader: PictureReader | SoundReader | None, keys: Sequence[bytes]) -> Found | None:
    for number, key in enumerate(keys):
        if reader and (read := reader.read(key)):
            return Found(reference=read.reference, key=number, confidence=read.fit)
    return None


def read_picture(path: Path) -> PictureReader | None:
    """The picture of a file gathered for reading; None where it has none."""
    with av.open(str(path)) as container:
        if not tracks.pictures(container):
            return None
        stream = tracks.pictures(container)[0]
        reader, start = None, 0.0
        for shown, frame in enumerate(container.decode(stream)):
            if reader is None:
                reader, start = PictureReader(frame.width, frame.height), float(frame.time or 0.0)
            seconds = (
                float(frame.time) - start if frame.time is not None else shown / float(stream.average_rate or clock.FPS)
            )
            if seconds >= MOST_SECONDS:
                break
            small = frame.reformat(width=reader.size[0], height=reader.size[1], format="gray", interpolation="AREA")
            reader.add(small.to_ndarray(), max(seconds, 0.0))
    return reader


def read_sound(path: Path) -> SoundReader | None:
    """The sound of a file gathered for reading; None where it has none."""
    with av.open(str(path)) as container:
        if not tracks.sounds(container):
            return None
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        blocks: list[NDArray[np.float32]] = []
        count = 0
        for frame in container.decode(tracks.sounds(container)[0]):
            frame.pts = None
            for piece in resampler.resample(frame):
                blocks.append(np.asarray(piece.to_ndarray()[0], np.float32))
                count += len(blocks[-1])
            if count >= MOST_SECONDS * RATE:
                break
        blocks += [np.asarray(piece.to_ndarray()[0], np.float32) for piece in resampler.resample(None)]
    return SoundReader(np.concatenate(blocks)) if blocks else None
