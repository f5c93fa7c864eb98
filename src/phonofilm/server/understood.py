"""Which words of a prompt an engine knows, without loading it: our checkpoints keep their vocabulary in the head of the
weight file, the theatre in tables."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from phonofilm.prompt import Script, asides, tokenise
from phonofilm.prompt.editing.advice import PlacedShot, find
from phonofilm.theatre.reading.company import names_in
from phonofilm.theatre.reading.scan import tokens_of

MOST_HEAD = 50_000_000
"""Bytes of a weight file's head that are read."""
NATIVE = ("native", "native-cascaded", "native-oracle")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a checkpoint can read."""

    words: frozenset[str]
    length: int
    """Words of a prompt it reads at most."""


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A word without effect, and where it stands."""

    word: str
    position: int
    length: int


def checkpoint(engine: str, settings: Mapping[str, Any]) -> Checkpoint | None:
    """Of an engine that runs our network, by its entry in the settings; None for any other engine, and where the file
    cannot be read."""
    if engine not in NATIVE and settings.get("kind") != "native":
        return None
    path = Path(settings.get("weights") or Path(__file__).parents[1] / "weights" / "nano.safetensors")
    try:
        return _head(path, os.stat(path).st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@lru_cache(maxsize=8)
def _head(path: Path, changed: int) -> Checkpoint:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > MOST_HEAD:
            raise ValueError("not a weight file")
        head = json.loads(file.read(size))
    config = json.loads(head["__metadata__"]["config"])
    return Checkpoint(words=frozenset(config["vocabulary"]), length=int(config["dit"]["text_length"]))


def unknown(
    script: Script, shots: tuple[PlacedShot, ...], text: str, engine: str, settings: Mapping[str, Any]
) -> list[Unknown]:
    """Words of the description (what is said does not count) that the engine never learnt; [] for engines whose words
    nobody lists."""
    known = checkpoint(engine, settings)
    staged = engine == "animatic" or settings.get("kind") == "animatic"
    if known is None and not staged:
        return []
    parts = [(script.preamble, 0, shots[0].position)] if script.preamble else []
    parts += [(shot.text, shot.position + shot.marker_length, shot.position + shot.length) for shot in shots]
    names = names_in(script) if staged else frozenset()
    speakers = {word.text for line in script.lines for word in tokenise(line.speaker)}
    spoken = [(line.position, line.position + line.length) for shot in shots for line in shot.lines]
    found = []
    for words, start, end in parts:
        if known is None:
            strange = [
                word
                for word in tokens_of(asides.scene(words), names, meanings=script.meanings)[1]
                if word.lower() not in speakers
            ]
        else:
            strange = _never_seen(words, known)
        for word in dict.fromkeys(strange):
            found += [
                Unknown(word=word, position=at, length=len(word)) for at in _places(text, word, start, end, spoken)
            ]
    return sorted(found, key=lambda one: one.position)


def _never_seen(words: str, known: Checkpoint) -> list[str]:
    return [
        words[word.start : word.end]
        for word in tokenise(words)
        if unicodedata.normalize("NFKC", word.text).lower() not in known.words
    ]


def _places(text: str, word: str, start: int, end: int, spoken: list[tuple[int, int]]) -> list[int]:
    """Where a word stands by itself, outside what is said and outside @names."""
    places, at = [], start
    while (hit := find(text, word, at, end)) is not None:
        at = hit[0] + max(hit[1], 1)
        alone = not (word[:1].isascii() and text[hit[0] - 1 : hit[0]].isalnum()) and not (
            word[-1:].isascii() and text[at : at + 1].isalnum()
        )
        if alone and text[hit[0] - 1 : hit[0]] != "@" and not any(begin <= hit[0] < stop for begin, stop in spoken):
            places.append(hit[0])
    return places
