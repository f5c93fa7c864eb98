"""Everything in a text that may be a mark of a shot: found in one walk over the lines and one over the sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from phonofilm.prompt.shots import times
from phonofilm.prompt.shots.mark_words import (
    CUT,
    FOLLOWS,
    FRAMING,
    LOUD_CUT,
    NARRATED,
    STRANGERS,
    THEN_CUT,
)
from phonofilm.prompt.shots.marks import (
    BETWEEN,
    CLOSER,
    COLON,
    SLUG,
    TAG,
    Marker,
    bracketed,
    core,
    mark,
    parted,
    tagged,
    time_at,
)

_FIELD = re.compile(
    r"(?:duration|length|time(?:stamp|code)?|timing|时长|時長|时间|時間|길이|시간|長さ|duración|durée|dauer)\s*+[:：]\s*+[*_]*\s*+",
    re.I,
)
_ITEM = re.compile(
    r"\(?(?:(?P<n>\d{1,2}|[a-h]|[ivx]{1,4}|[一二三四五六七八九十])(?:\s*+[.)、"
    r"．:：/]|\s*+\)\s*+[.:]|\s*[-–—]\s|\s?[|\t])(?!\d)|"
    r"\((?P<m>\d{1,2})\)|（(?P<o>\d{1,2}|[一二三四五六七八九十])）|"
    r"\[?(?P<s>\d{1,2})/\d{1,2}(?:\]|(?=\s))|"
    r"#(?P<p>\d{1,2})\b[.:]?|(?P<q>[①-⑳❶-❿])|(?P<r>\d)\ufe0f?\u20e3)\s*+(?=\S)",
    re.I,
)
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"
_DECORATION = re.compile(
    rf"(?:[ \t>|]|[-*•‣▪●◦·・–—+]++(?=[ \t*_#\[【(（{_EMOJI}\w])|#{{1,6}}(?=["
    r" \t])|\*{1,3}|_{1,3}|`{1,3}|~{1,3}|"
    rf"[=═━─]{{2,}}|(?![①-⑳❶-❿])[{_EMOJI}])*"
)
_BEFORE_TIME = re.compile(
    r"(?:\d{1,3}[ \t]*+\n(?=\d\d:\d\d)|\(?\d{1,2}\s*+(?:[.)、|\t]\s++|[)、|\t](?=\D))|[①-⑳]\s*+|\d\ufe0f?\u20e3\s*+)?"
)
_SENTENCE = re.compile(r"(?:^|(?<=[.!?;。！？；…\n\"”」]))[ \t]*+")
_HEADING = re.compile(
    r"(?:#{1,6}[ \t]+(?P<marked>[^\n]{2,60})|(?:\*\*|__)(?P<bold>[^*_\n]{2,60})(?:\*\*|__)[:：]?|[–—-]+["
    r" \t]*+(?P<dashed>[^\n]{2,60}?)[ "
    r"\t]*[–—-]*|(?P<capital>[^\n]{3,40}?))[ \t]*+(?=\n|$)"
)
_RULE = re.compile(r"[ \t]*+(?:-{3,}|\*{3,}|={3,}|_{3,}|~{3,}|>{3,}|(?:\*[ \t]+){2,}\*)[ \t]*+(?=\n|$)")
_BULLET = re.compile(r"[ \t]*+[-*•‣▪●◦·・–—+→➡➤➔►▶✦✅]\ufe0f?[ \t]*+(?=\S)")
_ARROW = re.compile(r"(?<=[.!?。！？])[ \t]*+(?:->|=>|→|⇒|➔|➡\ufe0f?|//|\|\|?|>{2,3})[ \t]*+(?=\S)")


def candidates(text: str) -> list[Marker]:
    """Everything in ``text`` (of narrow digits, ``times.plain``) that may be a mark, by position, at most one at a
    place. Linear in its length."""
    kept: dict[int, Marker] = {}
    for marker in (*_by_line(text), *_by_sentence(text)):
        kept.setdefault(marker.position, marker)
    if not any(one.sure and one.kind in ("time", "label", "cut", "slug") for one in kept.values()):
        for marker in _named_alike(text):
            kept[marker.position] = marker
    return sorted(kept.values(), key=lambda one: one.position)


_ANY_NAME = re.compile(
    r"(?:^|"
    r"(?<=\n))[ \t>*_#•-]*+(?P<word>[^\W\d_][^\W\d_\u0300-\u036f]*+(?:[\u0e00-\u0e7f\u0900-\u097f]*+)(?: [^\W\d_]++)?)"
    r"[ \t]?[-_#]?(?P<n>\d{1,2})(?:[ \t]*+[*_]*[:：.)]|[ \t]+[-–—])"
    r"[ \t*_]*+(?![\"“「«\n])"
)


def _named_alike(text: str) -> list[Marker]:
    """Lines that begin with one word and a number that counts up from 1, whatever the word: "Adegan 1: ... Adegan 2:
    ...". No persons or references."""
    found: dict[str, list[Marker]] = {}
    for match in _ANY_NAME.finditer(text):
        word, number = match["word"].lower(), int(match["n"])
        group = found.setdefault(word, [])
        if number == len(group) + 1 and not STRANGERS.fullmatch(word):
            group.append(Marker(position=match.start(), end=match.end(), kind="label", number=number, sure=False))
    return next((group for group in found.values() if len(group) > 1), [])


def _by_line(text: str) -> Iterator[Marker]:
    at = 0
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        if text[at:stop].strip():
            marker = _line(text, at, stop)
            if marker is not None:
                yield marker
        at = stop + 1


def _line(text: str, at: int, stop: int) -> Marker | None:
    start = at + len(text[at:stop]) - len(text[at:stop].lstrip(" \t"))
    decorated = _DECORATION.match(text, at)
    inside = decorated.end() if decorated else at
    if slug := SLUG.match(text, inside):
        return _slugged(Marker(position=start, end=slug.end(), kind="slug"), slug)
    if cut := LOUD_CUT.match(text, inside) or CUT.match(text, inside):
        return Marker(position=start, end=cut.end(), kind="cut")
    if told := NARRATED.match(text, inside):
        return _told(told, start)
    if rule := _RULE.match(text, at):
        return Marker(position=start, end=rule.end(), kind="rule")
    if field := _FIELD.match(text, inside):
        timed = core(text, field.end())
        if timed is not None and timed.number is None:
            return replace(timed, position=start, kind="field", start=None if timed.length is not None else timed.start)
    before = _BEFORE_TIME.match(text, inside)
    for begin in dict.fromkeys((before.end() if before else inside, inside)):
        if begin > inside and begin < len(text) and text[begin] == "\n":
            continue
        marker = mark(text, begin, first=True)
        if marker is not None:
            if marker.kind == "label" and (slug := SLUG.match(text, marker.end)):
                marker = _slugged(replace(marker, end=slug.end()), slug)
            return replace(marker, position=start)
    if (item := _ITEM.match(text, inside)) and item.end() < len(text):
        said = next(value for value in item.groups() if value)
        return Marker(position=start, end=item.end(), kind="item", number=times.count(said), title="")
    if framing := FRAMING.match(text, inside):
        between = BETWEEN.match(text, framing.end())
        timed = time_at(text, between.end(), len(text)) if between and between.end() > framing.end() else None
        closing = CLOSER.match(text, timed.end) if timed else None
        behind = closing.end() if closing else timed.end if timed else framing.end()
        colon = COLON.match(text, behind) or re.compile(r"[ \t]*+(?:[-–—|]|\*\*)[ \t]++").match(text, behind)
        if colon and colon.end() < len(text) and (timed is None or timed.stop is not None or timed.length is not None):
            found = Marker(position=start, end=colon.end(), kind="framing", title=framing.group())
            return found if timed is None else replace(found, start=timed.start, stop=timed.stop, length=timed.length)
    if (heading := _HEADING.match(text, start)) and heading.end() >= stop:
        title = next(value for value in heading.groups() if value).strip(" :：*_")
        loud = title.isupper() and any(letter.isalpha() for letter in title)
        if (heading["capital"] is None and (loud or heading["dashed"] is None)) or (loud and len(title.split()) < 6):
            return Marker(
                position=start, end=heading.end(), kind="heading", title=title, sure=heading["capital"] is None
            )
    if (bullet := _BULLET.match(text, at)) and bullet.end() < stop:
        return Marker(position=start, end=bullet.end(), kind="bullet")
    return None


def _by_sentence(text: str) -> Iterator[Marker]:
    for match in re.finditer(r"[\[【]", text):
        marker = bracketed(text, match.start())
        if marker is not None and (marker.kind != "time" or not marker.point or marker.sure):
            yield marker
    for match in THEN_CUT.finditer(text):
        yield Marker(position=match.start(), end=match.end(), kind="cut")
    for match in TAG.finditer(text):
        yield tagged(match)
    for match in _ARROW.finditer(text):
        yield Marker(
            position=match.start() + len(match.group()) - len(match.group().lstrip()), end=match.end(), kind="arrow"
        )
    for match in _SENTENCE.finditer(text):
        at = match.end()
        if at >= len(text) or text[at] == "\n":
            continue
        if cut := LOUD_CUT.match(text, at) or CUT.match(text, at):
            yield Marker(position=at, end=cut.end(), kind="cut")
            continue
        if told := NARRATED.match(text, at):
            yield _told(told, at)
            continue
        marker = mark(text, at, first=False)
        if marker is not None:
            yield marker
        elif (item := _ITEM.match(text, at)) and text[item.end() : item.end() + 1].strip():
            yield Marker(
                position=at,
                end=item.end(),
                kind="item",
                number=times.count(next(value for value in item.groups() if value)),
            )


def _slugged(marker: Marker, slug: re.Match[str]) -> Marker:
    """A mark with the words of the slugline it holds, a time among them taken out."""
    title, timed = parted(slug["title"].strip(" ."))
    title = re.sub(r"\s++[-–—]+\s++", ", ", title)
    return (
        replace(marker, title=title)
        if timed is None
        else replace(marker, title=title, start=timed.start, stop=timed.stop, length=timed.length)
    )


def _told(match: re.Match[str], at: int) -> Marker:
    goes_on = FOLLOWS.match(match["which"]) is not None
    return Marker(
        position=at,
        end=match.end(),
        kind="ordinal",
        sure=goes_on and match.group().rstrip()[-1] in ",:",
        goes_on=goes_on,
    )
