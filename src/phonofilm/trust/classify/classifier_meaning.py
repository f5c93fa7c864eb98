"""Prompts judged by their meaning: near to which examples does a text lie, those of harm or those of none?

``meaning.npz`` holds the examples as vectors (``prompt.meaning``), never as words, and what each weighs for harm and
for each category (kernel ridge regression; made by ``python -m benchmarks.moderation_meaning``). It sees what the word
lists cannot: harm said around the obvious words, in any language of the encoder. It does not understand a plot, a
quotation or a denial, so what it finds is for a person to look at and never blocks by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import MissingExtra, RequestError
from phonofilm.prompt import meaning
from phonofilm.trust.classify.classifier import Score

THRESHOLD = 0.45
"""Harm from which on a prompt is held: -1 is the examples of none, 1 those of harm. Chosen on one half of the labelled
set, judged on the other."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_MOST = 24
"""Sentences of a prompt looked at one by one, besides the whole; the longest prompts have some dozen."""
_SHORT = 12
"""UTF-8 bytes below which a sentence says too little to be judged alone."""


def available() -> bool:
    """Is the encoder's package installed? Loads nothing."""
    return meaning.available()


@lru_cache(maxsize=1)
def examples() -> tuple[NDArray[np.float32], NDArray[np.float32], tuple[str, ...]]:
    """Vectors [N, 512] of the examples, their weights [N, 1 + C] for harm and for each category, and the C
    categories."""
    with (resources.files("phonofilm.trust") / "meaning.npz").open("rb") as file, np.load(file) as data:
        return (
            data["vectors"].astype(np.float32) * data["scale"],
            data["weights"],
            tuple(str(name) for name in data["categories"]),
        )


def kernel(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Likeness [N, M] of vectors [N, 512] and [M, 512] of length 1: 1 for the same, 0.37 for unrelated ones."""
    return np.asarray(np.exp(a @ b.T - 1.0), np.float32)


def parts(text: str) -> list[str]:
    """The whole text and, of several sentences, each: harm in one of them must not be diluted by the others."""
    pieces = [
        piece.strip() for piece in _SENTENCE.split(text) if len(piece.strip().encode("utf-8", "replace")) >= _SHORT
    ]
    return [text, *pieces[:_MOST]] if len(pieces) > 1 else [text]


def harm(texts: Sequence[str]) -> NDArray[np.float32]:
    """[N, 1 + C] of N texts: harm, and each category. About -1 for none, 1 for what the examples have. Raises
    MissingExtra without the encoder."""
    vectors, weights, _ = examples()
    return kernel(meaning.embed(texts), vectors) @ weights


class Meaning:
    """Reads prompts by their meaning. threshold: harm from which on a prompt is held for review, -1 to 1.

    Raises RequestError for a bad field, MissingExtra without the encoder's package. Loads nothing before the first
    prompt; then about 2 s and 130 MB.
    """

    looks_at = frozenset({"text"})

    def __init__(self, *, name: str = "meaning", threshold: float = THRESHOLD, timeout: float = 60.0) -> None:
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not -1 <= threshold <= 1:
            raise RequestError(f"threshold {threshold!r} is out of range; give -1 to 1, {THRESHOLD:g} as measured")
        if not 0 < timeout <= 600:
            raise RequestError(f"timeout {timeout!r} is out of range; give seconds above 0, at most 600")
        if not available():
            raise MissingExtra("reading prompts by their meaning needs a package; pip install 'phonofilm[moderation]'")
        self.name, self.threshold, self.timeout = name, float(threshold), float(timeout)

    def score(self, *, frames: Sequence[NDArray[np.uint8]] = (), sound: Any = None, text: str = "") -> list[Score]:
        """One medium score of the likeliest category where the prompt, or a sentence of it, means harm; else none."""
        found = harm(parts(text))
        worst = found[int(found[:, 0].argmax())]
        if worst[0] < self.threshold:
            return []
        category = examples()[2][int(worst[1:].argmax())]
        return [Score(category=category, value=float(np.clip((worst[0] + 1) / 2, 0, 1)), severity="medium")]
