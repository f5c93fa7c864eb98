"""Text -> Script. Any prose is a valid one-shot script; shots, dialogue and @mentions are optional marks in it.

    A girl in a red coat stands on a windy meadow.          (before the first marker: holds for all shots)
    [0-3s] She waves and says (in Spanish): "Hola"          also [0-3], [0:00-0:03], 0-3s:, [shot 1], Shot 1:
    [3-6s] Close-up. girl: "Hi there" [en] Camera pushes in on @mia.

Quotation marks may be straight, curly, angled or CJK brackets. Every error carries the character position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from phonofilm.errors import PromptError
from phonofilm.prompt.dialogue import Story, hear
from phonofilm.prompt.language import language_code
from phonofilm.prompt.script import Line, Script, Shot, clauses_of, mentions_of, print_script
from phonofilm.spec.request import MAX_CHARACTERS

_CLOSERS = {'"': '"\u201d', "\u201c": '\u201d"', "\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u300c": "\u300d", "\u300e": "\u300f"}
_PLAIN = str.maketrans({mark: "\u2018" for mark in "\u201c\u201e\u00ab\u300c\u300e"} | {mark: "\u2019" for mark in '"\u201d\u00bb\u300d\u300f'})
_INNER = str.maketrans('"\u201c\u201d', "'''")
_TIME = r"(\d{1,4}:\d\d(?:\.\d+)?|\d{1,6}(?:\.\d+)?)\s*(?:s|sec|secs|seconds|\u79d2)?"
_SPAN = rf"{_TIME}\s*(?:-|\u2013|\u2014|~|to|\u5230|\u81f3)\s*{_TIME}"
_TIMED = re.compile(rf"\s*{_SPAN}\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(?:(?:shot|scene|\u955c\u5934)\s*\d{1,3}|cut)\s*", re.IGNORECASE)
_BARE = re.compile(
    "(?:(?:shot|scene|\u955c\u5934)\\s*\\d{1,3}|(\\d{1,4}(?::\\d\\d)?(?:\\.\\d+)?)\\s*s?\\s*[-\u2013]\\s*(\\d{1,4}(?::\\d\\d)?(?:\\.\\d+)?)\\s*s(?:ec(?:onds)?)?)\\s*[:\uff1a]",
    re.IGNORECASE,
)
_TAG = re.compile(r"\s*\[\s*([^\[\]\s]{2,12})\s*\]|\s*\(\s*in\s+([^()\s]{2,12})\s*\)", re.IGNORECASE)
_SENTENCE_END = ".!?\u3002\uff01\uff1f\n"


@dataclass(kw_only=True)
class _Part:
    """A shot while it is read."""

    start: float | None = None
    end: float | None = None
    position: int
    words: str = ""
    lines: list[Line] = field(default_factory=list)


def parse(text: str) -> Script:
    """Read a prompt. ``parse(str(script)) == script`` for every script it returns.

    Raises PromptError, with the position, for an empty prompt, one over 5,000 characters, quotes or brackets that never close,
    empty, backwards or overlapping shots, and shots of which only some have times.
    """
    if len(text) > MAX_CHARACTERS:
        raise PromptError(f"the prompt has {len(text)} characters; shorten it to {MAX_CHARACTERS}", MAX_CHARACTERS)
    script = settled = _read(text)
    for _ in range(8):
        # Wording can come to look like a marker or a label once the dialogue before it is lifted out; reading the print settles it.
        printed = print_script(settled)
        if len(printed) > MAX_CHARACTERS:
            raise PromptError(f"the prompt written out in full has {len(printed)} characters; shorten it to {MAX_CHARACTERS}", len(text))
        again = _read(printed)
        if again == settled:
            return settled
        script = settled = again
    return script


def _read(text: str) -> Script:
    parts = _scan(text)
    preamble = parts[0]
    shots = parts[1:]
    if not shots:
        if not _has_words(preamble):
            raise PromptError("the prompt is empty; describe what to show", 0)
        return Script(shots=(_shot(preamble),))
    shots[0].lines[:0] = preamble.lines
    for part in shots:
        if not _has_words(part):
            raise PromptError("this shot is empty; describe it or remove its marker", part.position)
    _check_order(shots)
    return Script(shots=tuple(_shot(part) for part in shots), preamble=_clean(preamble.words))


def _scan(text: str) -> list[_Part]:
    """Walk the text once: markers open shots, quotations become lines or plain words, brackets are counted."""
    parts = [_Part(position=0)]
    story = Story(text)
    waiting = ""  # words since the last quotation or marker
    brackets: list[int] = []
    index = 0
    while index < len(text):
        character = text[index]
        marker = _marker(text, index)
        if marker:
            start, end, after = marker
            parts[-1].words += waiting.replace("\n", " ")
            waiting = ""
            parts.append(_Part(start=start, end=end, position=index))
            index = after
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
        else:
            if character in "(\uff08":
                brackets.append(index)
            elif character in ")\uff09" and brackets:
                brackets.pop()
            waiting += character.translate(_PLAIN)
            index += 1
    if brackets:
        raise PromptError("this bracket is never closed; add the closing one", brackets[0])
    parts[-1].words += waiting.replace("\n", " ")
    return parts


def _marker(text: str, index: int) -> tuple[float | None, float | None, int] | None:
    """(start, end, index behind it) of the shot marker that begins at ``index``, if one does."""
    if text[index] in "[\u3010":
        close = _matching(text, index)
        content = text[index + 1 : close - 1]
        timed = _TIMED.fullmatch(content)
        if not timed and not _NUMBERED.fullmatch(content):
            return None
        colon = re.compile("\\s*[:\uff1a]").match(text, close)
        after = colon.end() if colon else close
    else:
        if not (text[index].isdigit() or text[index] in "sS\u955c"):
            return None
        before = text[:index].rstrip(" \t")
        bare = _BARE.match(text, index)
        if not bare or (before and before[-1] not in _SENTENCE_END):
            return None
        timed, after = (bare if bare.group(1) else None), bare.end()
    if not timed:
        return None, None, after
    start, end = _seconds(timed.group(1)), _seconds(timed.group(2))
    if end <= start:
        raise PromptError(f"this shot runs backwards, from {start:g} s to {end:g} s; write the earlier time first", index)
    return start, end, after


def _quotation(text: str, index: int, close: int, waiting: str, part: _Part, story: Story) -> tuple[int, str]:
    """Put the quotation at ``index`` to ``close`` where it belongs; return the index behind it and the words still waiting."""
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
    part.words += heard.before.replace("\n", " ")
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


def _seconds(written: str) -> float:
    minutes, _, seconds = written.rpartition(":")
    return round(60 * int(minutes or 0) + float(seconds), 3)


def _has_words(part: _Part) -> bool:
    return bool(part.lines) or any(character.isalnum() for character in part.words)


def _check_order(shots: list[_Part]) -> None:
    if len({shot.start is None for shot in shots}) > 1:
        odd = next(shot for shot in shots if (shot.start is None) != (shots[0].start is None))
        raise PromptError("some shots have times and some have none; give every shot a time, or none", odd.position)
    for before, after in pairwise(shots):
        if after.start is None or before.end is None or before.start is None:
            continue
        if after.start < before.start:
            raise PromptError(f"this shot begins at {after.start:g} s, before the shot above it; put the shots in order", after.position)
        if after.start < before.end:
            raise PromptError(f"this shot begins at {after.start:g} s while the one before lasts to {before.end:g} s; let it begin there", after.position)


def _clean(words: str) -> str:
    """Single spaces; a stop where a labelled line of dialogue was lifted out between two sentences."""
    return " ".join(re.sub(r"([^\s.!?;:,\u3002\uff01\uff1f])\s*\n\s*(?=\S)", r"\1. ", words).split())


def _shot(part: _Part) -> Shot:
    text = _clean(part.words)
    mentions = mentions_of(text, part.position)
    return Shot(start=part.start, end=part.end, text=text, clauses=clauses_of(text), lines=tuple(part.lines), mentions=mentions, position=part.position)
