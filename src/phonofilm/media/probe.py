"""What a stranger's file really holds, read by a child process that may use little memory and little time; and whether
the boxes of an MP4 fit into each other, since lenient readers of sizes that lie do not agree on what a file holds."""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from phonofilm.errors import MediaError, RequestError
from phonofilm.media.sniff import HEAD, KINDS, WANTED, describe, remedy, sniff

MEGABYTE = 1024 * 1024
TIME_LIMIT = 20.0
"""Seconds of waiting for one answer; the child itself stops after half of that in CPU seconds."""


@dataclass(frozen=True, kw_only=True)
class Probed:
    """What a file holds. Sizes are as shown: turned upright where the file says so."""

    kind: str
    content_type: str
    bytes: int
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    """Of what is really there, not of what a header says."""
    fps: float = 0.0
    frames: int = 0
    has_sound: bool = False
    rate: int = 0
    """Samples of sound per second."""
    channels: int = 0
    codec: str = ""
    rotation: int = 0
    """Degrees clockwise that a player turns the picture by."""
    ignored: tuple[str, ...] = ()
    """What of the file is not used, in words."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a reference may be. The defaults are the mission's; sides and shapes are those of the vendors."""

    image_bytes: int = 30 * MEGABYTE
    video_bytes: int = 50 * MEGABYTE
    audio_bytes: int = 15 * MEGABYTE
    min_side: int = 64
    max_side: int = 6000
    min_aspect: float = 0.25
    """Width over height."""
    max_aspect: float = 4.0
    min_video_seconds: float = 2.0
    max_video_seconds: float = 15.0
    min_audio_seconds: float = 0.0
    max_audio_seconds: float = 15.0
    min_fps: float = 1.0
    max_fps: float = 120.0
    max_pixels: int = 8_295_044
    """Of one frame of a clip."""


NATIVE = Limits()
ARK = Limits(
    video_bytes=200 * MEGABYTE,
    min_side=300,
    min_aspect=0.4,
    max_aspect=2.5,
    min_audio_seconds=2.0,
    min_fps=23.9,
    max_fps=60.1,
)
"""Seedance 2.0's own limits, for requests that are handed on to it."""
_SLACK = 0.1
"""Seconds a clip may be over or under: AAC frames and time bases round."""


def probe(path: Path | str, *, seconds: float = TIME_LIMIT) -> Probed:
    """Read a file of unknown origin. Raises MediaError, with the remedy, for what is no picture, clip or sound that we
    take, for damaged and truncated files, and for those that would need too much memory or time."""
    path = Path(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD)
    except (OSError, ValueError) as error:
        raise MediaError(
            f"the file cannot be read ({getattr(error, 'strerror', None) or 'bad name'}); give a picture, clip or sound"
        ) from error
    content_type = sniff(head)
    if content_type is None:
        raise MediaError(f"the file is {describe(head)}; {remedy(head)}")
    if content_type in ("video/mp4", "video/quicktime", "audio/mp4"):
        _check_boxes(path)
    answer = _ask(path, content_type, seconds)
    if "error" in answer:
        raise MediaError(str(answer["error"]))
    answer["ignored"] = tuple(dict.fromkeys(answer.get("ignored", ())))
    known = {field.name for field in fields(Probed)}
    return Probed(
        bytes=size,
        **{"kind": KINDS[content_type], "content_type": content_type} | {k: v for k, v in answer.items() if k in known},
    )


def check_reference(
    probed: Probed, limits: Limits = NATIVE, field: str = "reference", *, kind: str | None = None
) -> None:
    """Raise RequestError, naming ``field`` and the remedy, where a file is outside ``limits`` or not of the ``kind``
    asked for."""

    def refuse(what: str) -> None:
        raise RequestError(f"{field}: {what}")

    if kind is not None and probed.kind != kind:
        refuse(f"this is {_a(probed.kind)}; give {_a(kind)} ({WANTED[kind]})")
    most = {"image": limits.image_bytes, "video": limits.video_bytes, "audio": limits.audio_bytes}[probed.kind]
    if probed.bytes > most:
        refuse(f"{probed.bytes / MEGABYTE:.1f} MB is too large; {_a(probed.kind)} may have {most // MEGABYTE} MB")
    if probed.kind in ("image", "video"):
        if not (
            limits.min_side <= min(probed.width, probed.height) and max(probed.width, probed.height) <= limits.max_side
        ):
            refuse(
                f"{probed.width}x{probed.height} is outside what is taken; each side must have {limits.min_side} to"
                f" {limits.max_side} pixels"
            )
        aspect = probed.width / max(probed.height, 1)
        if not limits.min_aspect <= aspect <= limits.max_aspect:
            refuse(
                f"{probed.width}x{probed.height} is too long and thin; width over height must be {limits.min_aspect:g}"
                f" to {limits.max_aspect:g}"
            )
    if probed.kind == "video":
        if probed.width * probed.height > limits.max_pixels:
            refuse(f"{probed.width}x{probed.height} is too large for a clip; scale it to 3840x2160 or less")
        _check_seconds(probed.seconds, limits.min_video_seconds, limits.max_video_seconds, refuse)
        if not limits.min_fps <= probed.fps <= limits.max_fps:
            refuse(
                f"{probed.fps:.3g} frames a second are outside what is taken; give {limits.min_fps:.0f} to"
                f" {limits.max_fps:.0f}"
            )
    if probed.kind == "audio":
        _check_seconds(probed.seconds, limits.min_audio_seconds, limits.max_audio_seconds, refuse)


def check_together(lengths: Iterable[tuple[str, float]], limits: Limits = NATIVE, field: str = "references") -> None:
    """Raise RequestError where clips together, or sounds together, are longer than one may be. ``lengths``: (kind,
    seconds) of every file."""
    lengths = list(lengths)
    for kind, most in (("video", limits.max_video_seconds), ("audio", limits.max_audio_seconds)):
        mine = [seconds for name, seconds in lengths if name == kind]
        total = math.fsum(mine)
        if total > most + _SLACK * len(mine):  # three clips of 121 frames are three times 5 s to whoever made them
            raise RequestError(
                f"{field}: {total:.1f} s of {kind} together are too long; give at most {most:g} s together"
            )


def _check_seconds(seconds: float, least: float, most: float, refuse: Any) -> None:
    if not least - _SLACK <= seconds <= most + _SLACK:
        refuse(f"{seconds:.1f} s is outside what is taken; give {least:g} to {most:g} s")


def _a(kind: str) -> str:
    return {"image": "a picture", "video": "a clip", "audio": "a sound"}[kind]


class _Child:
    """A warm process that forks for every file, so that a probe costs milliseconds and a crash costs nothing."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", "from phonofilm.media.probe_child import serve; serve()"]
        here = str(Path(__file__).parents[2])
        environment = {
            "PYTHONPATH": here,
            "PATH": os.environ.get("PATH", ""),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        if sys.platform == "win32":
            environment |= {"SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=os.name == "posix",
        )

    def ask(self, path: Path, content_type: str, seconds: float) -> dict[str, Any] | None:
        """One answer; None where the child died or took too long (it is dead afterwards)."""
        given, taken = self.process.stdin, self.process.stdout
        assert given and taken
        try:
            given.write(json.dumps([str(path.absolute()), content_type]).encode() + b"\n")
            given.flush()
            line, deadline = b"", time.monotonic() + seconds
            with selectors.DefaultSelector() as waiting:
                waiting.register(taken, selectors.EVENT_READ)
                while not line.endswith(b"\n"):
                    if not waiting.select(max(0.0, deadline - time.monotonic())):
                        break
                    block = os.read(taken.fileno(), 65536)
                    if not block or len(line) > MEGABYTE:
                        break
                    line += block
            answer = json.loads(line) if line.endswith(b"\n") else None
        except (OSError, ValueError):
            answer = None
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        """End the child and whatever it forked."""
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL) if os.name == "posix" else self.process.kill()
            except OSError:
                self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue


_idle: list[_Child] = []
_lock = threading.Lock()
_KEPT = 2
"""Children kept warm between two probes."""


def _ask(path: Path, content_type: str, seconds: float) -> dict[str, Any]:
    with _lock:
        child = _idle.pop() if _idle else None
    if child is not None and child.process.poll() is not None:
        child.close()
        child = None
    child = child or _Child()
    answer = child.ask(path, content_type, seconds)
    if answer is None:
        return {"error": "the file could not be read with the memory and time a reference may take; give a plainer one"}
    with _lock:
        if len(_idle) < _KEPT:
            _idle.append(child)
            return answer
    child.close()
    return answer


def close() -> None:
    """End the warm children; the next probe starts a new one. They also end by themselves when this process does."""
    with _lock:
        children = list(_idle)
        _idle.clear()
    for child in children:
        child.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a fork must not share its parent's pipes


_NESTED = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex")
"""Boxes that hold nothing but boxes. ``udta`` and ``meta`` are left alone: cameras and phones pad them as they like."""
MOST_BOXES = 100_000
"""Boxes looked at; a clip of 15 s has some hundred."""
DEEPEST_BOX = 12
"""Boxes within boxes; real files have six levels."""


def _check_boxes(path: Path) -> None:
    """Raise MediaError where a box is larger than what holds it, smaller than its own head, or leaves part of what
    holds it unexplained."""
    size = path.stat().st_size
    with path.open("rb") as file:
        _walk_boxes(file, 0, size, 0, [MOST_BOXES])


def _walk_boxes(file: BinaryIO, start: int, end: int, depth: int, left: list[int]) -> None:
    top = depth == 0
    if depth > DEEPEST_BOX:
        raise _lies("boxes within boxes")
    while start < end:
        left[0] -= 1
        if end - start < 8 or left[0] < 0:
            if top and left[0] >= 0:
                return  # a few bytes behind the last box: written by some cameras, read by everybody
            raise _lies("a box without an end")
        file.seek(start)
        head = file.read(16)
        size, name = struct.unpack(">I4s", head[:8])
        least = 8
        if size == 1 and len(head) == 16:
            size, least = struct.unpack(">Q", head[8:])[0], 16
        elif size == 0 and top and name == b"mdat":
            size = end - start  # "to the end of the file", as streams are written
        if size < least or start + size > end:
            raise _lies(name.decode("latin-1") if name.isalnum() else "a box")
        if name in _NESTED:
            _walk_boxes(file, start + least, start + size, depth + 1, left)
        start += size


def _lies(what: str) -> MediaError:
    return MediaError(f"the file is damaged: its parts do not fit into each other ({what}); export it anew")
