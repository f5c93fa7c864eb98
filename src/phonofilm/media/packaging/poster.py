"""Stills of a clip for pages that list it: poster, sprite sheet, last frame, waveform."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Picture = NDArray[np.uint8]
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
