"""What may be a mark of a shot, read at its place (``candidates`` finds the places). Which of them divide the text,
``markers`` decides.

A mark is decoration (bullet, heading, emoji, bold), then a label with a number, a time, or both in either order, then
an end (colon, dash, line).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from phonofilm.prompt.shots import times
from phonofilm.prompt.shots.mark_words import (
    CUT_IN,
    FOLLOWS,
    FRAMING,
    LABEL,
    ORDINAL,
    SAME_AGAIN,
)
from phonofilm.prompt.shots.times import CLOCK, LENGTH, NUMBER, SPAN, UNIT

MOST_TITLE = 100
"""Characters of a title inside a mark's brackets."""

_TIME_WORD = re.compile(
    r"(?:from|between|time(?:stamp|code)?|tc|timing|dur(?:ation)?|(?:at\s+|del\s+|desde\s+el\s+|from\s+)?(?P<nth>seconds?|secs?|segundos?|secondes?|sekunden?|"
    r"секунд[аы]?)|de|von|desde|entre|t\s*+[=:]|从|從|时间|時間)\s*+[:：]?\s*+(?=[\d第])",
    re.I,
)
_SPAN = re.compile(SPAN.replace(r"(?:-->", r"(?:-->|and|und|et|y"), re.I)
_STAMP = re.compile(
    rf"(?:(?:at(?:\s+the)?|after|@|t\s*+[=+]|a los|à|bei)\s*+)"
    rf"(?:(?P<clock>{CLOCK})|(?P<number>{NUMBER})\s*+-?{UNIT})(?:\s*+mark)?|"
    rf"(?P<into>{NUMBER})\s*+{UNIT}\s*+in(?:to it)?(?=,)",
    re.I,
)
_NTH = re.compile(rf"第\s*+(?P<number>{NUMBER})\s*+秒")
_LENGTH_SAID = re.compile(
    rf"(?:(?:(?:for|in|during|over)\s++)?(?:the\s++)?(?:first|opening|next|following|last|final|then)|primeros|siguientes|últimos|premières|prochaines|"
    rf"dernières|erste|nächste|letzte|前|接下来|接下來|后|後|最后|最後|次の|最初の|最後の|첫|처음|다음|마지막)\s*+{LENGTH}"
    rf"|(?:les?|las?|los|die|der|in\s+den)\s+{LENGTH.replace('<length>', '<length1>').replace(UNIT, '')}"
    rf"(?:premi[eè]re?s|derni[eè]re?s|prochaine?s|suivante?s|primer[ao]s|siguientes|últim[ao]s)\s+(?:secondes|segundos)"
    rf"|(?:die|den|in\s+den)\s+(?:ersten|nächsten|letzten|folgenden)\s+{LENGTH.replace('<length>', '<length2>')}",
    re.I,
)
_FRAMES = re.compile(r"frames?\s*+(?P<start>\d{1,5})\s*+(?:-|–|—|to)\s*+(?P<stop>\d{1,5})", re.I)
_ASIDE = re.compile(r"[ \t]*+[(（](?P<title>[^()（）\n]{1,60})[)）]")
_POINT = re.compile(rf"(?P<clock>{CLOCK})|{LENGTH}", re.I)
SLUG = re.compile(
    r"(?:(?:INT|EXT|INT\.?\s?/\s?EXT|EXT\.?\s?/\s?INT|I/E|EST)\b[.:\s/]|(?i:int|ext)\.)\s*+(?P<title>[^\n]{1,100})"
)
TAG = re.compile(r"<(?P<name>shot|scene|clip|cut|segment|beat)\s?\d{0,2}\b(?P<more>[^<>\n]{0,80})>", re.I)
_UNNAMED_SPAN = re.sub(r"\(\?P<\w+>", "(?:", SPAN)
_ATTRIBUTE = re.compile(
    rf"\b(start|from|begin|end|to|stop|duration|length|time)\s*+=\s*+[\"']?\s*+({_UNNAMED_SPAN}|{CLOCK}|{NUMBER})", re.I
)
BETWEEN = re.compile(
    r"[ \t]*+(?:[*_]{1,3}[ \t]*+)?(?:[-–—,，|·•:：(（\[【/~@]|\n(?=[ \t]*+[\[(（【]?\d))?[ \t]*+(?:[*_]{1,3}["
    r" \t]*+)?[(（\[【]?\s*+"
)
CLOSER = re.compile(r"[ \t]*+[)\]）】]")
_TERMINATOR = re.compile(
    r"[ \t]*+[*_]{0,3}[ \t]*+(?:(?:[:：.。|>»;；…•]|=>|->|→|[=)~/](?=\s))+|[-–—](?=[\s*+_])|(?=\n)|$)[ \t]*+[*_]{0,3}["
    r" \t]*+(?:[-–—|]\s++)?"
)
_WRAPPED = re.compile(r"[ \t]*+(?:[*_`~]{1,3}|[=═━─–—-]{2,}+)[ \t]*+[:：.]?(?:[ \t]*+[-–—|](?=\s))?[ \t]*+")
"""What closes a mark that decoration opened: "*Shot 2*", "=== Shot 2 ==="."""
_CLOSES = "*_`~=═━─-–—"
COLON = re.compile(r"[ \t]*+[*_]{0,3}[ \t]*+[:：][ \t]*+[*_]{0,3}[ \t]*+")
_OPEN = {
    "[": "]",
    "【": "】",
    "(": ")",
    "（": "）",
    "<": ">",
    "〈": "〉",
    "《": "》",
    "{": "}",
    "〔": "〕",
    "〖": "〗",
    "「": "」",
    "«": "»",
}
_QUOTES = "「«"
_RUNS_ON = re.compile(rf"{_UNNAMED_SPAN}|0?0:[0-5]\d(?![\d:])", re.I)
"""Times that begin a sentence within a line, with nothing behind them: "0:00-0:02 A dog runs. 0:02-0:05 A cat sleeps."
Moments of a day are none of them."""
_THEN = re.compile(r"[ \t]*+(?:[-–—|:][ \t]++)?(?=[^\W\d_]|[\"“「«@])")


@dataclass(frozen=True, kw_only=True)
class Marker:
    """One mark that opens a shot."""

    position: int
    end: int
    """Index behind it: the shot's words begin here."""
    kind: str
    """time | label | ordinal | cut | slug | told | item | heading | framing | rule | bullet | arrow | field"""
    start: float | None = None
    stop: float | None = None
    """Seconds of the clip."""
    length: float | None = None
    """Seconds the shot lasts, where only that is said."""
    title: str = ""
    """Words of the mark that describe the shot."""
    number: int | None = None
    sure: bool = True
    """Counts by itself; otherwise only in company."""
    goes_on: bool = False
    """Does it say that something came before ("Then:", "Final shot:")?"""
    point: bool = False
    """``start`` may as well be a length ("3s:")."""


def parted(title: str) -> tuple[str, Marker | None]:
    """A title without the time that is one of its parts, and that time: "Wide, 3s" -> "Wide", 3 s."""
    for part in re.finditer(r"[^,，|/·()（）\[\]]+?(?=\s*(?:[,，|/·()（）\[\]]|$)|\s[-–—]\s)", title):
        words = re.sub(r"^\s*+(?:[-–—]\s+)?", "", part.group())
        begin = part.end() - len(words)
        timed = time_at(title, begin, len(title)) if any(letter.isdigit() for letter in words) else None
        if timed is not None and timed.end >= part.end() and (timed.stop is not None or timed.length is not None):
            left = (title[:begin].rstrip(" ,，|/·(（[-–—"), title[timed.end :].lstrip(" ,，|/·)）]-–—"))
            return ", ".join(words for words in left if words), timed
    return title, None


_TITLED = re.compile(
    r"[ \t]*+(?P<title>[^\n:：.。!?()（）\[\]【】\"“]{1,60}?)[ \t]*+[-–—,，|/·(（\[【@]++["
    rf" \t]*+(?P<time>{_UNNAMED_SPAN}|{CLOCK}|"
    rf"{NUMBER}\s*+{UNIT})[ \t]*+[)）\]】]?"
    r"(?:[ \t]*+[*_]{0,3}[ \t]*+(?:[:：|][ \t]*+[*_]{0,3}|(?=\n)|$|[-–—][ \t]))[ \t]*+",
    re.I,
)
_BOLD_TITLE = re.compile(r"[ \t]*+(?P<title>[^\n*.]{1,60}?)\*\*[ \t]*+[:：]?(?=[ \t]*+\n)")


def _titled(text: str, marker: Marker) -> Marker:
    """A label with the title and the time behind it: "Shot 1 - The wave (0-3s):"."""
    if marker.kind != "label" or marker.start is not None or marker.length is not None:
        return marker
    if marker.title:
        title, timed = parted(marker.title)
        return (
            marker
            if timed is None
            else replace(marker, title=title, start=timed.start, stop=timed.stop, length=timed.length)
        )
    if (titled := _TITLED.match(text, marker.end)) and (
        timed := time_at(text, titled.start("time"), len(text))
    ) is not None:
        return replace(
            marker,
            end=titled.end(),
            title=titled["title"].strip(" *_"),
            start=timed.start,
            stop=timed.stop,
            length=timed.length,
        )
    if "**" in text[max(0, marker.position - 2) : marker.position + 2] and (
        bold := _BOLD_TITLE.match(text, marker.end)
    ):
        return replace(marker, end=bold.end(), title=bold["title"].strip())
    return marker


def _framed(text: str, marker: Marker) -> Marker:
    """A time with the framing behind it: "0-3s (Wide shot):", "0-3s [Wide]"."""
    if marker.title or marker.kind != "time" or (marker.point and not marker.sure):
        return marker
    opened = re.compile(r"[ \t]*+[(（\[【|]?[ \t]*+").match(text, marker.end)
    framing = FRAMING.match(text, opened.end()) if opened else None
    if opened is None or framing is None:
        return marker
    bracket = text[marker.end : opened.end()].strip()
    closing = re.compile(r"[ \t]*+[)）\]】|][ \t]*+[:：]?" if bracket else r"[ \t]*+[:：|]").match(text, framing.end())
    return replace(marker, end=closing.end(), title=framing.group()) if closing else marker


def tagged(match: re.Match[str]) -> Marker:
    if match["name"].lower() == "cut" and not match["more"].strip(" /"):
        return Marker(position=match.start(), end=match.end(), kind="cut")
    start = stop = length = None
    for key, value in _ATTRIBUTE.findall(match["more"]):
        span = _SPAN.fullmatch(value)
        if span and span["stop"]:
            start, stop = times.seconds(span["start"]), times.seconds(span["stop"])
        elif key.lower() in ("start", "from", "begin"):
            start = times.seconds(value)
        elif key.lower() in ("end", "to", "stop"):
            stop = times.seconds(value)
        else:
            length = times.seconds(value)
    return Marker(position=match.start(), end=match.end(), kind="label", start=start, stop=stop, length=length)


def mark(text: str, at: int, *, first: bool) -> Marker | None:
    """A mark that begins at ``at``, ``first`` on its line or at the beginning of a sentence."""
    if at >= len(text):
        return None
    if text[at] in _OPEN:
        found = bracketed(text, at, first=True)
        return None if found is None else _framed(text, _titled(text, found))
    if (
        first
        and text[at : at + 3].lower() == "in "
        and (found := core(text, at + 3)) is not None
        and found.kind == "label"
    ):
        comma = re.compile(r"\s*+[,:]\s*+").match(text, found.end)
        return replace(found, position=at, end=comma.end(), sure=False) if comma else None
    found = core(text, at)
    if found is not None:
        return _closed(text, at, found, first)
    return _ordinal(text, at, first)


def _closed(text: str, at: int, found: Marker, first: bool) -> Marker | None:
    """A label or a time with what closes it; None where it closes nothing that a mark closes."""
    ended = (_TERMINATOR if first else COLON).match(text, found.end)
    if (
        first
        and text[max(0, at - 4) : at].strip()[-1:] in tuple(_CLOSES)
        and (wrapped := _WRAPPED.match(text, found.end))
    ):
        ended = wrapped
    elif (
        found.kind == "label" and ended is None and (found.stop is not None or (found.start is not None and not first))
    ):
        return replace(found, end=found.end)
    elif (
        not first
        and ended is None
        and found.kind == "label"
        and found.sure
        and text[found.end - 1 : found.end].isdigit()
    ):
        ended = re.compile(r"\.[ \t]++(?=[A-Z\u2e80-\uffef])").match(text, found.end)
    after = ended.end() if ended else found.end
    following = text[found.end : found.end + 3].lstrip(" \t")[:1]
    if ended is not None:
        bare = found.kind == "time" and not first and found.point
        if bare:
            return None
        return _framed(
            text,
            _titled(text, replace(found, end=after, sure=found.sure and (found.kind != "time" or not found.point))),
        )
    if found.kind == "label" and (titled := _titled(text, found)) is not found:
        return titled
    if (
        found.kind == "label"
        and first
        and found.number is not None
        and text[found.end - 1].isdigit()
        and (following.isupper() or following > "\u2e80")
    ):
        return replace(found, sure=False)
    comma = re.compile(r"\s*+[,，、]\s*+").match(text, found.end)
    if found.kind == "time" and first:
        return _framed(text, replace(found, end=comma.end() if comma else found.end, sure=False))
    if found.kind == "time" and not first and _RUNS_ON.match(text, at) and (then := _THEN.match(text, found.end)):
        return _titled(text, replace(found, end=then.end(), sure=False))
    if (
        found.kind == "time"
        and comma
        and (_STAMP.match(text, at) or _TIME_WORD.match(text, at) or _LENGTH_SAID.match(text, at))
    ):
        return replace(found, end=comma.end(), sure=found.sure and found.start != 0)
    return None


def _ordinal(text: str, at: int, first: bool) -> Marker | None:
    """ "First: ...", "Finally, ...": what comes in order, with a time behind it or none."""
    said = ORDINAL.match(text, at)
    if said is None or text[said.end() : said.end() + 1].isalpha():
        return None
    behind, timed = said.end(), None
    if (
        (between := BETWEEN.match(text, behind))
        and between.end() > behind
        and (timed := time_at(text, between.end(), len(text))) is not None
    ):
        closing = CLOSER.match(text, timed.end)
        behind = closing.end() if closing else timed.end
    colon = COLON.match(text, behind)
    if colon and colon.end() < len(text):
        said_so = timed is not None and (timed.stop is not None or timed.length is not None)
        goes_on = FOLLOWS.match(said.group()) is not None
        sure = " " in said.group() or said_so or (goes_on and first and at > 0)
        marker = Marker(position=at, end=colon.end(), kind="ordinal", sure=sure, goes_on=goes_on)
        return marker if timed is None else replace(marker, start=timed.start, stop=timed.stop, length=timed.length)
    if first and said.group() > "\u2e80" and (comma := re.compile(r"[，、]").match(text, said.end())):
        return Marker(position=at, end=comma.end(), kind="told", sure=False)
    return None


def core(text: str, at: int, limit: int | None = None) -> Marker | None:
    """A label, a time, or both in either order, without what closes them."""
    limit = len(text) if limit is None else limit
    marker, here, labelled, timed = Marker(position=at, end=at, kind=""), at, False, False
    for step in range(2):
        begin = here
        if step:
            between = BETWEEN.match(text, here, limit)
            begin = between.end() if between else here
        label = None if labelled else LABEL.match(text, begin, limit)
        if not timed and _FRAMES.match(text, begin, limit):
            label = None
        if (
            label is not None
            and (number := times.count(label["n"] or label["m"] or label["k"])) is not None
            and not (step and begin == here)
        ):
            marker, here, labelled = replace(marker, number=number, kind="label"), label.end(), True
            again = SAME_AGAIN.match(text, here, limit)
            if (
                again
                and (second := LABEL.match(text, again.end(), limit))
                and (inner := times.count(second["n"] or second["m"] or second["k"])) is not None
            ):
                marker, here = replace(marker, number=inner), second.end()
        elif not timed and (time := time_at(text, begin, limit)) is not None and not (step and begin == here):
            length = time.length
            start = time.start
            if labelled and time.point:
                start = None if length is not None else start
            elif time.point and length is not None:
                start = length
            marker = replace(
                marker,
                start=start,
                stop=time.stop,
                length=length,
                point=time.point and not labelled,
                kind=marker.kind or "time",
                sure=time.sure,
            )
            here, timed = time.end, True
        else:
            break
        closing = CLOSER.match(text, here, limit)
        if step and closing and re.search(r"[(\[【（]", text[at:here]):
            here = closing.end()
    if labelled and not timed and limit == len(text) and (aside := _ASIDE.match(text, here)):
        marker, here = replace(marker, title=aside["title"].strip()), aside.end()
        between = BETWEEN.match(text, here, limit)
        if between and (time := time_at(text, between.end(), limit)) is not None and time.stop is not None:
            marker, here = replace(marker, start=time.start, stop=time.stop), time.end
    return (
        _titled(text, replace(marker, end=here))
        if marker.kind and marker.title
        else replace(marker, end=here)
        if marker.kind
        else None
    )


def time_at(text: str, at: int, limit: int) -> Marker | None:
    word = _TIME_WORD.match(text, at, limit)
    begin = word.end() if word else at
    if (span := _SPAN.match(text, begin, limit)) and (
        span["unit1"]
        or span["unit2"]
        or span["end"]
        or ":" in span["start"]
        or word
        or limit < len(text)
        or COLON.match(text, span.end())
    ):
        sure = bool(span["unit1"] or span["unit2"] or ":" in span["start"] or limit < len(text))
        begins, ends = span["start"], span["stop"]
        if ends and re.fullmatch(r"0\d\.\d\d", begins) and re.fullmatch(r"0\d\.\d\d", ends):
            begins, ends = begins.replace(".", ":"), ends.replace(".", ":")
        stop = None if span["end"] else times.seconds(ends)
        return Marker(position=at, end=span.end(), kind="time", start=times.seconds(begins), stop=stop, sure=sure)
    if frames := _FRAMES.match(text, at, limit):
        return Marker(
            position=at,
            end=frames.end(),
            kind="time",
            start=round(int(frames["start"]) / 24, 3),
            stop=round(int(frames["stop"]) / 24, 3),
        )
    for pattern in (_STAMP, _NTH):
        if stamp := pattern.match(text, at, limit):
            said = stamp.groupdict()
            said["number"] = said["number"] or said.get("into")
            told = re.match(r"\s*+[,:，：]", text[stamp.end() : stamp.end() + 4]) is not None and limit == len(text)
            return Marker(
                position=at,
                end=stamp.end(),
                kind="time",
                start=times.seconds(said.get("clock") or said["number"]),
                sure=told,
            )
    if length := _LENGTH_SAID.match(text, at, limit):
        return Marker(
            position=at,
            end=length.end(),
            kind="time",
            length=times.seconds(length["length"] or length["length1"] or length["length2"]),
            sure=False,
        )
    if word and word["nth"] and (number := re.compile(rf"{NUMBER}(?=\s*+[:：,，])").match(text, begin, limit)):
        return Marker(position=at, end=number.end(), kind="time", start=times.seconds(number.group()), sure=False)
    if point := _POINT.match(text, begin, limit):
        clock = point["clock"]
        start, length_ = (times.seconds(clock), None) if clock else (None, times.seconds(point["length"]))
        return Marker(position=at, end=point.end(), kind="time", start=start, length=length_, point=True, sure=False)
    return None


def bracketed(text: str, at: int, *, first: bool = False) -> Marker | None:
    """A mark in brackets at ``at``."""
    close = text.find(_OPEN[text[at]], at + 1, at + MOST_TITLE + 2)
    if close < 0 or "\n" in text[at:close]:
        return None
    if text[at] == "<" and (tag := TAG.match(text, at)):
        return tagged(tag)
    begin = at + 1 + len(text[at + 1 : close]) - len(text[at + 1 : close].lstrip(" *"))
    colon = COLON.match(text, close + 1) or re.compile(r"[ \t]*+[*_]{0,3}(?:[ \t]*+[-–—|][ \t]+)?").match(
        text, close + 1
    )
    end = colon.end() if colon else close + 1
    inner = text[begin:close].strip(" *")
    if text[at] not in _QUOTES and (cut := CUT_IN.fullmatch(inner)):
        return Marker(position=at, end=end, kind="cut", title=(cut["title"] or "").strip())
    square = text[at] in "[【"
    if slug := SLUG.fullmatch(inner):
        return Marker(position=at, end=end, kind="slug", title=slug["title"])
    found = core(text, begin, close)
    if found is not None:
        rest = text[found.end : close]
        title = rest.strip(" \t*:：,，|/·•-–—.()（）")
        separated = not title or re.match(r"\s*+[:：,，|/·•\-–—.(（]", rest) is not None
        bare = found.kind == "time" and found.stop is None and found.length is None and not title
        if text[at] in _QUOTES and (title or not (first and found.sure)):
            return None
        if not separated and not (found.kind == "time" and found.sure):
            return None
        if found.kind == "time" and found.point and not (square or first):
            return None
        if not square and not first and found.kind == "time":
            return None
        found = _titled(text, replace(found, title=title))
        return replace(
            found, position=at, end=end, sure=(found.sure or found.kind == "label") and not (bare and found.point)
        )
    if first or square:
        if (said := ORDINAL.fullmatch(inner)) and (" " in inner or square):
            return Marker(position=at, end=end, kind="ordinal", sure=" " in said.group())
        if first and inner.isdigit() and int(inner) < 100 and text[at] != "<":
            return Marker(position=at, end=end, kind="item", number=int(inner))
        if first and (framing := FRAMING.fullmatch(inner)):
            return Marker(position=at, end=end, kind="framing", title=framing.group())
    return None
