"""Which frames of a clip a checker looks at: every cut, one a second, never fewer than eight. One pass, a bounded
number in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MINIMUM = 8
MOST = 120
"""Beyond so many frames every second one is left out (a clip of more than about a minute and a half)."""
_CUT = 26.0
"""Mean absolute difference of two neighbouring 32x18 grey thumbnails, 0..255, that counts as a cut."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A frame and its place in the clip."""

    index: int
    picture: NDArray[np.uint8]
    """uint8 [H, W, 3]."""


def sample(
    frames: Iterable[NDArray[np.uint8]], fps: float, *, minimum: int = MINIMUM, most: int = MOST
) -> list[Sample]:
    """First and last frame, the first frame of every shot, one a second, and at least ``minimum`` evenly spread where
    the clip has so many.

    frames: uint8 [H, W, 3], consumed once. At most ``most`` are returned, in order (thinned evenly; cuts and both ends
    stay as long as possible).
    """
    sampler = Sampler(fps, minimum=minimum, most=most)
    for index, picture in enumerate(frames):
        sampler.see(picture, index)
    return sampler.samples()


class Sampler:
    """The same of frames that go by, one after the other."""

    def __init__(self, fps: float, *, minimum: int = MINIMUM, most: int = MOST) -> None:
        self._step, self._minimum, self._most = max(1, round(fps)), minimum, most
        self._kept: dict[
            int, tuple[int, NDArray[np.uint8]]
        ] = {}  # index -> (rank, picture); rank 0 cut or end, 1 per second, 2 filler
        self._stride = 1
        self._before: NDArray[np.float32] | None = None
        self._last: Sample | None = None

    def see(self, picture: NDArray[np.uint8], index: int) -> None:
        """The next frame, uint8 [H, W, 3]; it is kept as it is, not copied."""
        kept = self._kept
        thumb = _thumb(picture)
        cut = self._before is None or float(np.abs(thumb - self._before).mean()) > _CUT
        self._before = thumb
        self._last = Sample(index=index, picture=picture)
        if cut:
            kept[index] = (0, picture)
        elif index % self._step == 0:
            kept[index] = (1, picture)
        elif index % self._stride == 0:
            kept[index] = (2, picture)
            fillers = [i for i, (rank, _) in kept.items() if rank == 2]
            if len(fillers) > 2 * self._minimum:  # keep them evenly spread: forget every other one
                self._stride *= 2
                for i in fillers:
                    if i % self._stride:
                        del kept[i]
        if len(kept) > 2 * self._most + 2 * self._minimum:  # hours of film must not fill the memory
            _thin(kept, self._most + 2 * self._minimum)

    def samples(self) -> list[Sample]:
        """What was kept, in order; empty where no frame was seen."""
        if self._last is None:
            return []
        kept = dict(self._kept)
        kept[self._last.index] = (0, self._last.picture)
        _drop_fillers(kept, self._minimum)
        _thin(kept, self._most)
        return [Sample(index=i, picture=kept[i][1]) for i in sorted(kept)]


def _drop_fillers(kept: dict[int, tuple[int, NDArray[np.uint8]]], minimum: int) -> None:
    """Only as many fillers stay as are needed to reach the minimum, the ones farthest from their neighbours."""
    fillers = [i for i, (rank, _) in kept.items() if rank == 2]
    pictures = {i: kept.pop(i) for i in fillers}
    while len(kept) < minimum and pictures:
        far = max(pictures, key=lambda i: min(abs(i - j) for j in kept))
        kept[far] = pictures.pop(far)


def _thin(kept: dict[int, tuple[int, NDArray[np.uint8]]], most: int) -> None:
    for rank in (2, 1, 0):
        while len(kept) > most:
            inner = [i for i in sorted(kept)[1:-1] if kept[i][0] == rank]
            if not inner:
                break
            stay = len(inner) - min(len(inner), len(kept) - most)
            even = {inner[round((n + 0.5) * len(inner) / stay - 0.5)] for n in range(stay)}
            for i in inner:
                if i not in even:
                    del kept[i]


def _thumb(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    rows, columns = max(1, height // 72), max(1, width // 128)
    coarse = np.ascontiguousarray(
        picture[::rows, ::columns]
    )  # subsampling first keeps this under a millisecond a frame
    return np.asarray(Image.fromarray(coarse).convert("L").resize((32, 18), Image.Resampling.BOX), dtype=np.float32)
