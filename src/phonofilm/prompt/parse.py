"""Text -> Script. Any prose is a valid one-shot script; shots, dialogue, settings and @mentions are optional marks in
it.

    A girl in a red coat stands on a windy meadow.          (before the first marker: holds for all shots)
    [0-3s] She waves and says (in Spanish): "Hola"          and every other way to mark a shot that ``markers`` knows
    [3-6s] Close-up. girl: "Hi there" [en] Camera pushes in on @mia.
    NEGATIVE: people, text                                  what is kept out
    MEANS: quokka = cat                                     what a word means, for who stages it
    --ar 9:16 --duration 6                                  what is said about the clip itself

JSON, tables and screenplays are read as the same marks (``structured``). Quotation marks may be straight, curly, angled
or CJK brackets. Every error carries the character position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from phonofilm.errors import PromptError
from phonofilm.prompt import references
from phonofilm.prompt import settings as flags
from phonofilm.prompt.dialogue import Story, hear
from phonofilm.prompt.language import language_code
from phonofilm.prompt.script import Line, Script, Shot, clauses_of, mentions_of, print_script
from phonofilm.prompt.shots import blocks, markers, structured
from phonofilm.prompt.shots.marks import Marker
from phonofilm.spec.request import MAX_CHARACTERS

_CLOSERS = {
    '"': '"\u201d', "\u201c": '\u201d"', "\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u300c": "\u300d",
    "\u300e": "\u300f", "\uff02": "\uff02", "\u301d":
        "\u301e\u301f",
    "\u2039": "\u203a",
}  # fmt: skip
_PLAIN = str.maketrans(
    {mark: "\u2018" for mark in "\u201c\u201e\u00ab\u300c\u300e\u301d\u2039"}
    | {mark: "\u2019" for mark in '"\u201d\u00bb\u300d\u300f\uff02\u301e\u301f\u203a'}
)
_TELLING = re.compile("[" + re.escape("".join(_CLOSERS)) + r"\[\]()\u3010\uff08\uff09\u2018]")
"""All that a walk over a text stops at, beside marks."""
_INNER = str.maketrans('"\u201c\u201d', "'''")
_SINGLE = re.compile('\u2018([^\u2018\u2019"\n]{1,300})\u2019(?![A-Za-z])')
_TAG = re.compile(r"\s*\[\s*([^\[\]\s]{2,12})\s*\]|\s*\(\s*in\s+([^()\s]{2,12})\s*\)", re.IGNORECASE)
_ENDED = ".!?;:,\u3002\uff01\uff1f\uff1a\uff0c\uff1b\u3001"
_NEW_LINE = re.compile(
    rf"([^\s{_ENDED}])[ \t]*\n\s*(?=[A-Z\d\u00c0-\u00de\u0410-\u042f\u2e80-\u9fff\uac00-\ud7af@#*\u2022-])"
)
_BULLET = re.compile(r"(^|\n)[ \t]*(?:[-*\u2022\u2023\u25aa\u25cf\u25e6>]|#{1,6})[ \t]+")
_CLOSING_TAG = re.compile(
    r"</(?:shot|scene|clip|cut|segment|beat)\s?\d{0,2}\s*>|</?(?:shots|scenes|storyboard|script|timeline|prompt|video|time|timestamp|duration|visual|action|"
    r"description)\s*>",
    re.IGNORECASE,
)
DIVIDES = ("cut", "arrow", "rule")
"""Marks that stand between two shots, not before one."""
OPENING = 0.5
"""Seconds before the first time of a prompt from which the words before it are a shot of their own, where they tell of
an action."""


@dataclass(kw_only=True)
class _Part:
    """A shot while it is read."""

    start: float | None = None
    end: float | None = None
    length: float | None = None
    position: int
    after: int = 0
    """Where its marker ends."""
    words: str = ""
    lines: list[Line] = field(default_factory=list)


def parse(text: str) -> Script:
    """Read a prompt. ``parse(str(script)) == script`` for every script it returns.

    What does not quite fit is mended and noted (``Script.notes``): shots that overlap, times for some shots only.
    Raises PromptError, with the position, for an empty prompt, one over 5,000 characters, quotes or brackets that never
    close, and shots that are empty, backwards or out of order.
    """
    if len(text) > MAX_CHARACTERS:
        raise PromptError(f"the prompt has {len(text)} characters; shorten it to {MAX_CHARACTERS}", MAX_CHARACTERS)
    data = structured.read(text)
    first = settled = _read(text) if data is None else _placed(*data)
    for _ in range(8):
        # Wording can come to look like a marker or a label once the dialogue before it is lifted out; reading the print
        # settles it.
        printed = print_script(settled)
        if len(printed) > MAX_CHARACTERS:
            raise PromptError(
                f"the prompt written out in full has {len(printed)} characters; shorten it to {MAX_CHARACTERS}",
                len(text),
            )
        again = _read(printed)
        if again == settled:
            return settled.placed_as(first)
        settled = again
    told = "marks of shots follow each other without words between them; describe each shot behind its mark"
    raise PromptError(told, min(first.shots[0].position, len(text) - 1))


def _placed(text: str, at: list[int]) -> Script:
    """The script of a rewritten prompt, every place being that of the prompt as it was written."""
    try:
        script = _read(text)
    except PromptError as error:
        raise PromptError(
            re.sub(r" \(at character \d+\)$", "", str(error)), at[min(max(error.position, 0), len(at) - 1)]
        ) from error
    return script.moved(lambda place: at[min(place, len(at) - 1)])


def _read(text: str) -> Script:
    text, settings, negative = flags.flags(text)
    meanings: list[tuple[str, str]] = []
    text = _CLOSING_TAG.sub(lambda match: " " * len(match.group()), text)
    for block in blocks.find(text):
        if block.kind == "negative":
            negative += [
                " ".join(part.split()).strip(" .*-\u2022")
                for part in re.split(r"[,;\uff0c\uff1b\u3001\n\u3002]", text[block.start : block.end])
            ]
        elif block.kind == "meaning":
            meanings += [
                pair
                for part in re.split(r"[,;\uff0c\uff1b\u3001\n]", text[block.start : block.end])
                if (pair := _meaning(part)) is not None
            ]
        if block.kind in ("negative", "meaning"):
            text = text[: block.position] + re.sub(r"[^\n]", " ", text[block.position : block.end]) + text[block.end :]
    parts = _scan(text)
    preamble = parts[0]
    shots = parts[1:]
    known: dict[str, str] = {}
    opening = references.rewritten(_clean(preamble.words), known)
    if shots and markers.LIST_HEAD.fullmatch(opening.strip("[]")):
        opening = preamble.words = ""
    kept = tuple(dict.fromkeys(re.sub(r"[\"\u201c\u201d:\uff1a\[\]()<>{}|]", "", word).strip() for word in negative))
    kept = tuple(word for word in kept if any(letter.isalnum() for letter in word))
    meant = tuple(dict(meanings).items())
    if not shots:
        if not _has_words(preamble):
            raise PromptError("the prompt is empty; describe what to show", 0)
        return replace(_whole((_shot(preamble, known),), "", settings, kept, ()), meanings=meant)
    for part in shots:
        if not _has_words(part):
            raise PromptError("this shot is empty; describe it or remove its marker", part.position)
    notes = _settle(shots)
    if (
        shots[0].start is not None
        and shots[0].start >= OPENING
        and any(clause.kind == "action" for clause in clauses_of(opening))
    ):
        shots.insert(0, _Part(start=0.0, end=shots[0].start, position=0, words=preamble.words, lines=preamble.lines))
        opening = ""
    else:
        shots[0].lines[:0] = preamble.lines
    return replace(_whole(tuple(_shot(part, known) for part in shots), opening, settings, kept, notes), meanings=meant)


def _meaning(part: str) -> tuple[str, str] | None:
    """(word, meaning) of "word = meaning", with letters and single spaces only; None for what is none."""
    word, meaning = (" ".join(re.sub(r"[^\w' -]|_", " ", side).split()) for side in part.partition("=")[::2])
    return (word, meaning) if "=" in part and any(map(str.isalnum, word)) and any(map(str.isalnum, meaning)) else None


def _whole(
    shots: tuple[Shot, ...],
    preamble: str,
    settings: dict[str, str | float],
    negative: tuple[str, ...],
    notes: tuple[tuple[str, int], ...],
) -> Script:
    said = flags.stated("\n".join((preamble, *(shot.text for shot in shots)))) | settings
    return Script(shots=shots, preamble=preamble, settings=tuple(sorted(said.items())), negative=negative, notes=notes)


def _open(parts: list[_Part], marker: Marker, index: int) -> None:
    """Begin the shot that a mark opens. Raises PromptError where it runs backwards."""
    if marker.start is not None and marker.stop is not None and marker.stop <= marker.start:
        raise PromptError(
            f"this shot runs backwards, from {marker.start:g} s to {marker.stop:g} s; write the earlier time first",
            index,
        )
    if (marker.kind in DIVIDES or marker.goes_on) and len(parts) == 1 and _has_words(parts[0]):
        parts.insert(0, _Part(position=0))  # what stands before the first cut is a shot like those behind it
    title = marker.title.translate(_PLAIN)
    title += "" if not title or title[-1] in _ENDED else ". "
    parts.append(
        _Part(
            start=marker.start,
            end=marker.stop,
            length=marker.length,
            position=index,
            after=marker.end,
            words=title,
        )
    )


def _scan(text: str) -> list[_Part]:
    """Walk the text once: markers open shots, quotations become lines or plain words, brackets are counted."""
    parts = [_Part(position=0)]
    marks = markers.find(text)
    coming = sorted(marks, reverse=True)
    story = Story(text)
    waiting = ""  # words since the last quotation or marker
    brackets: list[int] = []
    index = 0
    while index < len(text):
        character = text[index]
        marker = marks.pop(index, None)
        if marker:
            parts[-1].words += _flowing(waiting)
            waiting = ""
            if marker.kind != "blank":
                _open(parts, marker, index)
            index = marker.end
        elif character in "[\u3010":
            after = _matching(text, index)
            waiting += text[index:after].translate(_PLAIN)
            index = after
        elif character == '"' and text[index - 1 : index].isdigit() and text[index + 1 : index + 2] in (" ", ""):
            waiting += "\u2033"  # a length in inches
            index += 1
        elif character in _CLOSERS:
            close = min((at for mark in _CLOSERS[character] if (at := text.find(mark, index + 1)) >= 0), default=-1)
            if close < 0:
                raise PromptError("this quotation mark is never closed; add the closing one", index)
            index, waiting = _quotation(text, index, close, waiting, parts[-1], story)
        elif (
            character == "\u2018"
            and (single := _SINGLE.match(text, index))
            and waiting.rstrip()[-1:] in (":", "\uff1a")
        ):
            index, waiting = _quotation(text, index, single.end() - 1, waiting, parts[-1], story)
        else:
            if character in "(\uff08":
                brackets.append(index)
            elif character in ")\uff09" and brackets:
                brackets.pop()
            telling = _TELLING.search(text, index + 1)
            while coming and coming[-1] <= index:
                coming.pop()
            stop = min(telling.start() if telling else len(text), coming[-1] if coming else len(text))
            waiting += text[index:stop].translate(_PLAIN)
            index = stop
    if brackets:
        raise PromptError("this bracket is never closed; add the closing one", brackets[0])
    parts[-1].words += _flowing(waiting)
    return parts


def _flowing(words: str) -> str:
    """Words of several lines in one: a line that begins anew ends the sentence before it."""
    return _NEW_LINE.sub(r"\1. ", _BULLET.sub(r"\1", words)).replace("\n", " ")


def _quotation(text: str, index: int, close: int, waiting: str, part: _Part, story: Story) -> tuple[int, str]:
    """Put the quotation at ``index`` to ``close`` where it belongs; return the index behind it and the words still
    waiting."""
    said = " ".join(text[index + 1 : close].split()).translate(_INNER)
    after = text[close + 1 : close + 80]
    heard = hear(waiting, re.split('["\u201c\u300c\u00ab\\[\\n]', after)[0], story, index)
    if heard is None:
        return close + 1, waiting + "\u2018" + said + "\u2019"
    end, language = close + 1, heard.language
    tag = _TAG.match(text, end)
    if tag and (code := language_code(tag.group(1) or tag.group(2))):
        end, language = tag.end(), code
    if said:
        part.lines.append(Line(speaker=heard.speaker, text=said, language=language))
    part.words += _flowing(heard.before)
    rest = text[end:].lstrip()
    opens = not rest or rest[0].isupper() or rest[0] in "[\u3010" or text[end : end + 1] == "\n"
    ended = not heard.before.strip() or heard.before.rstrip()[-1] in ".!?;,:\u3002\uff01\uff1f"
    # a labelled line stands alone: what follows it, if anything, is a new sentence
    part.words += "\n" if heard.labelled else "." if opens and not ended else ""
    part.words += " "
    # a comma or stop that only closed the quotation goes with it
    stop = re.compile("[,.\uff0c\u3002]").match(text, end)
    if stop and not part.words.strip():
        end = stop.end()
    return end, ""


def _matching(text: str, index: int) -> int:
    """Index behind the bracket that closes the one at ``index``."""
    depth = 0
    for at in range(index, len(text)):
        depth += (text[at] in "[\u3010") - (text[at] in "]\u3011")
        if depth == 0:
            return at + 1
    raise PromptError("this bracket is never closed; add the closing one", index)


def _has_words(part: _Part) -> bool:
    return bool(part.lines) or any(character.isalnum() for character in part.words)


def _settle(shots: list[_Part]) -> tuple[tuple[str, int], ...]:
    """Give every shot the times that follow from the others; what was mended, each with its place. Raises PromptError
    for shots out of order."""
    notes: list[tuple[str, int]] = []
    clock: float | None = 0.0
    for part in shots:
        if part.start is None and part.length is not None and clock is not None:
            part.start, part.end = clock, round(clock + part.length, 3)
        elif part.start is not None and part.end is None and part.length is not None:
            part.end = round(part.start + part.length, 3)
        clock = part.end
    timed = [part for part in shots if part.start is not None]
    if _inclusive(timed):
        notes.append(
            (
                "seconds that count from 1 are read as the first, the second ...: 1-3 and 4-6 are 0-3 and 3-6",
                timed[0].position,
            )
        )
        for part in timed:
            part.start = (part.start or 1.0) - 1
    for before, after in pairwise(timed):
        assert before.start is not None and after.start is not None
        if after.start < before.start or (after.start == before.start and before.end is not None):
            raise PromptError(
                f"this shot begins at {after.start:g} s, before the shot above it; put the shots in order",
                after.position,
            )
        if before.end is None and after is shots[shots.index(before) + 1]:
            before.end = after.start
        elif before.end is not None and after.start < before.end:
            told = (
                f"this shot begins at {after.start:g} s while the one before lasts to {before.end:g} s; that one ends"
                " where this begins"
            )
            notes.append((told, after.position))
            before.end = after.start
    return tuple(notes)


def _inclusive(timed: list[_Part]) -> bool:
    """Do whole seconds count from 1, each shot from the second after the last of the one before: 1-3, 4-6?"""
    follow = all(a.end is not None and b.start == a.end + 1 for a, b in pairwise(timed))
    return (
        len(timed) > 1
        and timed[0].start == 1
        and follow
        and all(part.start is not None and part.start.is_integer() for part in timed)
    )


def _clean(words: str) -> str:
    """Single spaces; a stop where a labelled line of dialogue was lifted out between two sentences."""
    return " ".join(re.sub(r"([^\s.!?;:,\u3002\uff01\uff1f])\s*\n\s*(?=\S)", r"\1. ", words).split())


def _shot(part: _Part, known: dict[str, str]) -> Shot:
    text = references.rewritten(_clean(part.words), known)
    mentions = mentions_of(text, part.position)
    return Shot(
        start=part.start,
        end=part.end,
        text=text,
        clauses=clauses_of(text),
        lines=tuple(part.lines),
        mentions=mentions,
        position=part.position,
        words_at=part.after,
    )
