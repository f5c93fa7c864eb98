"""A parsed prompt as plain data. ``str(script)`` prints it; ``parse(str(script)) == script``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from phonofilm.prompt import negation
from phonofilm.prompt.clauses import Kind, split
from phonofilm.prompt.settings import written

MENTION = re.compile(r"(?<![A-Za-z0-9_.@])@([A-Za-z][A-Za-z0-9_-]*)")


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One part of the description and what it is about."""

    kind: Kind
    """subject | action | camera | environment | light | sound | other"""
    text: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of dialogue."""

    speaker: str
    """Who says it, as the prompt calls them ("girl", "old man", "@mia"); "voice" when nobody is named."""
    text: str
    """What is said, without quotation marks."""
    language: str | None = None
    """en zh yue ja ko es fr de, or None when the prompt does not say (see ``language.guess_language``)."""


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A reference called by its @name."""

    name: str
    """Without the @."""
    position: int = field(default=0, compare=False)
    """Character offset of the @ in the text it was found in."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One stretch of the clip."""

    start: float | None = None
    """Seconds from the start of the clip; None when the prompt does not say (``Script.times`` shares them out)."""
    end: float | None = None
    """None beside a start: it lasts to the end of the clip, or until the next one begins."""
    text: str = ""
    """The words of the shot without markers and dialogue, one space between words."""
    clauses: tuple[Clause, ...] = ()
    lines: tuple[Line, ...] = ()
    mentions: tuple[Mention, ...] = ()
    position: int = field(default=0, compare=False)
    """Character offset of the shot in the prompt."""
    words_at: int = field(default=0, compare=False)
    """Character offset of its words, behind its marker; 0 where none opens it."""


@dataclass(frozen=True, kw_only=True)
class Script:
    """A whole prompt."""

    shots: tuple[Shot, ...]
    """At least one, in time order."""
    preamble: str = ""
    """Words before the first shot marker: they hold for every shot."""
    settings: tuple[tuple[str, str | float], ...] = ()
    """What the prompt says about the clip itself, by name: ``duration`` (seconds), ``ratio``, ``resolution``, ``seed``,
    ``fps``."""
    negative: tuple[str, ...] = ()
    """What a negative block or ``--no`` lists, as written."""
    meanings: tuple[tuple[str, str], ...] = ()
    """What the prompt says that words of it mean ("MEANS: quokka = cat"), for who stages it: (word, meaning), both as
    written."""
    notes: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    """What did not fit and was mended, each with its place in the prompt."""

    def __str__(self) -> str:
        return print_script(self)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Clauses of the preamble, then of every shot."""
        return clauses_of(self.preamble) + tuple(clause for shot in self.shots for clause in shot.clauses)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Mentions of the preamble, then of every shot."""
        return mentions_of(self.preamble) + tuple(mention for shot in self.shots for mention in shot.mentions)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All dialogue in order."""
        return tuple(line for shot in self.shots for line in shot.lines)

    @property
    def kept_out(self) -> tuple[str, ...]:
        """What is not to be seen or heard: ``people``, ``music``, ``voice``, ``text`` for those kinds, otherwise the
        prompt's own words."""
        said = [negation.kind(word) for word in self.negative]
        return tuple(
            dict.fromkeys(
                said
                + [
                    what
                    for text in (self.preamble, *(shot.text for shot in self.shots))
                    for what in negation.kept_out(text)
                ]
            )
        )

    def moved(self, place: Callable[[int], int]) -> Script:
        """The same script with every place put through ``place``; the marks of a text that was rewritten do not stand
        in it."""
        shots = tuple(
            replace(
                shot,
                position=place(shot.position),
                words_at=0,
                mentions=tuple(replace(one, position=place(one.position)) for one in shot.mentions),
            )
            for shot in self.shots
        )
        return replace(self, shots=shots, notes=tuple((note, place(at)) for note, at in self.notes))

    def placed_as(self, other: Script) -> Script:
        """The same script with the places and notes of ``other``, from which it was read again, where their shots
        correspond."""
        if other is self or len(other.shots) != len(self.shots):
            return replace(self, notes=other.notes)
        shots = tuple(
            replace(mine, position=first.position, words_at=first.words_at)
            for mine, first in zip(self.shots, other.shots, strict=True)
        )
        return replace(self, shots=shots, notes=other.notes)

    def caption(self, index: int) -> str:
        """All words that describe shot ``index``: the preamble and its own."""
        return " ".join(part for part in (self.preamble, self.shots[index].text) if part)

    def times(self, seconds: float) -> tuple[tuple[float, float], ...]:
        """Start and end of every shot in a clip of ``seconds``, without gaps: a shot lasts until the next begins, the
        first begins at 0 and the last lasts to the end; shots without times share the clip equally, cut on sixths of a
        second (where a video latent step ends)."""
        count = len(self.shots)
        if all(shot.start is None for shot in self.shots):
            starts: list[float | None] = [round(6 * seconds * index / count) / 6 for index in range(count)]
        else:
            starts = [0.0]
            for before, shot in zip(self.shots, self.shots[1:], strict=False):
                follows = before.end if before.end is not None and before.end < seconds else None
                starts.append(shot.start if shot.start is not None else follows)
            starts = _shared(starts, seconds)
        known = [start or 0.0 for start in starts]
        return tuple(zip(known, [*known[1:], seconds], strict=True))


def _shared(starts: list[float | None], seconds: float) -> list[float | None]:
    """Each run of unknown starts shared out evenly between its neighbours, on sixths of a second."""
    filled = list(starts)
    at = 0
    while at < len(filled):
        if filled[at] is not None:
            at += 1
            continue
        end = next((n for n in range(at, len(filled)) if filled[n] is not None), len(filled))
        begin, stop = filled[at - 1] or 0.0, filled[end] if end < len(filled) else seconds
        assert stop is not None
        for n in range(at, end):
            filled[n] = round(6 * (begin + (stop - begin) * (n - at + 1) / (end - at + 1))) / 6
        at = end
    return filled


def clauses_of(text: str) -> tuple[Clause, ...]:
    """The clauses of a plain description."""
    return tuple(Clause(kind=kind, text=part) for kind, part in split(text))


def mentions_of(text: str, offset: int = 0) -> tuple[Mention, ...]:
    """The @names in a plain description that stands ``offset`` characters into the prompt."""
    return tuple(Mention(name=match.group(1), position=offset + match.start()) for match in MENTION.finditer(text))


def print_script(script: Script) -> str:
    """The canonical text of a script: preamble, then each shot's marker, words and lines of dialogue."""
    marked = len(script.shots) > 1 or bool(script.preamble) or script.shots[0].start is not None
    parts = [script.preamble] if script.preamble else []
    for number, shot in enumerate(script.shots, 1):
        end = "end" if shot.end is None else f"{_number(shot.end)}s"
        marker = (
            f"[shot {number}]" if shot.start is None else f"[{_number(shot.start)}{'s' * (shot.end is None)}-{end}]"
        )
        words = [marker] * marked + [shot.text] * bool(shot.text)
        if words:
            parts.append(" ".join(words))
        parts += [_print_line(line) for line in shot.lines]
    parts += [f"NEGATIVE: {', '.join(script.negative)}"] * bool(script.negative)
    parts += [f"MEANS: {', '.join(f'{word} = {meaning}' for word, meaning in script.meanings)}"] * bool(script.meanings)
    parts += [written(dict(script.settings))] * bool(script.settings)
    return "\n".join(parts)


def _print_line(line: Line) -> str:
    return f'{line.speaker}: "{line.text}"' + (f" [{line.language}]" if line.language else "")


def _number(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
