"""What an engine hands back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phonofilm.spec import clock
from phonofilm.spec.cues import Cues


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is. ``done`` of ``total`` units of the stage named."""

    stage: str
    """read | denoise | decode | draw | sound | write"""
    done: int
    total: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """A clip, in memory or on its way: picture and sound of the same length."""

    frames: Iterable[NDArray[np.uint8]]
    """The pictures in order, each uint8 [height, width, 3] sRGB of ``size``. May be drawn on demand, so walk it once;
    engines that keep it in memory say so by giving a sequence."""
    n_frames: int
    sound: NDArray[np.float32]
    """[2, n_frames * rate / 24], -1..1."""
    rate: int
    """Samples per second."""
    size: tuple[int, int]
    """Width and height of the pictures handed over."""
    native_size: tuple[int, int]
    """Width and height the engine worked at, before any scaling."""
    prompt: str
    engine: str
    seed: int
    notes: tuple[str, ...] = ()
    """What the user should know, one line each: words not understood, things left out."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds per stage."""
    details: dict[str, object] = field(default_factory=dict)
    """Settings as used: steps, guidance, checkpoint ..."""
    path: Path | None = None
    """Where the file was written, if it was."""
    cues: Cues | None = None
    """What the clip was made after, of an engine that plans in cues."""

    @property
    def seconds(self) -> float:
        """Length of the clip, ``(n_frames - 1) / 24``."""
        return clock.seconds_of_frames(self.n_frames)
