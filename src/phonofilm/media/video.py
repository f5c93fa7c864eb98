"""Clips as files: H.264 and AAC in an MP4 that starts at once, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from phonofilm.errors import MediaError
from phonofilm.media import tracks
from phonofilm.media.colour import Pictures
from phonofilm.spec import clock

CRF = 17
"""Constant quality of x264: visually lossless for flat colour."""
FINE = {"crf": str(CRF), "preset": "veryfast", "threads": "2", "tune": "animation", "x264-params": "mbtree=0"}
"""The same seed shall give the same file: x264's bits depend on the number of threads, and its macroblock tree was
measured to differ from run to run (1 in 10) with everything else equal."""
DRAFT = {"crf": "24", "preset": "superfast", "threads": "1", "x264-params": "mbtree=0"}
SOUND_BITS = 192_000
"""AAC bits per second."""
MAX_NAME = 200
"""Bytes a file name may have, so that the temporary file beside it still has a name the disk takes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """A clip read from a file."""

    frames: NDArray[np.uint8]
    """[n, height, width, 3], sRGB."""
    sound: NDArray[np.float32]
    """[2, n * rate / fps], -1..1; silence where the file has no sound."""
    rate: int
    fps: float
    has_sound: bool = True
    title: str = ""
    """The title the file carries."""


def check_writable(path: Path | str, suffixes: tuple[str, ...] = (".mp4",)) -> Path:
    """The path, if a file can be written there; MediaError otherwise. Asked before the work begins, not after."""
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise MediaError(f"'{path}' must end in {' or '.join(suffixes)}; name the file so")
    if "\0" in str(path):
        raise MediaError("a file name cannot hold a NUL character; choose another name")
    try:
        if len(os.fsencode(path.name)) > MAX_NAME:
            raise MediaError(f"'{path.name[:40]}...' is too long for a file name; keep it under {MAX_NAME} bytes")
        if path.is_dir():
            raise MediaError(f"'{path}' is a folder; give the name of a file in it")
        parent = path.parent
        if not parent.is_dir():
            raise MediaError(f"the folder '{parent}' does not exist; create it first")
        if not os.access(parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise MediaError(f"'{path}' cannot be written; choose a folder you may write to")
        _probe(parent)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"'{path}' cannot be written ({reason}); choose a folder you may write to") from error
    return path


def _probe(folder: Path) -> None:
    """Raise OSError where a file cannot be made in ``folder``: permissions alone do not tell (a read-only disk,
    /proc)."""
    handle, name = tempfile.mkstemp(prefix=".phonofilm-", dir=folder)
    os.close(handle)
    os.unlink(name)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to; it becomes ``path`` at the end, and is gone after an error.

    Raises MediaError where it cannot be written; the file that lay there before stays then.
    """
    partial = path.with_name(f".{path.stem[:150]}.{os.getpid()}.part{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise MediaError(
            f"'{path}' could not be written ({error.strerror or error}); free some space or choose another folder"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def write_clip(
    path: Path | str,
    frames: Iterable[NDArray[np.uint8]],
    sound: NDArray[np.float32],
    *,
    rate: int = clock.SAMPLE_RATE,
    fps: int = clock.FPS,
    progress: Callable[[int], None] | None = None,
    metadata: dict[str, str] | None = None,
    draft: bool = False,
) -> Path:
    """Write pictures (uint8 [h, w, 3], even sizes, all alike) and ``sound`` (float [2, samples], -1..1) to an MP4.

    ``draft``: quick rather than fine, for what is looked at once and thrown away. Sound is cut or padded with silence
    to the exact length of the picture. The bytes go to a temporary file beside ``path`` that replaces it at the end:
    after an error or an interrupt there is no half-written file. Raises MediaError.
    """
    path = check_writable(path)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part.mp4")
    try:
        _write(
            partial,
            frames,
            np.atleast_2d(np.asarray(sound, np.float32)),
            rate,
            fps,
            progress,
            metadata or {},
            DRAFT if draft else FINE,
        )
        os.replace(partial, path)
    except (OSError, av.FFmpegError) as error:
        reason = (
            os.strerror(error.errno) if isinstance(error, OSError) and error.errno and error.errno > 0 else str(error)
        )
        raise MediaError(
            f"'{path}' could not be written ({reason}); free some space or choose another folder"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def _write(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    sound: NDArray[np.float32],
    rate: int,
    fps: int,
    progress: Callable[[int], None] | None,
    metadata: dict[str, str],
    settings: dict[str, str],
) -> None:
    if sound.shape[0] == 1:
        sound = np.repeat(sound, 2, axis=0)
    flags = "+faststart" + ("+use_metadata_tags" if set(metadata) - {"title", "comment", "artist", "date"} else "")
    container = av.open(str(path), "w", format="mp4", options={"movflags": flags, "fflags": "+bitexact"})
    try:
        container.metadata.update({key: _plain(value) for key, value in metadata.items()})
        picture = container.add_stream("libx264", rate=fps, options=dict(settings))
        voice = container.add_stream("aac", rate=rate, layout="stereo", bit_rate=SOUND_BITS)
        picture.pix_fmt = "yuv420p"
        picture.codec_context.colorspace = Colorspace.ITU709
        picture.codec_context.color_range = ColorRange.MPEG
        picture.codec_context.color_primaries = 1
        picture.codec_context.color_trc = 1
        count, written = 0, 0
        for image in frames:
            if count == 0:
                picture.height, picture.width = image.shape[:2]
                if image.shape[0] % 2 or image.shape[1] % 2:
                    raise MediaError(
                        f"a picture of {image.shape[1]}x{image.shape[0]} cannot be written; both sides must be even"
                    )
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame = frame.reformat(
                format="yuv420p",
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                threads=1,  # threads for so small a task cost a quarter more than they save, and wait on a busy machine
            )
            frame.pts, frame.time_base = count, Fraction(1, fps)
            container.mux(picture.encode(frame))
            count += 1
            written = _sound_until(container, voice, sound, written, count * rate // fps, rate)
            if progress:
                progress(count)
        if count == 0:
            raise MediaError("a clip needs at least one picture; none was given")
        container.mux(picture.encode(None))
        _sound_until(container, voice, sound, written, count * rate // fps, rate, last=True)
        container.mux(voice.encode(None))
    finally:
        container.close()


def _plain(text: str) -> str:
    """Text a file can carry: no NUL, no half characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _sound_until(
    container: av.container.OutputContainer,
    stream: av.AudioStream,
    sound: NDArray[np.float32],
    start: int,
    end: int,
    rate: int,
    last: bool = False,
) -> int:
    """Encode the samples from ``start`` to ``end`` in blocks of 1024; return where it stopped."""
    while end - start >= 1024 or (last and end > start):
        stop = min(start + 1024, end)
        block = np.zeros((2, stop - start), np.float32)
        given = sound[:, start:stop]
        block[:, : given.shape[1]] = np.clip(np.nan_to_num(given), -1, 1)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        container.mux(stream.encode(frame))
        start = stop
    return start


def at_24(frames: np.ndarray, fps: float) -> np.ndarray:
    """Pictures at 24 frames a second: each moment shows the nearest picture of a clip at another rate."""
    if abs(fps - clock.FPS) < 0.01:
        return frames
    count = max(1, round(len(frames) * clock.FPS / fps))
    nearest: np.ndarray = frames[np.minimum((np.arange(count) * fps / clock.FPS).round().astype(int), len(frames) - 1)]
    return nearest


def read_clip(path: Path | str, *, rate: int | None = None, max_seconds: float = 600.0) -> Clip:
    """Read a clip whole: pictures, and stereo sound placed by its time stamps against the first picture.

    ``rate`` resamples the sound; None keeps the file's own. Raises MediaError for what is no clip, or longer than
    ``max_seconds``.
    """
    path = Path(path)
    if "\0" in str(path) or not path.is_file():
        raise MediaError(f"there is no file '{path}'; check the name")
    try:
        with av.open(str(path)) as container:
            if not tracks.pictures(container):
                raise MediaError(f"'{path}' holds no picture; give a video file")
            title = container.metadata.get("title", "")
            pictures, fps, start = _read_pictures(container, max_seconds)
        with av.open(str(path)) as container:
            sound, found = (
                _read_sound(container, rate, start) if tracks.sounds(container) else (None, rate or clock.SAMPLE_RATE)
            )
    except (OSError, av.FFmpegError, ValueError) as error:
        raise MediaError(f"'{path}' cannot be read as a clip; give an MP4 or another video file") from error
    if not pictures:
        raise MediaError(f"'{path}' holds no picture; give a video file")
    length = round(len(pictures) * found / fps)
    exact = np.zeros((2, length), np.float32)
    if sound is not None:
        exact[:, : min(length, sound.shape[1])] = sound[:, :length]
    return Clip(frames=np.stack(pictures), sound=exact, rate=found, fps=fps, has_sound=sound is not None, title=title)


def read_sound(path: Path | str, seconds: float) -> tuple[NDArray[np.float32], int]:
    """The sound of a clip, [2, seconds * rate] placed against its first picture, and its rate; silence at 48 kHz where
    it has none."""
    with av.open(str(path)) as container:
        if not tracks.sounds(container):
            return np.zeros((2, round(seconds * clock.THEATRE_RATE)), np.float32), clock.THEATRE_RATE
        picture = next(iter(tracks.pictures(container)), None)
        start = (
            float((picture.start_time or 0) * picture.time_base) if picture is not None and picture.time_base else 0.0
        )
        sound, rate = _read_sound(container, None, start)
    exact = np.zeros((2, round(seconds * rate)), np.float32)
    exact[:, : min(exact.shape[1], sound.shape[1])] = sound[:, : exact.shape[1]]
    return exact, rate


def _read_pictures(
    container: av.container.InputContainer, max_seconds: float
) -> tuple[list[NDArray[np.uint8]], float, float]:
    stream = tracks.pictures(container)[0]
    stream.thread_type = "AUTO"
    fps = float(stream.average_rate or clock.FPS)
    pictures: list[NDArray[np.uint8]] = []
    start, convert = 0.0, Pictures()
    for frame in container.decode(stream):
        if not pictures:
            start = float(frame.time or 0.0)
        pictures.append(convert(frame))
        if len(pictures) > max_seconds * fps:
            raise MediaError(f"the clip is longer than {max_seconds:g} s; cut it first")
    return pictures, fps, start


def _read_sound(
    container: av.container.InputContainer, rate: int | None, start: float
) -> tuple[NDArray[np.float32], int]:
    stream = tracks.sounds(container)[0]
    own = stream.codec_context.sample_rate
    found = rate or own
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=found)
    blocks: list[NDArray[np.float32]] = []
    first: float | None = None
    for frame in container.decode(stream):
        if first is None:
            first = float(frame.time or 0.0)
        frame.pts = None
        blocks += [np.asarray(piece.to_ndarray(), np.float32) for piece in resampler.resample(frame)]
    blocks += [np.asarray(piece.to_ndarray(), np.float32) for piece in resampler.resample(None)]
    sound = np.concatenate(blocks, axis=1) if blocks else np.zeros((2, 0), np.float32)
    late = round(((first or 0.0) - start) * found)
    sound = np.pad(sound, ((0, 0), (late, 0))) if late > 0 else sound[:, -late:]
    return np.ascontiguousarray(sound, np.float32), found
