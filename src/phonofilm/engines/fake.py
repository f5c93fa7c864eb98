"""Engines without intelligence: a square crosses the picture and clicks every half second. Instant, deterministic, for
trying things out.

``fake`` does everything at once. ``fake-slow`` takes its time, ``fake-failing`` fails, ``fake-hanging`` never ends
until it is cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phonofilm.engines.base import Cancel, Report, stop_if
from phonofilm.errors import EngineError
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.reference import KINDS
from phonofilm.spec.request import TASKS, Generate
from phonofilm.spec.result import Progress, Result

BEHAVIOURS = ("instant", "slow", "failing", "hanging")
_PAIRS = (
    *((kind, "reference") for kind in KINDS),
    ("image", "first_frame"),
    ("image", "last_frame"),
    ("video", "source"),
)


class FakeEngine:
    """Ships so that programs built on Phonofilm can be tested without a network or a theatre.

    ``seconds`` is how long the slow one works and after how long the failing one fails; ``fails`` of every ``of``
    requests fail, chosen by the seed, so that the same request always meets the same fate.
    """

    def __init__(
        self,
        name: str = "fake",
        *,
        behaviour: str = "instant",
        seconds: float | None = None,
        fails: int = 1,
        of: int = 1,
    ) -> None:
        if behaviour not in BEHAVIOURS:
            raise EngineError(
                f"engine {name}: there is no behaviour '{behaviour}'; choose one of {', '.join(BEHAVIOURS)}"
            )
        self.name, self.behaviour, self.fails, self.of = name, behaviour, fails, of
        self.seconds = seconds if seconds is not None else (2.0 if behaviour == "slow" else 0.0)

    def capability(self) -> Capability:
        """Everything, guided by nothing."""
        return Capability(
            engine=self.name,
            tasks=TASKS,
            languages=("en", "zh", "yue", "ja", "ko", "es", "fr", "de"),
            references=_PAIRS,
            guided=False,
            strength=True,
            trial=True,
        )

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """The test clip of the length and size asked for; the seed chooses the colour."""
        stop_if(cancel)
        self._behave(request, progress, cancel)
        width, height = request.size
        count = clock.frames(request.seconds)
        colour = np.random.default_rng(request.seed).integers(40, 230, 3).astype(np.uint8)
        if progress:
            progress(Progress(stage="draw", done=1, total=1))
        return Result(
            frames=_Pattern(count, width, height, colour),
            n_frames=count,
            sound=(
                _clicks(request.seconds) if request.sound else np.zeros((2, clock.samples(request.seconds)), np.float32)
            ),
            rate=clock.SAMPLE_RATE,
            size=(width, height),
            native_size=(width, height),
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
            notes=tuple(
                f"the test picture does not show {reference.kind} {reference.role}" for reference in request.references
            ),
        )

    def _behave(self, request: Generate, progress: Report | None, cancel: Cancel | None) -> None:
        if self.behaviour == "hanging":
            while True:
                _pause(3600.0, cancel)
        steps = 20 if self.seconds else 0
        for step in range(steps):
            _pause(self.seconds / steps, cancel)
            if progress:
                progress(Progress(stage="denoise", done=step + 1, total=steps))
        if self.behaviour == "failing" and request.seed % self.of < self.fails:
            raise EngineError("the fake engine failed, as it was told to; choose the engine fake for one that does not")


def _pause(seconds: float, cancel: Cancel | None) -> None:
    event = threading.Event()
    while seconds > 0:
        stop_if(cancel)
        event.wait(min(seconds, 0.05))
        seconds -= 0.05
    stop_if(cancel)


def _clicks(seconds: float) -> NDArray[np.float32]:
    sound = np.zeros((2, clock.samples(seconds)), np.float32)
    click = (np.sin(np.arange(480) * 0.3) * np.exp(-np.arange(480) / 80) * 0.5).astype(np.float32)
    for beat in range(int(seconds * 2)):
        sound[:, beat * clock.SAMPLE_RATE // 2 :][:, :480] += click
    return sound


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
