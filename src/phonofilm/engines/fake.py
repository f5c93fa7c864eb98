"""An engine without intelligence: a square crosses the picture and clicks every half second. Instant, deterministic, for trying things out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phonofilm.engines.base import Cancel, Report, stop_if
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result


class FakeEngine:
    """Ships so that programs built on Phonofilm can be tested without a network or a theatre."""

    name = "fake"

    def capability(self) -> Capability:
        """Everything, guided by nothing."""
        return Capability(engine=self.name, guided=False)

    def generate(self, request: Generate, *, progress: Report | None = None, cancel: Cancel | None = None) -> Result:
        """The test clip of the length and size asked for; the seed chooses the colour."""
        stop_if(cancel)
        width, height = request.size
        count = clock.frames(request.seconds)
        colour = np.random.default_rng(request.seed).integers(40, 230, 3).astype(np.uint8)
        sound = np.zeros((2, clock.samples(request.seconds)), np.float32)
        click = (np.sin(np.arange(480) * 0.3) * np.exp(-np.arange(480) / 80) * 0.5).astype(np.float32)
        for beat in range(int(request.seconds * 2)):
            sound[:, beat * clock.SAMPLE_RATE // 2 :][:, :480] += click
        if progress:
            progress(Progress(stage="draw", done=1, total=1))
        return Result(
            frames=_Pattern(count, width, height, colour),
            n_frames=count,
            sound=sound,
            rate=clock.SAMPLE_RATE,
            size=(width, height),
            native_size=(width, height),
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
        )


class _Pattern:
    def __init__(self, count: int, width: int, height: int, colour: NDArray[np.uint8]) -> None:
        self.count, self.width, self.height, self.colour = count, width, height, colour

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        side = self.height // 4
        for index in range(self.count):
            picture = np.full((self.height, self.width, 3), 32, np.uint8)
            x = index * (self.width - side) // max(self.count - 1, 1)
            picture[side : 2 * side, x : x + side] = self.colour
            yield picture
