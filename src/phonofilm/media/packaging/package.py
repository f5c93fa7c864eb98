"""From an engine's pictures or its file to what is delivered: one walk marks, labels and encodes; streaming and stills
follow."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from phonofilm.errors import MediaError
from phonofilm.media import tracks
from phonofilm.media.footage import Footage, opened
from phonofilm.media.packaging import hls as streaming
from phonofilm.media.packaging.label import Label, Overlay
from phonofilm.media.packaging.subtitles import Cue, language_of, write_vtt

Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]
Mark = Callable[[Picture, int], Picture]
"""A frame [h, w, 3] and its number -> the same with an invisible mark."""
MarkSound = Callable[[Sound, int], Sound]
"""Sound [2, n] and its rate -> the same with an inaudible mark."""
See = Callable[[Picture, int], None]
"""Looks at a frame and its number."""
MAX_BYTES = 20_000_000
"""Of the main file, for clips up to 15 s; longer ones in proportion."""
CRF, SOUND_BITS, MOST_BITS = 19, 160_000, 12_000_000
CONTENT_TYPES = {
    ".mp4": "video/mp4", ".m4s": "video/iso.segment", ".m3u8": "application/vnd.apple.mpegurl", ".vtt": "text/vtt",
    ".webp": "image/webp",
    ".png": "image/png", ".jpg": "image/jpeg", ".c2pa": "application/c2pa",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Packed:
    """One file to be delivered."""

    name: str
    """video.mp4, last_frame.png, poster.webp, spritesheet.jpg, waveform.png, subtitles.vtt, hls/master.m3u8,
    hls/360p/... ."""
    path: Path
    content_type: str
    bytes: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True)
class Package:
    """Everything made of one clip."""

    files: tuple[Packed, ...]
    """The main file first."""
    width: int
    height: int
    seconds: float
    frames: int
    fps: float
    has_sound: bool
    """Did the engine's file have a sound track? (The delivered one always has.)"""

    def file(self, name: str) -> Packed:
        """The file of this name. Raises KeyError."""
        return {file.name: file for file in self.files}[name]


def package(
    source: Path | Footage,
    out: Path,
    *,
    mark: Mark | None = None,
    mark_sound: MarkSound | None = None,
    label: Label | None = None,
    subtitles: Sequence[Cue] = (),
    hls: bool = True,
    stills: bool = True,
    max_bytes: int = MAX_BYTES,
    metadata: dict[str, str] | None = None,
    see: See | None = None,
    progress: Callable[[float], None] | None = None,
) -> Package:
    """Make the deliverable files of ``source``, a file or pictures that are drawn now, in the folder ``out``.

    ``metadata`` goes into the main file (any keys, such as ``AIGC``). ``see`` is shown every picture before it is
    marked. ``progress`` hears 0..1 and may raise to stop. The main file is kept under ``max_bytes`` by its bit rate.
    Signing comes after this: it is the last change a file may see. Raises MediaError, and whatever drawing a picture
    raises.
    """
    out.mkdir(parents=True, exist_ok=True)
    main = out / "video.mp4"
    try:
        with nullcontext(source) if isinstance(source, Footage) else opened(source) as footage:
            rate_limit = _rate_limit(footage.seconds, max_bytes)
            sound = (
                footage.sound if mark_sound is None else np.asarray(mark_sound(footage.sound, footage.rate), np.float32)
            )
            collected = Stills(footage.expected) if stills else None
            walk = _Walk(
                footage, mark, label, collected, see, (lambda done: progress(0.8 * done)) if progress else None
            )
            _encode(main, walk, sound, footage.rate, rate_limit, metadata or {})
    except (OSError, av.FFmpegError) as error:
        name = source.name if isinstance(source, Footage) else f"'{source.name}'"
        reason = (
            os.strerror(error.errno) if isinstance(error, OSError) and error.errno and error.errno > 0 else str(error)
        )
        raise MediaError(
            f"{name} could not be packaged ({reason}); check the file, and free some space on the disk or choose"
            " another folder"
        ) from error
    seconds = walk.count / walk.fps
    if main.stat().st_size > _size_limit(seconds, max_bytes):
        raise MediaError(
            f"the clip has {main.stat().st_size} bytes, more than the {max_bytes} it may have; raise max_bytes or make"
            " it shorter"
        )
    files = [_packed(out, "video.mp4", (walk.width, walk.height))]
    if collected is not None:
        collected.last_frame(out / "last_frame.png")
        collected.poster(out / "poster.webp")
        collected.spritesheet(out / "spritesheet.jpg")
        waveform(sound, out / "waveform.png")
        sizes = {name: (walk.width, walk.height) for name in ("last_frame.png", "poster.webp")}
        files += [
            _packed(out, name, sizes.get(name))
            for name in ("last_frame.png", "poster.webp", "spritesheet.jpg", "waveform.png")
        ]
    if progress:
        progress(0.85)
    files += beside(files[0], out, fps=walk.fps, seconds=seconds, subtitles=subtitles, hls=hls)
    if progress:
        progress(1.0)
    return Package(
        files=tuple(files),
        width=walk.width,
        height=walk.height,
        seconds=seconds,
        frames=walk.count,
        fps=walk.fps,
        has_sound=footage.has_sound,
    )


def beside(
    main: Packed, out: Path, *, fps: float, seconds: float, subtitles: Sequence[Cue] = (), hls: bool = True
) -> list[Packed]:
    """What is made of the finished main file and goes with it: subtitles, streaming renditions. Raises MediaError."""
    out.mkdir(parents=True, exist_ok=True)
    files = []
    if subtitles:
        write_vtt(out / "subtitles.vtt", subtitles)
        files.append(_packed(out, "subtitles.vtt", None))
    if hls:
        assert main.width and main.height
        vtt = out / "subtitles.vtt" if subtitles else None
        rungs = streaming.write(
            main.path,
            out / "hls",
            width=main.width,
            height=main.height,
            fps=fps,
            seconds=seconds,
            subtitles=vtt,
            language=language_of(subtitles),
        )
        sizes = {rung.name: (rung.width, rung.height) for rung in rungs}
        for path in sorted((out / "hls").rglob("*")):
            if path.is_file():
                files.append(_packed(out, path.relative_to(out).as_posix(), sizes.get(path.parent.name)))
    return files


def as_it_is(path: Path) -> Packed:
    """An engine's own file as the main file, nothing done to it."""
    with av.open(str(path)) as container:
        context = tracks.pictures(container)[0].codec_context
        return Packed(
            name="video.mp4",
            path=path,
            content_type="video/mp4",
            bytes=path.stat().st_size,
            width=context.width,
            height=context.height,
        )


class _Walk:
    """The pictures of a clip, marked and labelled, each with its own time."""

    def __init__(
        self,
        footage: Footage,
        mark: Mark | None,
        label: Label | None,
        stills: Stills | None,
        see: See | None,
        progress: Callable[[float], None] | None,
    ) -> None:
        self._footage, self._mark, self._label, self._stills, self._see, self._progress = (
            footage,
            mark,
            label,
            stills,
            see,
            progress,
        )
        self.rate, self.fps, self.name = footage.fps, float(footage.fps), footage.name
        self.width = self.height = 0
        self.count = 0
        self._colours = _Colours()

    def __iter__(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """Each frame as the encoder wants it, and its time in seconds from the first."""
        overlay: Overlay | None = None
        for picture, ticks in self._footage.pictures:
            if picture.shape[0] % 2 or picture.shape[1] % 2:  # 4:2:0 colour needs even sides
                picture = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
            if self.count == 0:
                self.height, self.width = picture.shape[:2]
                overlay = self._label.on(self.width, self.height) if self._label else None
            if self._see:
                self._see(picture, self.count)
            plain = picture if self._mark is None else self._mark(picture, self.count)
            shown = overlay.lay(plain) if overlay and overlay.label.shows(self.count / self.fps) else plain
            if self._stills:
                self._stills.see(self.count, shown, plain)
            encoded = self._colours.frame(shown)
            encoded.pts, encoded.time_base = ticks, self._footage.tick
            yield encoded, float(ticks * self._footage.tick)
            self.count += 1
            if self._progress and self.count % 8 == 0:
                self._progress(min(1.0, self.count / max(self._footage.expected, 1)))


def _encode(path: Path, walk: _Walk, sound: Sound, rate: int, rate_limit: int, metadata: dict[str, str]) -> None:
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part.mp4")
    flags = "+faststart" + ("+use_metadata_tags" if set(metadata) - {"title", "comment", "artist", "date"} else "")
    options = {
        "crf": str(CRF), "preset": "veryfast", "threads": str(max(1, min(4, (os.cpu_count() or 2) // 2))),
        "maxrate": str(rate_limit), "bufsize": str(rate_limit * 3 // 2),
        "g": str(max(1, round(walk.fps * streaming.SEGMENT / 2))), "forced-idr": "1",
        # with the macroblock tree the same pictures now and then give other bits (docs/log.md)
        "x264-params": "mbtree=0",
    }  # fmt: skip
    try:
        with av.open(str(partial), "w", format="mp4", options={"movflags": flags, "fflags": "+bitexact"}) as container:
            container.metadata.update({key: value.replace("\0", " ") for key, value in metadata.items()})
            picture = container.add_stream("libx264", rate=walk.rate, options=options)
            voice = container.add_stream("aac", rate=rate, layout="stereo", bit_rate=SOUND_BITS)
            picture.pix_fmt = "yuv420p"
            context = picture.codec_context
            context.colorspace, context.color_range, context.color_primaries, context.color_trc = (
                Colorspace.ITU709,
                ColorRange.MPEG,
                1,
                1,
            )
            written, keys = 0, 0
            for frame, at in walk:
                if (
                    at >= keys * streaming.SEGMENT / 2
                ):  # where the stream may be cut, whatever else is cut in the picture
                    frame.pict_type, keys = av.video.frame.PictureType.I, keys + 1
                if walk.count == 0:
                    picture.width, picture.height, context.time_base = (
                        walk.width,
                        walk.height,
                        frame.time_base or 1 / walk.rate,
                    )
                container.mux(picture.encode(frame))
                end = int(at * rate)
                while written + 1024 <= end:
                    written = _mux_sound(container, voice, sound, written, written + 1024, rate)
            if walk.count == 0:
                raise MediaError(f"{walk.name} holds no picture that can be decoded; it is damaged")
            container.mux(picture.encode(None))
            total = round(walk.count / walk.fps * rate)
            while written < total:
                written = _mux_sound(container, voice, sound, written, min(written + 1024, total), rate)
            container.mux(voice.encode(None))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _mux_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, sound: Sound, start: int, end: int, rate: int
) -> int:
    block = np.zeros((2, end - start), np.float32)
    given = sound[:, start:end]
    block[:, : given.shape[1]] = np.clip(np.nan_to_num(given), -1, 1)
    frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
    container.mux(stream.encode(frame))
    return end


class _Colours:
    """Pictures to frames, with one converter for all."""

    def __init__(self) -> None:
        self._out = VideoReformatter()

    def frame(self, picture: Picture) -> av.VideoFrame:
        """A picture as the encoder wants it: BT.709, limited range, 4:2:0."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        space, full, limited = Colorspace.ITU709, ColorRange.JPEG, ColorRange.MPEG
        return self._out.reformat(
            frame,
            format="yuv420p",
            src_colorspace=space,
            dst_colorspace=space,
            src_color_range=full,
            dst_color_range=limited,
        )


def _size_limit(seconds: float, max_bytes: int) -> float:
    return max_bytes * max(1.0, seconds / 15.1)


def _rate_limit(seconds: float, max_bytes: int) -> int:
    """Bits per second that keep the file under its size: the rate control may overshoot by its buffer of 1.5
    seconds."""
    room = _size_limit(seconds, max_bytes) * 8 * 0.97 - SOUND_BITS * 1.1 * seconds - 400_000
    return int(max(100_000, min(MOST_BITS, room / (seconds + 1.5))))


def _packed(out: Path, name: str, size: tuple[int, int] | None) -> Packed:
    path = out / name
    width, height = size or (None, None)
    return Packed(
        name=name,
        path=path,
        content_type=CONTENT_TYPES[path.suffix],
        bytes=path.stat().st_size,
        width=width,
        height=height,
    )


TILE = 160
"""Width of a picture in the sprite sheet (a tall clip: its height)."""
COLUMNS, MOST = 5, 25


class Stills:
    """Collects what the stills need while the frames go by; one walk, few pictures kept."""

    def __init__(self, expected: int) -> None:
        self._poster_at = expected // 4
        self._every = max(1, math.ceil(expected / MOST))
        self._tiles: list[Image.Image] = []
        self._poster: Picture | None = None
        self._last: Picture | None = None

    def see(self, index: int, shown: Picture, plain: Picture) -> None:
        """``shown`` is the frame as delivered, ``plain`` the same without the visible label."""
        if index == self._poster_at or self._poster is None:
            self._poster = shown
        if index % self._every == 0 and len(self._tiles) < MOST:
            height, width = shown.shape[:2]
            scale = TILE / max(width, height)
            self._tiles.append(
                Image.fromarray(shown).resize(
                    (max(2, round(width * scale)), max(2, round(height * scale))), Image.Resampling.BOX
                )
            )
        self._last = plain

    def poster(self, path: Path) -> Path:
        """The frame a quarter into the clip, as WebP."""
        assert self._poster is not None
        Image.fromarray(self._poster).save(path, quality=82, method=2)
        return path

    def last_frame(self, path: Path) -> Path:
        """The last frame without the visible label, so that another clip can begin with it."""
        assert self._last is not None
        Image.fromarray(self._last).save(path, compress_level=3)
        return path

    def spritesheet(self, path: Path) -> Path:
        """Up to 25 small pictures, five in a row, evenly spaced over the clip."""
        width, height = self._tiles[0].size
        columns = min(COLUMNS, len(self._tiles))
        page = Image.new("RGB", (columns * width, -(-len(self._tiles) // columns) * height))
        for index, tile in enumerate(self._tiles):
            page.paste(tile, (index % columns * width, index // columns * height))
        page.save(path, quality=80)
        return path


def waveform(sound: NDArray[np.float32], path: Path, size: tuple[int, int] = (1200, 160)) -> Path:
    """The loudness of ``sound`` [2, n] over time: left channel upward, right downward, on a clear ground."""
    width, height = size
    page = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(page)
    columns = width // 4
    edges = np.linspace(0, sound.shape[1], columns + 1).astype(int)
    peaks = np.array(
        [
            [
                float(np.abs(channel[a : max(b, a + 1)]).max(initial=0.0))
                for a, b in zip(edges[:-1], edges[1:], strict=True)
            ]
            for channel in (sound[0], sound[-1])
        ]
    )
    peaks = (peaks / max(float(peaks.max(initial=0.0)), 1e-4)) ** 0.7 * (height / 2 - 2)
    for column in range(columns):
        up, down = peaks[:, column]
        draw.rounded_rectangle(
            (column * 4, height / 2 - 1 - up, column * 4 + 2, height / 2 + 1 + down), radius=1, fill=(226, 84, 58, 255)
        )
    page.quantize(16, method=Image.Quantize.FASTOCTREE).save(path)
    return path
