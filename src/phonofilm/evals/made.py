"""Whoever makes clips that are to be measured."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from phonofilm.evals.heldout import Prompt
from phonofilm.spec.cues import Cues


class Maker(Protocol):
    """Makes one clip of a prompt."""

    def __call__(self, prompt: Prompt, seed: int, out: Path) -> Cues | None:
        """Write the clip to ``out`` (an MP4), whole or not at all; the cues that it was made after, where the maker
        tells."""
        ...
