"""A parsed prompt as plain data. ``str(script)`` prints it; ``parse(str(script)) == script``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from phonofilm.prompt.clauses import Kind, split

MENTION = re.compile(r"(?<![\w@])@([A-Za-z][A-Za-z0-9_-]*|[\u56fe\u89c6\u97f3][\u7247\u50cf\u9891]\d+)")


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
    """Seconds from the start of the clip; None when the prompt gives no times (``Script.times`` shares them out)."""
    end: float | None = None
    text: str = ""
    """The words of the shot without markers and dialogue, one space between words."""
    clauses: tuple[Clause, ...] = ()
    lines: tuple[Line, ...] = ()
    mentions: tuple[Mention, ...] = ()
    position: int = field(default=0, compare=False)
    """Character offset of the shot in the prompt."""


@dataclass(frozen=True, kw_only=True)
class Script:
    """A whole prompt."""

    shots: tuple[Shot, ...]
    """At least one, in time order."""
    preamble: str = ""
    """Words before the first shot marker: they hold for every shot."""

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

    def caption(self, index: int) -> str:
        """All words that describe shot ``index``: the preamble and its own."""
        return " ".join(part for part in (self.preamble, self.shots[index].text) if part)

    def times(self, seconds: float) -> tuple[tuple[float, float], ...]:
        """Start and end of every shot in a clip of ``seconds``, without gaps: a shot lasts until the next begins, the first
        begins at 0 and the last lasts to the end; shots without times share the clip equally, cut on sixths of
        a second (where a video latent step ends)."""
        count = len(self.shots)
        if self.shots[0].start is None:
            starts = [round(6 * seconds * index / count) / 6 for index in range(count)]
        else:
            starts = [0.0] + [shot.start or 0.0 for shot in self.shots[1:]]
        return tuple(zip(starts, [*starts[1:], seconds], strict=True))


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
        marker = f"[shot {number}]" if shot.start is None or shot.end is None else f"[{_number(shot.start)}-{_number(shot.end)}s]"
        words = [marker] * marked + [shot.text] * bool(shot.text)
        if words:
            parts.append(" ".join(words))
        parts += [_print_line(line) for line in shot.lines]
    return "\n".join(parts)


def _print_line(line: Line) -> str:
    return f'{line.speaker}: "{line.text}"' + (f" [{line.language}]" if line.language else "")


def _number(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
