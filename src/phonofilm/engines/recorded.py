"""A clip that is a file already: its pictures decoded as they are walked, its sound read whole, its completeness
checked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MediaError
from phonofilm.media import tracks
from phonofilm.media.colour import Pictures
from phonofilm.media.scale import cover
from phonofilm.spec import clock
from phonofilm.spec.result import Result


class Recorded:
    """The pictures of ``path`` at ``size`` (width, height) and 24 a second; can be walked again and again.

    ``keep`` is anything that must live as long as the file (a temporary folder).
    """

    def __init__(self, path: Path, size: tuple[int, int], n_frames: int, keep: object = None) -> None:
        self.path, self.size, self.n_frames, self.keep = path, size, n_frames, keep

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Each moment ``n / 24`` shows the latest picture not after it; the last one is held."""
        given, last = 0, None
        with av.open(str(self.path)) as container:
            start, convert = None, Pictures()
            for frame in container.decode(tracks.pictures(container)[0]):
                start = frame.time if start is None else start
                due = int(((frame.time or 0.0) - (start or 0.0)) * clock.FPS + 0.5)
                while last is not None and given < min(due, self.n_frames):
                    yield last
                    given += 1
                last = cover(convert(frame), self.size)
        while last is not None and given < self.n_frames:
            yield last
            given += 1


def temporary(make: Callable[[Path], Result]) -> Result:
    """What ``make`` makes into the file it is given, as a result whose frames, a ``Recorded``, hold the file as long as
    they live."""
    folder = tempfile.TemporaryDirectory(prefix="phonofilm-", ignore_cleanup_errors=True)
    made = make(Path(folder.name) / "clip.mp4")
    assert isinstance(made.frames, Recorded)
    made.frames.keep = folder
    return replace(made, path=None)


def measure(path: Path) -> tuple[int, tuple[int, int], bool]:
    """(frames at 24 a second, (width, height), has sound) of a complete clip.

    Walks every packet: raises MediaError for what is no clip, holds no picture, or ends before its own table of
    contents says.
    """
    try:
        with av.open(str(path)) as container:
            if not tracks.pictures(container):
                raise MediaError("the file holds no picture")
            stream = tracks.pictures(container)[0]
            promised = stream.frames
            count, end, start = 0, Fraction(0), None
            base = stream.time_base or Fraction(1, clock.FPS)
            for packet in container.demux(stream):
                if packet.pts is None:
                    continue
                count += 1
                start = packet.pts if start is None else min(start, packet.pts)
                end = max(end, Fraction(packet.pts + (packet.duration or 0)) * base)
            if count == 0 or count < promised:
                raise MediaError(f"the file is cut short: {count} of {promised} pictures")
            seconds = end - (start or 0) * base
            return max(1, round(seconds * clock.FPS)), (stream.width, stream.height), bool(tracks.sounds(container))
    except (OSError, av.FFmpegError, ValueError) as error:
        raise MediaError("the file cannot be read as a clip; it is damaged or of another kind") from error


def sound_of(path: Path, n_frames: int, rate: int = clock.THEATRE_RATE) -> NDArray[np.float32]:
    """Stereo sound [2, n_frames * rate / 24] of a clip, from its first picture on; silence where it has none. Raises
    MediaError."""
    sound = np.zeros((2, n_frames * rate // clock.FPS), np.float32)
    try:
        with av.open(str(path)) as container:
            if not tracks.sounds(container):
                return sound
            stream = tracks.sounds(container)[0]
            video = next(iter(tracks.pictures(container)), None)
            zero = float((video.start_time or 0) * (video.time_base or 0)) if video else 0.0
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
            at: int | None = None
            for frame in container.decode(stream):
                if at is None:
                    at = round(((frame.time or 0.0) - zero) * rate)
                for piece in resampler.resample(frame):
                    at = _place(sound, piece.to_ndarray(), at)
            for piece in resampler.resample(None) if at is not None else []:
                at = _place(sound, piece.to_ndarray(), at or 0)
    except (OSError, av.FFmpegError, ValueError) as error:
        raise MediaError("the sound of the clip cannot be read; it is damaged or of another kind") from error
    return sound


def _place(sound: NDArray[np.float32], piece: NDArray[Any], at: int) -> int:
    width = int(piece.shape[1])
    first, last = max(at, 0), min(at + width, sound.shape[1])
    if last > first:
        sound[:, first:last] = piece[:, first - at : last - at]
    return at + width


def drop_sound(path: Path) -> None:
    """Rewrite a clip without its sound tracks; the pictures are copied, not coded anew."""
    partial = path.with_name(f".{path.stem}.{os.getpid()}.mute.mp4")
    try:
        with (
            av.open(str(path)) as source,
            av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as target,
        ):
            stream = tracks.pictures(source)[0]
            copy = target.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.stream = copy
                    target.mux(packet)
        os.replace(partial, path)
    except (OSError, av.FFmpegError, ValueError) as error:
        raise MediaError("the sound of the clip cannot be dropped; the file is damaged or the disk full") from error
    finally:
        partial.unlink(missing_ok=True)
