"""Drawn subjects: any noun of a hundred languages as a paper cut-out, or a card with the word on it.

The drawings and their words are compiled where the studio is built (``web/build_backend.py``) into
``theatre/cutouts.zip``; where it was not built a card stands in for every drawing. For the reading of a prompt::

    cutout = find("golden retriever", "en")  # None: no drawing means this word
    cutout = cutout or card("flux capacitor")  # never a random stand-in
    Role(kind=cutout.name, cutout=None if cutout.kind == "prop" else cutout, number=...)
"""

from __future__ import annotations

import json
import unicodedata
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as File
from typing import Any

from phonofilm.theatre.lexicon import cutout_table, repertoire
from phonofilm.theatre.lexicon.cutout_table import Nature

PACK = File(__file__).parents[1] / "cutouts.zip"
MISSING = "the drawings are not built; 'python web/build_backend.py --fetch-node' gets them"
"""For a note, where :func:`built` is false."""
ORDER = ("en", "zh", "yue", "ja", "ko", "es", "fr", "de")
"""Languages that a word of an unknown one is looked for in, before all others."""
NATIVE = {"automobile": "car", "bell": "bell", "drum": "drum", "door": "door", "balloon": "balloon", "bird": "bird"}
"""Drawings of what the theatre has as a prop of its own, with moving parts."""
CARRIAGES = ("metro", "light-rail", "railway-car", "high-speed-train")
"""Drawings of a train's face, for which the train is shown from its side."""
ORDINARY = Nature()


@dataclass(frozen=True, kw_only=True)
class Cutout:
    """One subject as it will stand on stage."""

    name: str
    """Of the drawing ("dog"), of the prop ("car"), of the picture, or the word on the card."""
    kind: str
    """drawing | sketch (the theatre's own) | prop (one of ``repertoire.PROPS``) | card | picture | effect (of
    ``sketches``)"""
    word: str
    """As it was asked for."""
    exact: bool = True
    """Is it the drawing's own name or one of its synonyms? False: a word that only belongs to it, and a stand-in."""
    nature: Nature = ORDINARY
    aspect: float = 1.0
    """Width over height."""
    picture: Any = None
    """Of the kind "picture": its pixels, premultiplied RGBA uint8 [H, W, 4]."""

    @property
    def size(self) -> tuple[float, float, float]:
        """Width, height, depth in metres."""
        return self.nature.height * self.aspect, self.nature.height, 0.3 * self.nature.height


def built() -> bool:
    """Are the drawings here?"""
    return PACK.is_file()


@lru_cache(maxsize=1)
def _pack() -> zipfile.ZipFile:
    return zipfile.ZipFile(PACK)


def _read(entry: str) -> Any:
    try:
        return json.loads(_pack().read(entry))
    except KeyError:
        return {}


@lru_cache(maxsize=16)
def _words(language: str) -> dict[str, list[Any]]:
    """word -> [drawing, 1 for its own name or 0]."""
    return _read(f"words/{language}")  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _others(letter: str) -> dict[str, list[Any]]:
    """The same for the words of all languages that begin with ``letter``."""
    return _read(f"letters/{ord(letter):x}")  # type: ignore[no-any-return]


def find(word: str, language: str | None = None) -> Cutout | None:
    """The drawn subject that a noun (or a short phrase: "golden retriever") means; None where no drawing is meant by
    just that.

    ``language``: a code such as "en", "zh", "pt"; without it English, then the other seven of the theatre, then all
    others are asked. Upper or lower case and a plural do not matter. Where the drawings are not built the English words
    of the table give cards.
    """
    asked = unicodedata.normalize("NFC", word).strip().lower()
    if not asked or len(asked) > 60:
        return None
    found = _found(asked, language)
    return None if found is None else replace(found, word=word)


@lru_cache(maxsize=4096)
def _found(asked: str, language: str | None) -> Cutout | None:
    languages = ORDER if language is None else (("yue", "zh") if language == "yue" else (language,))
    for one in languages:
        for form in _forms(asked, one):
            hit = _in(form, one)
            if hit is not None:
                return cutout(hit[0], asked, exact=bool(hit[1]))
    if language is None and built():
        hit = _others(asked[0]).get(asked)
        if hit is not None:
            return cutout(hit[0], asked, exact=bool(hit[1]))
    return None


def _in(form: str, language: str) -> tuple[str, bool] | None:
    if language == "en":
        name = cutout_table.english().get(form)
        if name is not None and (name in cutout_table.natures() or not built() or _known(name)):
            return name, True
        if form in NATIVE or (not built() and form.replace(" ", "-") in cutout_table.natures()):
            return form.replace(" ", "-"), True
    hit = _words(language).get(form) if built() else None
    return None if hit is None else (hit[0], bool(hit[1]))


@lru_cache(maxsize=4096)
def _known(name: str) -> bool:
    return f"drawings/{name}" in _pack().namelist()


def _forms(word: str, language: str) -> list[str]:
    """The word, then what it may be the plural of."""
    out = [word]
    if language == "en":
        out.append(word.replace("-", " "))
        if word.endswith("ies"):
            out.append(word[:-3] + "y")
        if word.endswith("ves"):
            out += [word[:-3] + "f", word[:-3] + "fe"]
        if word.endswith("es"):
            out.append(word[:-2])
        if word.endswith("s") and not word.endswith("ss"):
            out.append(word[:-1])
    elif language in ("es", "fr", "pt", "it", "ca", "gl"):
        out += [word[: -len(end)] for end in ("es", "s", "x") if word.endswith(end)]
    elif language in ("de", "nl", "da", "sv", "no"):
        out += [
            word[: -len(end)] for end in ("en", "er", "n", "e", "s") if word.endswith(end) and len(word) > len(end) + 2
        ]
    return list(dict.fromkeys(out))


@lru_cache(maxsize=4096)
def cutout(name: str, word: str = "", *, exact: bool = True) -> Cutout:
    """The subject with a drawing's name; a card where the drawings are not built."""
    name = "train" if name in CARRIAGES else name
    if name in NATIVE:
        return Cutout(name=NATIVE[name], kind="prop", word=word, exact=exact)
    nature = cutout_table.natures().get(name, Nature())
    if name in cutout_table.SKETCHED:
        return Cutout(
            name=name, kind="sketch", word=word, exact=exact, nature=nature, aspect=cutout_table.SKETCHED[name][1]
        )
    if not built():
        return replace(card(word or name), nature=nature)
    return Cutout(name=name, kind="drawing", word=word, exact=exact, nature=nature, aspect=_aspect(name))


def card(word: str) -> Cutout:
    """A card with the word on it: what stands on stage for a noun that nothing draws."""
    label = " ".join(word.split())[:40] or "?"
    return Cutout(
        name=label.lower() if label.lower() not in repertoire.PROPS else f"{label} card",
        kind="card",
        word=word,
        exact=False,
        nature=Nature(0.8),
        aspect=1.3,
    )


def _aspect(name: str) -> float:
    x0, y0, x1, y1, _ = entry(name)
    return max(1, x1 - x0) / max(1, y1 - y0)  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def entry(name: str) -> list[Any]:
    """A drawing as it is compiled: x0, y0, x1, y1, papers. Raises KeyError for a name that there is none of."""
    found = _read(f"drawings/{name}")
    if not found:
        raise KeyError(name)
    return found  # type: ignore[no-any-return]


def stands_in(cutout: Cutout) -> bool:
    """Is it another thing than the word it is there for, only near to it?"""
    word = (cutout.word or cutout.name).lower()
    names = [name.replace("-", " ").split() for name in (cutout.name, *(CARRIAGES if cutout.name == "train" else ()))]
    forms = (word, word.removesuffix("s"), word.removesuffix("es"), f"{word}s")
    said = any(form in own or set(own) <= set(form.split()) for own in names for form in forms)
    return not (cutout.exact and said)  # "truck" by "delivery truck", "glass of wine" by "wine glass"
