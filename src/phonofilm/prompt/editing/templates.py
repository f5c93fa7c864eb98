"""Prompts to start from, by use case. The words are in ``templates.toml``; every one is staged by the animatic without
an unknown word."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from phonofilm.prompt.parse import parse
from phonofilm.prompt.script import Script

CATEGORIES = ("e-commerce", "music video", "social", "advertising", "education", "narrative", "game")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A prompt that works, and how it is best shown."""

    id: str
    """Lower-case words with dashes; stays the same over releases."""
    category: str
    """One of ``CATEGORIES``."""
    title: str
    description: str
    """One line: what it is good for."""
    prompt: str
    duration: float
    """Seconds."""
    ratio: str
    """One of ``spec.media.RATIOS``."""
    seed: int
    """The take that the thumbnail shows; other seeds cast other people and draw other scenery."""
    moment: float
    """Seconds into the clip of the one frame that shows best what it is."""

    @property
    def script(self) -> Script:
        """The prompt, parsed."""
        return parse(self.prompt)


def _loaded() -> tuple[Template, ...]:
    text = resources.files("phonofilm.prompt").joinpath("templates.toml").read_text(encoding="utf-8")
    return tuple(Template(**{**row, "prompt": row["prompt"].strip()}) for row in tomllib.loads(text)["template"])


TEMPLATES: tuple[Template, ...] = _loaded()
"""All of them, category by category."""
