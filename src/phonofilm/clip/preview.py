"""The preview: a small, sharp animatic at 12 pictures a second, marked on its way into the file. It lives in a process
of its own beside the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phonofilm.clip.order import order
from phonofilm.clip.render import render
from phonofilm.engines.animatic.engine import SKETCH, AnimaticEngine
from phonofilm.engines.base import Cancel, Report, stop_if
from phonofilm.media.packaging.label import Label, Overlay
from phonofilm.media.video import write_clip
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Result
from phonofilm.trust.watermarks.watermark import Marker

JOB = "preview"
"""What every preview's mark and file say it is: made here, and not kept."""
RATE = clock.FPS // SKETCH
"""Pictures a second."""
PAPER = (11, 10, 9)
"""Colour of the strip under a picture."""


class PreviewEngine:
    """Makes small files alone. ``key``: of the invisible mark, hexadecimal; ``provider``: named in the file where a
    profile wants it."""

    name = "animatic"

    def __init__(self, key: str, provider: str = "") -> None:
        self._key, self._provider = bytes.fromhex(key), provider
        self._engine = AnimaticEngine(sketch=True)

    def capability(self) -> Capability:
        """As the animatic."""
        return self._engine.capability()

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """The unmarked sketch, its pictures 12 a second."""
        return self._engine.generate(request, script=script, progress=progress, cancel=cancel)

    def make(
        self,
        request: Generate,
        out: Path,
        *,
        progress: Report | None = None,
        cancel: Cancel | None = None,
        about: dict[str, str] | None = None,
    ) -> Result:
        """The marked file. ``about`` holds ``profile``, and ``label``: where the profile leaves a choice, "no" goes
        without the visible one, and "beside" puts it on a strip of its own under the picture, which makes the file as
        much higher."""
        about = about or {}
        wanted = order(
            request, job=JOB, profile=about.get("profile", "eu"), label=False if about.get("label") == "no" else None
        )
        rules = wanted.profile
        result = render(request, self._engine, None, script=wanted.script, progress=progress, cancel=cancel).result
        started = time.perf_counter()
        marker = Marker(self._key, wanted.watermark, fps=RATE) if rules.watermark else None
        label = rules.label_for(wanted.label)
        strip = (
            _strip(label, *result.size)
            if label and rules.may_turn_off_label and about.get("label") == "beside"
            else None
        )
        frames = _marked(result, marker, label.on(*result.size) if label and strip is None else None, strip, cancel)
        sound = marker.sound(result.sound, result.rate) if marker and request.sound else result.sound
        words = {"comment": "A preview made by Phonofilm: a generated clip, not a recording"}
        write_clip(
            out,
            frames,
            sound,
            rate=result.rate,
            fps=RATE,
            draft=True,
            metadata=words | rules.metadata(provider=self._provider, job=JOB),
        )
        return replace(result, frames=(), path=out, timings={**result.timings, "write": time.perf_counter() - started})


def _strip(label: Label, width: int, height: int) -> NDArray[np.uint8]:
    """The label on its own, [rows, width, 3], as it would stand on a picture of this size; an even number of rows."""
    overlay = label.on(width, height)
    _, top, _, bottom = overlay.box
    rows = (bottom - top + 1) // 2 * 2
    first = min(top, height - rows)
    return overlay.lay(np.full((height, width, 3), PAPER, np.uint8))[first : first + rows]


def _marked(
    result: Result,
    marker: Marker | None,
    overlay: Overlay | None,
    strip: NDArray[np.uint8] | None,
    cancel: Cancel | None,
) -> Iterator[NDArray[np.uint8]]:
    for number, picture in enumerate(result.frames):
        stop_if(cancel)
        shown = picture if marker is None else marker.picture(picture, number)
        shown = overlay.lay(shown) if overlay is not None and overlay.label.shows(number / RATE) else shown
        yield shown if strip is None else np.concatenate((shown, strip))
