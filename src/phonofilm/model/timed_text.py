"""A script -> the timed text the network reads: the words themselves, each over its shot, and each phoneme over its
moment."""

from __future__ import annotations

from collections.abc import Iterable

from phonofilm.model.text_encoder import FOREVER, TimedToken
from phonofilm.prompt.script import Script
from phonofilm.prompt.words import tokenise

PHONEME_MARK = "/"
"""Phonemes stand between slashes, so that no word can be taken for one."""


def timed_text(
    script: Script, seconds: float, phonemes: Iterable[tuple[str, float, float]] = ()
) -> tuple[TimedToken, ...]:
    """Words of the preamble speak about the whole clip, a shot's words about its shot (the whole clip where there is
    one), ``phonemes`` (symbol, start, end) about their moment. Times in seconds."""
    out = [TimedToken(text=word.text) for word in tokenise(script.preamble)]
    for shot in script.shots:
        start = shot.start if shot.start is not None else 0.0
        end = shot.end if shot.end is not None else seconds
        alone = len(script.shots) == 1
        window = (-FOREVER, FOREVER) if alone else (start, end)
        out += [TimedToken(text=word.text, start=window[0], end=window[1]) for word in tokenise(shot.text)]
    out += [
        TimedToken(text=f"{PHONEME_MARK}{symbol}{PHONEME_MARK}", start=a, end=b)
        for symbol, a, b in phonemes
        if symbol != "_"
    ]
    return tuple(out)
