"""A word that no table knows, understood by what it means: near to which word of the theatre's does it lie, in whatever
language?

``sense.npz`` holds the vectors (``prompt.meaning``) of the tables' English words, made by ``python -m benchmarks.words
--anchors``; what each word means is looked up in the tables. A likeness counts only from a threshold on, and only where
nothing of another meaning is nearly as close; the thresholds were chosen on the wordings of ``tongues`` and
``translations``, which English anchors must find again (``python -m benchmarks.words --thresholds``). Nothing is loaded
before the first such word; without the encoder's package every word stays unknown.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phonofilm.prompt import meaning
from phonofilm.theatre.lexicon import cutout_table, cutouts, nouns, repertoire
from phonofilm.theatre.lexicon.repertoire import Entry

FILE = Path(__file__).with_name("sense.npz")
LEAST: dict[str, tuple[float, float]] = {
    "person": (0.70, 0.10), "profession": (0.70, 0.10), "kind": (0.75, 0.10), "backdrop": (0.75, 0.10),
    "place": (0.75, 0.10), "colour": (0.80, 0.10),
    "hour": (0.70, 0.10), "weather": (0.75, 0.10), "action": (0.75, 0.15), "cutout": (0.80, 0.10),
}  # fmt: skip
"""By category: the least likeness (cosine), and by how much it must be more than to any word of another meaning."""
NOTHING = 0.9
"""Likeness to what the encoder makes of letters it never learnt, from which on it says nothing."""
_UNLEARNT = "\u9df2"
MOST = 20_000
"""Words that are remembered."""
_STAGED = ("person", "kind", "colour", "place", "hour", "weather", "weak_place", "action")
_lock = threading.Lock()
_known: dict[str, Entry | None] = {}


def anchors() -> dict[str, Entry]:
    """English word -> what it means to the theatre; ("none", "") for words that stage nothing, so that their neighbours
    do not either."""
    found: dict[str, Entry] = {}
    for words, (category, value) in repertoire.lexicon().items():
        word = " ".join(words)
        if len(words) > 2 or (category == "action" and not (len(words) == 1 and word.endswith(("ing", "s")))):
            continue
        found.setdefault(
            word, ("place" if category == "weak_place" else category, value) if category in _STAGED else ("none", "")
        )
    for word in nouns.professions():
        found.setdefault(word, ("profession", word))
    for word in nouns.places():
        found.setdefault(word, ("backdrop", word))
    for word, action in nouns.verbs().items():
        if word.endswith("ing"):
            found.setdefault(word, ("action", action))
    for word in nouns._NEVER:
        found.setdefault(word, ("none", ""))
    for word in [*(name.replace("-", " ") for name in cutout_table.natures()), *cutout_table.english()]:
        if " " not in word:
            found.setdefault(word, ("cutout", word))
    return found


@lru_cache(maxsize=1)
def _table() -> tuple[NDArray[np.float32], list[Entry], NDArray[np.int64]]:
    """Vectors [N, 512] of the anchors that stand in the file, what each means, and a number for each different
    meaning."""
    known = anchors()
    with np.load(FILE) as data:
        words = [str(word) for word in data["words"]]
        vectors = data["vectors"].astype(np.float32)
    here = [n for n, word in enumerate(words) if word in known]
    entries = [known[words[n]] for n in here]
    vectors = vectors[here]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers: dict[Any, int] = {}
    return vectors, entries, np.array([numbers.setdefault(_same(entry), len(numbers)) for entry in entries])


@lru_cache(maxsize=8192)
def _same(entry: Entry) -> Entry:
    """What a meaning comes to, so that two words for the same are no rivals."""
    category, value = entry
    if category in ("person", "profession"):
        return "person", ""
    if category == "backdrop":
        return "place", nouns.places()[value][0]
    if category == "cutout":
        found = cutouts.find(value, "en")
        return "cutout", found.name if found is not None else value
    return entry


def prepare(words: Iterable[str]) -> None:
    """Understand many words at once, several times cheaper than one by one."""
    new = [word for word in dict.fromkeys(word.lower() for word in words) if word not in _known]
    asked = [word for word in new if _tellable(word)] if new and meaning.available() and FILE.is_file() else []
    found: dict[str, Entry | None] = dict.fromkeys(new)
    if asked:
        found.update(zip(asked, _nearest(asked), strict=True))
    with _lock:
        if len(_known) > MOST:
            _known.clear()
        _known.update(found)


def of(word: str) -> Entry | None:
    """What a word means to the theatre; None where that cannot be told."""
    prepare([word])
    return _known.get(word.lower())


def _tellable(word: str) -> bool:
    """Long enough to mean something, and no number, name tag or the like."""
    return (
        len(word) <= 40
        and bool(re.fullmatch(r"[^\W\d_]+(?:[ '\u2019-][^\W\d_]+)*", word))
        and len(word) >= (3 if word.isascii() else 2)
    )


def _nearest(words: list[str]) -> list[Entry | None]:
    vectors, entries, meant = _table()
    asked = meaning.embed([*words, _UNLEARNT])
    unlearnt = asked[:-1] @ asked[-1]
    likeness = asked[:-1] @ vectors.T
    found: list[Entry | None] = []
    for row, nothing in zip(likeness, unlearnt, strict=True):
        best = int(row.argmax())
        entry = entries[best]
        least = LEAST.get(entry[0])
        rival = float(row[meant != meant[best]].max())
        good = least is not None and nothing < NOTHING and row[best] >= least[0] and row[best] - rival >= least[1]
        found.append(_played(entry) if good else None)
    return found


def _played(entry: Entry) -> Entry:
    """A drawn subject is only like the word, and says so; of some there is a prop."""
    found = cutouts.find(entry[1], "en") if entry[0] == "cutout" else None
    return entry if found is None else ("kind", found.name) if found.kind == "prop" else ("likeness", entry[1])


def write(path: Path = FILE) -> int:
    """Make the file anew from the tables; how many words it holds. Words that look like letters the encoder never
    learnt are left out."""
    words = list(anchors())
    vectors = meaning.embed([*words, _UNLEARNT])
    kept = [n for n in range(len(words)) if float(vectors[n] @ vectors[-1]) < 0.6]
    scaled = np.rint(vectors[kept] / np.abs(vectors[kept]).max(axis=1, keepdims=True) * 127).astype(np.int8)
    np.savez_compressed(path, words=np.array([words[n] for n in kept]), vectors=scaled)
    return len(kept)
