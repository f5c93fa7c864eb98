"""What an editor shows while a prompt is written: where its shots, lines and mentions stand in the text, and what could
be said better, and where.

Never raises: a prompt that cannot be read is one hint of severity ``error`` at the place of the trouble. Positions are
character offsets in the text as it was given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from phonofilm.errors import PromptError
from phonofilm.prompt import camera
from phonofilm.prompt.check import check, unheard
from phonofilm.prompt.clauses import classify
from phonofilm.prompt.language import guess_language
from phonofilm.prompt.parse import MAX_CHARACTERS, parse
from phonofilm.prompt.script import MENTION, Script
from phonofilm.prompt.words import tokenise

_AND = re.compile(r"\b(?:and|then|before)\s+(?:then\s+|\w+ly\s+)*([a-z]+)\b", re.IGNORECASE)
_OUTCOME = re.compile(r"(?:break|broke|shatter|smash|clos|land|stop|stand|say|speak)", re.IGNORECASE)
"""Verbs that end what the one before began ("drops and breaks", "opens and closes"), or lead to a line of dialogue: no
action of their own."""
_QUOTE = '["\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300e\u300f]'

Severity = Literal["info", "warning", "error"]
SHORTEST_SHOT = 1.0
"""Seconds below which a shot is hardly seen."""
WORDS_A_SECOND, LETTERS_A_SECOND = 3.2, 6.0
"""How fast speech can be and still be followed: words, or Chinese, Japanese and Korean letters."""


@dataclass(frozen=True, kw_only=True)
class Hint:
    """One remark about a stretch of the text."""

    message: str
    severity: Severity
    position: int
    length: int
    shot: int | None = None
    """Number of the shot it is about, from 1; None: the whole prompt."""
    about: str = ""
    """What is missing or too much (action, actions, camera, sound, place), where who stages it may know better; empty:
    a matter of fact."""


@dataclass(frozen=True, kw_only=True)
class PlacedLine:
    """A line of dialogue and where its words stand."""

    speaker: str
    language: str
    """As the prompt says, otherwise guessed from the letters."""
    text: str
    position: int
    length: int


@dataclass(frozen=True, kw_only=True)
class PlacedShot:
    """A shot and where it stands."""

    number: int
    start: float
    end: float
    """Seconds, shared out where the prompt gives no times."""
    marked: bool
    """Does a marker open it?"""
    timed: bool
    """Does the marker say from when to when?"""
    marker_length: int
    """Characters of the marker, from ``position`` on; 0 where there is none."""
    text: str
    position: int
    length: int
    lines: tuple[PlacedLine, ...]


@dataclass(frozen=True, kw_only=True)
class PlacedMention:
    """An @name."""

    name: str
    position: int
    length: int
    """The @ included."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """Everything an editor shows."""

    shots: tuple[PlacedShot, ...]
    hints: tuple[Hint, ...]
    mentions: tuple[PlacedMention, ...]


def advise(
    text: str, seconds: float, *, names: Collection[str] | None = None, most_words: int | None = None, ours: bool = True
) -> Advice:
    """Read a prompt for a clip of ``seconds``. ``names``: what the references at hand are called (None: not known),
    ``most_words``: how many words the engine reads (None: all), ``ours``: is its camera the one that ``camera``
    knows?"""
    mentions = tuple(
        PlacedMention(name=found[1], position=found.start(), length=len(found[0]))
        for found in MENTION.finditer(text[:MAX_CHARACTERS])
    )
    try:
        script = parse(text)
    except PromptError as error:
        return Advice(shots=(), hints=(_trouble(error, text),), mentions=mentions)
    shots = place(script, text, seconds)
    hints: list[Hint] = []
    try:
        check(script, seconds)
    except PromptError as error:
        hints.append(_trouble(error, text, shots))
    hints += [_at(note, "warning", at, text, shots) for note, at in (*script.notes, *(unheard(script) if ours else ()))]
    hints += _of_mentions(mentions, names, shots)
    for shot in shots:
        hints += _of_shot(script, shot, text)
    hints += _of_all(script, text, most_words, shots)
    return Advice(
        shots=shots,
        hints=tuple(sorted(hints, key=lambda hint: ("error", "warning", "info").index(hint.severity))),
        mentions=mentions,
    )


def place(script: Script, text: str, seconds: float) -> tuple[PlacedShot, ...]:
    """The shots of a script with the places they were read from."""
    starts = [min(shot.position, len(text)) for shot in script.shots]
    ends = [*starts[1:], len(text)]
    placed = []
    for number, (shot, (begin, end), start, stop) in enumerate(
        zip(script.shots, script.times(seconds), starts, ends, strict=True), 1
    ):
        marked = shot.words_at > start
        # lines before the first marker belong to the first shot
        lines = _lines(shot.lines, text, start if marked and number > 1 else 0, max(stop, start))
        placed.append(
            PlacedShot(
                number=number,
                start=round(begin, 3),
                end=round(end, 3),
                marked=marked,
                timed=marked and shot.start is not None,
                marker_length=shot.words_at - start if marked else 0,
                text=shot.text,
                position=start,
                length=max(0, stop - start),
                lines=lines,
            )
        )
    return tuple(placed)


def find(
    text: str, words: str, start: int = 0, end: int | None = None, *, quoted: bool = False
) -> tuple[int, int] | None:
    """(position, length) of ``words`` in ``text``, however they are spaced and whatever marks they hold; ``quoted``:
    only between quotation marks."""
    parts = [
        re.sub(
            "['\u2018\u2019\"\u201c\u201d\u201e\u2033]", "['\u2018\u2019\"\u201c\u201d\u201e\u2033]", re.escape(part)
        )
        for part in words.split()
    ]
    if not parts:
        return None
    spaced = r"\s+".join(parts)
    found = re.compile(rf"{_QUOTE}\s*({spaced})\s*{_QUOTE}" if quoted else f"({spaced})").search(
        text, start, len(text) if end is None else end
    )
    return (found.start(1), found.end(1) - found.start(1)) if found else None


def _lines(lines: tuple, text: str, start: int, end: int) -> tuple[PlacedLine, ...]:  # type: ignore[type-arg]
    placed, cursor = [], start
    for line in lines:
        found = (
            find(text, line.text, cursor, end, quoted=True)
            or find(text, line.text, cursor, end)
            or find(text, line.text)
        )
        position, length = found or (cursor, 0)
        cursor = position + length if found else cursor
        placed.append(
            PlacedLine(
                speaker=line.speaker,
                language=line.language or guess_language(line.text),
                text=line.text,
                position=position,
                length=length,
            )
        )
    return tuple(placed)


def _trouble(error: PromptError, text: str, shots: tuple[PlacedShot, ...] = ()) -> Hint:
    return _at(re.sub(r" \(at character \d+\)$", "", str(error)), "error", error.position, text, shots)


def _at(message: str, severity: Severity, position: int, text: str, shots: tuple[PlacedShot, ...]) -> Hint:
    """A remark about the word at ``position``."""
    at = min(max(position, 0), len(text))
    word = re.compile(r"\S+").match(text, at)
    length = len(text) - at if at >= MAX_CHARACTERS else word.end() - at if word else min(1, len(text) - at)
    number = next((shot.number for shot in reversed(shots) if shot.position <= at), None)
    return Hint(message=message, severity=severity, position=at, length=length, shot=number)


def _of_mentions(
    mentions: tuple[PlacedMention, ...], names: Collection[str] | None, shots: tuple[PlacedShot, ...]
) -> Iterator[Hint]:
    if names is None:
        return
    for mention in mentions:
        if mention.name not in names and mention.name.lower() not in names:
            there = ", ".join(f"@{name}" for name in names) or "none"
            number = next((shot.number for shot in reversed(shots) if shot.position <= mention.position), None)
            yield Hint(
                message=f"there is no reference @{mention.name}; there are: {there}",
                severity="error",
                position=mention.position,
                length=mention.length,
                shot=number,
            )


def _of_shot(script: Script, shot: PlacedShot, text: str) -> Iterator[Hint]:
    mine = script.shots[shot.number - 1]
    many = len(script.shots) > 1
    where = f"shot {shot.number}" if many else "the prompt"
    begin, end = (shot.position, shot.position + shot.length) if many else (0, len(text))

    def hint(
        message: str, severity: Severity, position: int = begin, length: int = end - begin, about: str = ""
    ) -> Hint:
        return Hint(message=message, severity=severity, position=position, length=length, shot=shot.number, about=about)

    actions = _actions(script, shot, text, begin, end)
    if len(actions) > 1:
        told = (
            f"{where} has {len(actions)} actions; one action per shot is followed best, so give this one a shot of"
            " its own"
        )
        yield hint(told, "warning", *actions[1], about="actions")
    if not actions and not mine.lines:
        yield hint(f"{where} names no action; say what happens", "info", about="action")
    if not camera.moves(script.caption(shot.number - 1)):
        yield hint(f"{where} names no camera move; without one the engine chooses", "info", about="camera")
    if shot.end - shot.start < SHORTEST_SHOT - 1e-6:
        yield hint(
            f"{where} lasts {shot.end - shot.start:.1f} s; give it at least {SHORTEST_SHOT:g} s to be seen", "warning"
        )
    spoken = sum(_spoken(line.text) for line in shot.lines)
    if shot.lines and spoken > shot.end - shot.start:
        first, last = shot.lines[0], shot.lines[-1]
        length = max(first.length, last.position + last.length - first.position)
        yield hint(
            f"to say this takes about {spoken:.0f} s, and {where if many else 'the clip'} lasts {shot.end - shot.start:.1f} s; "  # noqa: E501
            f"shorten it, or make more room",
            "warning",
            first.position,
            length,
        )


def _actions(script: Script, shot: PlacedShot, text: str, begin: int, end: int) -> list[tuple[int, int]]:
    """(position, length) of each action of a shot: its action clauses, and further verbs within one ("waves *and
    jumps*")."""
    found, at = [], begin
    for clause in script.shots[shot.number - 1].clauses:
        if clause.kind != "action":
            continue
        spot = find(text, clause.text, at, end) or (at, 0)
        found.append(spot)
        at = spot[0] + spot[1]
        for more in _AND.finditer(text, spot[0], at):
            if classify(more[1]) == "action" and not _OUTCOME.match(more[1]):
                found.append((more.start(1), at - more.start(1)))
    return found


def _spoken(words: str) -> float:
    """Seconds it takes to say this briskly."""
    tokens = tokenise(words)
    letters = sum(len(token.text) == 1 and ord(token.text) > 0x2E7F for token in tokens)
    return letters / LETTERS_A_SECOND + (len(tokens) - letters) / WORDS_A_SECOND


def _of_all(script: Script, text: str, most_words: int | None, shots: tuple[PlacedShot, ...]) -> Iterator[Hint]:
    if not script.lines and not any(classify(clause.text) == "sound" for clause in script.clauses):
        yield Hint(
            message="no sound is named; without one you hear what the picture shows",
            severity="info",
            position=0,
            length=len(text),
            about="sound",
        )
    if not any(clause.kind == "environment" for clause in script.clauses):
        yield Hint(
            message="no place is named; without one the engine chooses",
            severity="info",
            position=0,
            length=len(text),
            about="place",
        )
    words = [word for part in (script.preamble, *(shot.text for shot in script.shots)) for word in tokenise(part)]
    if most_words is not None and len(words) > most_words:
        placed = tokenise(text)
        at = placed[min(most_words, len(placed) - 1)].start
        message = (
            f"the engine reads {most_words} words, and these are {len(words)}; what follows here has little or no"
            " effect, so shorten it"
        )
        yield Hint(message=message, severity="warning", position=at, length=len(text) - at)
