"""Do the boxes of an MP4 fit into each other? Readers are lenient about sizes that lie, and lenient readers do not
agree on what they see."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from phonofilm.errors import MediaError

_NESTED = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex")
"""Boxes that hold nothing but boxes. ``udta`` and ``meta`` are left alone: cameras and phones pad them as they like."""
MOST = 100_000
"""Boxes looked at; a clip of 15 s has some hundred."""
DEEPEST = 12
"""Boxes within boxes; real files have six levels."""


def check(path: Path) -> None:
    """Raise MediaError where a box is larger than what holds it, smaller than its own head, or leaves part of what
    holds it unexplained."""
    size = path.stat().st_size
    with path.open("rb") as file:
        _walk(file, 0, size, 0, [MOST])


def _walk(file: BinaryIO, start: int, end: int, depth: int, left: list[int]) -> None:
    top = depth == 0
    if depth > DEEPEST:
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
            _walk(file, start + least, start + size, depth + 1, left)
        start += size


def _lies(what: str) -> MediaError:
    return MediaError(f"the file is damaged: its parts do not fit into each other ({what}); export it anew")
