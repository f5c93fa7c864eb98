"""The animatic: the prompt staged in the paper theatre, drawn and sounded. No network, no waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from phonofilm.engines.base import Cancel, Report, stop_if
from phonofilm.media.ahead import Ahead
from phonofilm.prompt import check, parse
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result
from phonofilm.theatre import mix, paint, staging
from phonofilm.theatre.play import Play
from phonofilm.theatre.reframe import reframed

SKETCH = 2
"""Of a sketch's pictures, one in so many is drawn."""


class AnimaticEngine:
    """Shows a shot list as the theatre understands it; words it does not know are named in the notes."""

    name = "animatic"

    def __init__(self, sketch: bool = False) -> None:
        self.sketch = sketch
        """For previews: every second picture, each sharp, and sound at half the rate, three times as fast. ``Result.frames`` then holds 12 a second."""

    def capability(self) -> Capability:
        """Any size, all eight languages; steps and guidance mean nothing to it."""
        return Capability(engine=self.name, languages=("en", "zh", "yue", "ja", "ko", "es", "fr", "de"), guided=False)

    def generate(self, request: Generate, *, progress: Report | None = None, cancel: Cancel | None = None) -> Result:
        """Stage, then draw (in a thread) while the sound is mixed. Drawn at the size asked for: nothing is scaled."""
        started = time.perf_counter()
        script = parse(request.prompt)
        check(script, request.seconds)
        stop_if(cancel)
        play = reframed(staging.stage(script, request.seconds, request.seed), request.size[0] / request.size[1])
        staged = time.perf_counter()
        if progress:
            progress(Progress(stage="stage", done=1, total=1))
        frames = drawn(play, request.size, sketch=self.sketch)
        try:
            rate = clock.SAMPLE_RATE if self.sketch else clock.THEATRE_RATE
            sound = mix.sound(play, rate) if request.sound else np.zeros((2, clock.samples(request.seconds, rate)), np.float32)
            stop_if(cancel)
        except BaseException:
            frames.close()
            raise
        if progress:
            progress(Progress(stage="sound", done=1, total=1))
        return Result(
            frames=frames,
            n_frames=clock.frames(request.seconds),
            sound=np.asarray(sound, np.float32),
            rate=rate,
            size=request.size,
            native_size=request.size,
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
            notes=notes(play),
            timings={"stage": staged - started, "sound": time.perf_counter() - staged},
            details={"contacts": [(contact.time, contact.kind) for contact in play.contacts if contact.visible]},
        )


def drawn(play: Play, size: tuple[int, int], *, sketch: bool = False) -> Ahead:
    """The pictures of a play at ``size`` (width, height), drawn ahead in a thread. ``sketch``: every second one, without motion blur."""
    width, height = size

    def draw() -> Iterator[NDArray[np.uint8]]:
        return _sketched(play, width, height) if sketch else paint.picture(play, width, height)

    return Ahead(draw, width * height * 3)


def _sketched(play: Play, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    for number in range(0, clock.frames(play.seconds), SKETCH):
        time = clock.frame_time(number)
        yield paint.frame(play.shot_at(time), time, width, height)


def notes(play: Play) -> tuple[str, ...]:
    """What the user should know about a staged play."""
    if not play.unknown:
        return ()
    return (f"the theatre does not know: {', '.join(play.unknown)}; these words had no effect",)
