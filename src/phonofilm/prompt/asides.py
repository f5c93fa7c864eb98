"""What a prompt's words say about the prompt or the clip itself, not about the scene: labels of blocks, a length, a
shape."""

from __future__ import annotations

import re

from phonofilm.prompt import negation, settings
from phonofilm.prompt.shots import blocks

_TELLING = ("camera", "sound", "negative", "meaning")
"""Blocks whose labels say how what follows is to be read."""


def find(text: str) -> list[tuple[int, int]]:
    """From where to where they stand, in order, without overlaps."""
    labels = [block for block in blocks.find(text) if block.kind not in _TELLING]
    found = [
        (block.position, block.position + len(re.split("[:\uff1a]", text[block.position : block.start])[0]))
        for block in labels
    ]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found + settings.spans(text)):
        if end > start and (not kept or start >= kept[-1][1]):
            kept.append((start, end))
    return kept


def scene(text: str) -> str:
    """``text`` with them and with what is negated blanked out; every other character keeps its place."""
    text = negation.masked(text)
    for start, end in find(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text
