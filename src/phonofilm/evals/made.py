"""A clip as whoever makes it hands it over to be measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np

from phonofilm.evals.heldout import Prompt
from phonofilm.spec.cues import Cues


class Made(NamedTuple):
    """A clip as its maker hands it over."""

    frames: Iterable[np.ndarray]
    """uint8 [H, W, 3] each, 24 a second."""
    sound: np.ndarray
    """[2, n]."""
    rate: int
    cues: Cues | None = None
    """What it was made after, where the maker tells."""


class Maker(Protocol):
    """Makes one clip of a prompt."""

    def __call__(self, prompt: Prompt, seed: int) -> Made: ...
