"""Words of a shot as known tokens, and looks to the left and right of each."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from phonofilm.prompt import segments
from phonofilm.prompt.words import Word, tokenise
from phonofilm.theatre.lexicon import nouns, repertoire, sense, shades, tongues
from phonofilm.theatre.lexicon.repertoire import Entry

_AT = re.compile(r"(?<![\w@])@([\w-]+)")
_AGE = re.compile(r"\b(\d{1,3}|\w+ty(?:[- ]\w+)?|\w+teen|\w+)[- ]years?[- ]old\b", re.IGNORECASE)
_AGED = re.compile(r"(6[5-9]|[7-9]\d|1\d\d)$|seventy|eighty|ninety|hundred", re.IGNORECASE)
"""How old somebody is makes nobody an old woman before 65."""
_ELDERLY = re.compile(
    r"\b(?:elderly|senior|aged)\b(?= (?:\w+ )?(?:m[ae]n|wom[ae]n|couple|lady|gentleman|people|person))", re.IGNORECASE
)
_OPEN = re.compile(r"\bopen(?=-\w)|(?<=\ban )open(?= \w)|(?<=\bthe )open(?= \w)", re.IGNORECASE)
"""What is open is not being opened: "an open-world game", "the open road"."""
_STOP = re.compile(r"[.,;:!?]")
_ENDS = re.compile(r"[.;:!?\n()\u3002\uff1b\uff1a\uff01\uff1f\u2014]| - ")
_COMMA = re.compile(r"[,\uff0c\u3001]")
_SUBJECTS = frozenset("he she it they who i we you".split())
_NOUNS = ("person", "kind", "cutout", "likeness", "profession", "clothes")
_HUES = ("olive", "plum", "mustard", "charcoal")
"""Things by themselves, colours before a noun."""
ADJECTIVES = ("colour", "size", "material", "hair", "hair_colour", "mood", "number", "pace")


@dataclass(frozen=True)
class Token:
    category: str
    value: str
    text: str
    breaks: int
    """What stands before it: 0 nothing, 1 a comma, 2 the end of a clause or sentence."""
    at: int = 0
    """Where it begins in the text."""
    length: int = 0
    """Characters of the text that it is."""


_here = threading.local()


@contextmanager
def remembered() -> Iterator[None]:
    """Within it a text is scanned once, however often this thread asks: one plan reads every shot several times."""
    before = getattr(_here, "found", None)
    _here.found = {} if before is None else before
    try:
        yield
    finally:
        _here.found = before


def tokens_of(
    text: str, names: Collection[str] = (), mentioned: Collection[str] = (), meanings: Iterable[tuple[str, str]] = ()
) -> tuple[list[Token], list[str]]:
    """What :func:`_scan` finds, remembered within :func:`remembered`."""
    known: dict[Any, tuple[list[Token], list[str]]] | None = getattr(_here, "found", None)
    if known is None:
        return _scan(text, names, mentioned, meanings)
    key = (text, frozenset(names), frozenset(mentioned), tuple(meanings))
    if key not in known:
        known[key] = _scan(text, names, mentioned, key[3])
    tokens, unknown = known[key]
    return list(tokens), list(unknown)


def _scan(
    text: str, names: Collection[str], mentioned: Collection[str], meanings: Iterable[tuple[str, str]]
) -> tuple[list[Token], list[str]]:
    """Known words in order and unknown ones as written. ``names`` (small letters) are known too, as tokens of the
    category "name", and every "@name" of ``mentioned``, as tokens of the category "mention". ``meanings``: (word, what
    it means) as somebody said, before all tables."""
    called = [(m.start(), m[1].lower()) for m in _AT.finditer(text) if m[1].lower() in mentioned]
    scan = _Scan(_blanked(text, names, mentioned), names, meanings)
    words, tokens = scan.words, list[Token]()
    i = 0
    while i < len(words):
        while called and called[0][0] < words[i].start:
            tokens.append(_mention(*called.pop(0), scan.text, words[i - 1].end if i else 0))
        given = scan.given(i)
        foreign = scan.foreign(i) if given is None else None
        token, count = given or foreign or scan.at(i)
        # "un vestido rojo" is read as "a red dress"
        before = foreign is not None and scan.follows(token) and tokens and tokens[-1].category in _NOUNS
        tokens.insert(len(tokens) - 1 if before else len(tokens), token)
        i += count
    tokens += [_mention(*one, scan.text, words[-1].end if words else 0) for one in called]
    return _by_meaning(tokens)


def _blanked(text: str, names: Collection[str], mentioned: Collection[str]) -> str:
    """The text without what is no word of the scene; blanks keep every word in its place."""
    text = _AT.sub(
        lambda m: " " + m[1] if m[1].lower() in names and m[1].lower() not in mentioned else " " * len(m[0]), text
    )
    text = _AGE.sub(lambda m: ("old" if _AGED.search(m[1]) else "").rjust(len(m[0])), text)
    text = _ELDERLY.sub(lambda m: "old".rjust(len(m[0])), text)
    text = _OPEN.sub(lambda m: " " * len(m[0]), text)
    if names:
        text = re.sub(
            rf"\b(?:named|called)(?=\s+(?:{'|'.join(map(re.escape, sorted(names)))})\b)",
            lambda m: " " * len(m[0]),
            text,
            flags=re.IGNORECASE,
        )
    return text


class _Scan:
    """The words of a text, and what each begins."""

    def __init__(self, text: str, names: Collection[str], meanings: Iterable[tuple[str, str]]) -> None:
        self.text, self.names = text, names
        self.words: list[Word] = tokenise(text)
        words = self.words
        self.plain = [w.text for w in words]
        self.joined = [n > 0 and not text[words[n - 1].end : w.start].strip(" -'\u2019") for n, w in enumerate(words)]
        self.stops = [n > 0 and _STOP.search(text, words[n - 1].end, w.start) is not None for n, w in enumerate(words)]
        self.language = tongues.language_of(text)
        self.ends = segments.ends(text, self.language)
        self.said_so = {tuple(word.text for word in tokenise(word)): meaning for word, meaning in meanings}

    def given(self, i: int) -> tuple[Token, int] | None:
        """A name of the cast, or words that somebody said the meaning of; and how many words it takes."""
        plain = self.plain
        if plain[i] in self.names:
            return self._token(i, 1, "name", plain[i])
        count = next((n for n in range(min(8, len(plain) - i), 0, -1) if tuple(plain[i : i + n]) in self.said_so), 0)
        if not count:
            return None
        category, value = _told(self.said_so[tuple(plain[i : i + count])])
        return self._token(i, count, category, value, self._raw(i, count).lower())

    def foreign(self, i: int) -> tuple[Token, int] | None:
        """What begins at a word in a language other than English."""
        found = tongues.match(self.text, self.words, i, self.language, self.ends) if self.language != "en" else None
        if found is None:
            return None
        count, (category, value) = found
        return self._token(i, count, category, value, value if category == "pronoun" else self._raw(i, count).lower())

    def at(self, i: int) -> tuple[Token, int]:
        """What else begins at a word."""
        plain, joined = self.plain, self.joined
        # a wording never spans a comma or a full stop
        end = next((n for n in range(i + 1, min(len(plain), i + 6)) if self.stops[n]), min(len(plain), i + 6))
        found: tuple[int, Entry] | None = repertoire.match(plain[i:end], 0)
        place = nouns.place_at(self.words, i, joined)
        if place > (0 if found is None else found[0]):
            return self._token(i, place, "backdrop", " ".join(plain[i : i + place]))
        subject = nouns.noun_at(self.words, i, joined) if found is None or found[0] == 1 else None
        if plain[i] in _HUES and i + 1 < len(plain) and joined[i + 1] and self._noun_at(i + 1, end):
            found = subject = None  # an olive car is no olive
        if subject is not None:
            count, category, value = subject
            if count == 1 and category in ("kind", "cutout") and self._verb(i):
                category, value = "filler", plain[i]
            return self._token(i, count, category, value)
        if found is None:
            return self._unheard(i)
        count, (category, value) = found
        if (
            category in ("kind", "person")
            and i + count < len(plain)
            and joined[i + count]
            and plain[i + count] in nouns.MEDIA - {"show", "look", "scene"}
        ):
            category = "filler"  # "a car commercial" shows the car when it says so
        if category == "kind" and self._verb(i):
            category = "filler"
        return self._token(i, count, category, value)

    def follows(self, token: Token) -> bool:
        """Does it stand behind its noun, in languages that put colours and sizes there?"""
        return self.language in ("es", "fr") and token.category in ("colour", "size") and not token.breaks

    def _token(self, i: int, count: int, category: str, value: str, said: str | None = None) -> tuple[Token, int]:
        gap = self.text[self.words[i - 1].end : self.words[i].start] if i else ""
        said = " ".join(self.plain[i : i + count]) if said is None else said
        return Token(category, value, said, _breaks(gap), *_place(self.words, i, count)), count

    def _raw(self, i: int, count: int) -> str:
        return self.text[self.words[i].start : self.words[i + count - 1].end]

    def _noun_at(self, i: int, end: int) -> bool:
        return bool(
            nouns.noun_at(self.words, i, self.joined)
            or (repertoire.match(self.plain[i:end], 0) or (0, ("", "")))[1][0] in _NOUNS
        )

    def _verb(self, i: int) -> bool:
        """ "He blocks": no boxes."""
        return self.joined[i] and self.plain[i].endswith("s") and self.plain[i - 1] in _SUBJECTS

    def _unheard(self, i: int) -> tuple[Token, int]:
        """A fine shade of a colour, else a word that no table has."""
        hue = next((n for n in (2, 1) if " ".join(self.plain[i : i + n]) in shades.FAMILIES), 0)
        if hue:
            return self._token(i, hue, "colour", shades.FAMILIES[" ".join(self.plain[i : i + hue])])
        count = _letters_of(self.text, self.words, i, self.ends)
        said = self._raw(i, count)
        kind = "card" if nouns.card_at(self.words, i, self.joined) else "unknown"
        return self._token(i, count, kind, said, said.lower())


@lru_cache(maxsize=1024)
def _told(meaning: str) -> Entry:
    """What somebody says that a word means: as those words would be understood alone, else a card with them."""
    telling = [token for token in tokens_of(meaning)[0] if token.category not in ("filler", "glue", "link", "card")]
    first = next((token for token in telling if token.category not in ADJECTIVES), telling[0] if telling else None)
    return (
        ("filler", "the")
        if meaning.lower() in ("nothing", "ignore")
        else (first.category, first.value)
        if first is not None
        else ("cutout", meaning)
    )


def _letters_of(text: str, words: Sequence[Word], i: int, ends: frozenset[int] | None) -> int:
    """How many letters from ``words[i]`` on are one unknown word, in scripts that put no space between them."""
    count = 1
    if not words[i].text.isascii() and len(words[i].text) == 1:
        while (
            i + count < len(words)
            and words[i + count].start == words[i + count - 1].end
            and (ends is None or words[i + count].start not in ends)
        ):
            if ends is None and not "\uac00" <= words[i].text <= "\ud7af":
                break
            count += 1
    return count


def _by_meaning(tokens: list[Token]) -> tuple[list[Token], list[str]]:
    """Put what unknown words mean in their place; those that mean nothing here go, except a card's, and are listed."""
    sense.prepare(token.value for token in tokens if token.category in ("unknown", "card"))
    found, unknown = [], []
    for n, token in enumerate(tokens):
        if token.category not in ("unknown", "card"):
            found.append(token)
            continue
        entry = sense.of(token.value) if token.text not in nouns.MEDIA else None  # a "vlog" is not who makes one
        after = tokens[n + 1] if n + 1 < len(tokens) else None
        if entry is not None and (
            (entry[0] in _NOUNS and token.text.endswith("ing"))
            or (after is not None and not after.breaks and after.text in nouns.MEDIA)
        ):
            entry = None  # "rain hammering on a roof" is no hammer, a "hero shot" no hero
        if (
            entry is not None
            and entry[0] in ("backdrop", "place")
            and after is not None
            and not after.breaks
            and after.category in ("cutout", "kind")
        ):
            entry = None  # "a school bus" is at no school
        if (
            entry is not None
            and entry[0] in _NOUNS
            and after is not None
            and not after.breaks
            and after.text in ("it", "him", "them", "up")
            and token.text.endswith("s")
        ):
            entry = None  # "picks it up" is no pick
        if (
            entry is not None
            and entry[0] in _NOUNS
            and n
            and not token.breaks
            and tokens[n - 1].text in _SUBJECTS
            and token.text.endswith("s")
        ):
            entry = None  # "he blocks" are no boxes
        if (
            entry is not None
            and entry[0] in _NOUNS
            and after is not None
            and not after.breaks
            and after.category in (*_NOUNS, "card")
        ):
            entry = None  # the first part of a compound
        if entry is not None:
            found.append(replace(token, category=entry[0], value=entry[1]))
            continue
        found += [token] * (token.category == "card")
        unknown.append(token.value)
    return found, unknown


def _place(words: Sequence[Word], i: int, count: int) -> tuple[int, int]:
    """Where these words begin, and of how many characters they are."""
    return words[i].start, words[i + count - 1].end - words[i].start


def _breaks(gap: str) -> int:
    return 0 if gap in ("", " ") else 2 if _ENDS.search(gap) else 1 if _COMMA.search(gap) else 0


def _mention(at: int, name: str, text: str, behind: int) -> Token:
    return Token("mention", name, "@" + name, _breaks(text[behind:at]), at, len(name) + 1)


class Tokens:
    """Known words in order, with looks around each."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens

    def near(self, i: int, category: str, reach: int, *, back: int = 2) -> str | None:
        """The value of the first token of a category after i (then before i), without crossing a sentence."""
        for j in range(i + 1, min(len(self.tokens), i + 1 + reach)):
            if self.tokens[j].breaks == 2 or (self.tokens[j].category == "camera" and j > i):
                break
            if self.tokens[j].category == category:
                return self.tokens[j].value
        for j in range(i - 1, max(-1, i - 1 - back), -1):
            if self.tokens[j + 1].breaks:
                break
            if self.tokens[j].category == category:
                return self.tokens[j].value
        return None

    def noun_after(self, i: int) -> str:
        for j in range(i + 1, len(self.tokens)):
            token = self.tokens[j]
            if token.breaks == 2 or (token.breaks == 1 and token.category not in ("colour", "size", "material")):
                return ""
            if token.text in ("and", "or"):
                if token.breaks or not any(t.category == "colour" for t in self.tokens[j + 1 : j + 3]):
                    return ""
                continue
            if token.text in ("waves",):
                return "action"
            if token.category in ADJECTIVES or (
                token.text
                in (
                    "bright",
                    "dark",
                    "light",
                    "young",
                    "old",
                    "nice",
                    "lovely",
                    "beautiful",
                    "pretty",
                    "round",
                    "heavy",
                    "thick",
                    "warm",
                    "heavy",
                    "simple",
                    "plain",
                )
            ):
                continue
            return token.category
        return ""

    def before(self, i: int) -> Token | None:
        """The last telling token before i in the same clause."""
        for j in range(i - 1, -1, -1):
            if self.tokens[j + 1].breaks:
                return None
            if self.tokens[j].category not in ("filler", "glue", "pace", "direction"):
                return self.tokens[j]
        return None

    def verb_follows(self, i: int) -> bool:
        """Does a noun at i get a verb of its own?"""
        for j in range(i + 1, min(len(self.tokens), i + 12)):
            token = self.tokens[j]
            if token.breaks == 2:
                return False
            if token.text in ("and", "then", "while", "as", "which", "that", "it") and token.text != "that":
                return token.text in ("which",) and j + 1 < len(self.tokens) and self.tokens[j + 1].category == "action"
            if token.category == "action":
                return True
            if token.category in ("person", "kind", "cutout", "profession", "name", "mention") or (
                token.category == "pronoun" and token.text in ("he", "she", "they")
            ):
                return False
            if token.category == "camera_noun":
                return False
        return False
