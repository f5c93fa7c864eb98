"""What may be a mark of a shot: found in one walk over the lines and one over the sentences. Which of them divide the text, ``markers`` decides.

A mark is decoration (bullet, heading, emoji, bold), then a label with a number, a time, or both in either order, then an end (colon, dash, line).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from phonofilm.prompt import times
from phonofilm.prompt.times import CLOCK, COUNT, LENGTH, NUMBER, SPAN, UNIT

MOST_TITLE = 100
"""Characters of a title inside a mark's brackets."""

_NAMES = (
    r"(?:camera\s++|key\s*+)?shots?|cam(?:era)?s?|(?:s|sh|c|p)(?=\d)|scenes?|sc|clips?|cuts?|beats?|frames?|panels?|parts?|segments?|sequences?|seq|steps?|"
    r"takes?|acts?|sections?|moments?|chapters?|phases?|stages?|slides?|vignettes?|"
    r"plano|toma|escena|corte|cuadro|parte|secuencia|plan|scène|séquence|prise|partie|szene|einstellung|aufnahme|bild|schnitt|teil|abschnitt|kapitel|"
    r"кадр|сцена|план|дубль|эпизод|часть|cena|tomada|scena|inquadratura|ripresa|"
    r"分镜头|分鏡頭|镜头|鏡頭|分镜|分鏡|镜号|鏡號|镜|鏡|场景|場景|画面|畫面|片段|场次|場次|段落|场|場|幕|段|カット|シーン|ショット|場面|コマ|パート|"
    r"クリップ|장면|컷|씬|샷|쇼트|클립|파트"
)
_COUNTED = r"分镜头|分鏡頭|镜头|鏡頭|分镜|分鏡|镜|鏡|场景|場景|画面|畫面|片段|场|場|幕|段落|段|カット|シーン|ショット|場面|コマ|장면|컷|씬"
_LABEL = re.compile(
    rf"(?:(?:{_NAMES})\s*+(?:#|№|n[°º]|no\.|nr\.)?\s*+[-_]?\s*+(?P<n>{COUNT})(?:\s*+(?:/|of\s|von\s|de\s|sur\s)\s*+\d{{1,3}})?|第\s*+(?P<m>{COUNT})\s*+(?:个|個|组|"
    rf"組)?\s*+(?:{_COUNTED}))", re.I
)
_TIME_WORD = re.compile(r"(?:from|between|time(?:stamp|code)?|timing|seconds?|secs?|de|von|desde|entre|t\s*+=|时间|時間)\s*+[:：]?\s*+(?=[\d第])", re.I)
_SPAN = re.compile(SPAN.replace(r"(?:-->", r"(?:-->|and|und|et|y"), re.I)
_STAMP = re.compile(rf"(?:(?:at|@|t\s*+[=+]|a los|à|bei)\s*+)(?:(?P<clock>{CLOCK})|(?P<number>{NUMBER})\s*+{UNIT})(?:\s*+mark)?", re.I)
_NTH = re.compile(rf"第\s*+(?P<number>{NUMBER})\s*+秒")
_LENGTH_SAID = re.compile(
    rf"(?:(?:(?:for|in|during|over)\s++)?(?:the\s++)?(?:first|opening|next|following|last|final|then)|primeros|siguientes|últimos|premières|prochaines|"
    rf"dernières|erste|nächste|letzte|前|接下来|接下來|后|後|最后|最後|次の|最初の|最後の|첫|다음|마지막)\s*+{LENGTH}",
    re.I,
)
_FRAMES = re.compile(r"frames?\s*+(?P<start>\d{1,5})\s*+(?:-|–|—|to)\s*+(?P<stop>\d{1,5})", re.I)
_ASIDE = re.compile(r"[ \t]*+[(（](?P<title>[^()（）\n]{1,60})[)）]")
_POINT = re.compile(rf"(?P<clock>{CLOCK})|{LENGTH}", re.I)
_FIELD = re.compile(r"(?:duration|length|time(?:stamp|code)?|timing|时长|時長|时间|時間|길이|시간|長さ|duración|durée|dauer)\s*+[:：]\s*+[*_]*\s*+", re.I)
_ORDINAL = re.compile(
    r"(?:(?:the\s++)?(?:first|second|third|fourth|fifth|final|last|opening|closing|ending|next|middle)\s++(?:shot|scene|clip|beat|frame|part|moment|cut|image|"
    r"section)"
    r"|(?:start|end|first|last)\s++frame|start|beginning|opening|closing|intro|middle|mid|ending|end|outro|finale|climax|hook|reveal|setup|payoff|cta|then|"
    r"next|finally|first|second|third|last(?:ly)?"
    r"|inicio|principio|medio|mitad|final|fin|début|milieu|anfang|mitte|ende|schluss|начало|середина|конец"
    r"|开头|开场|開場|开始|中间|中間|结尾|結尾|最后|最後|首先|然后|然後|接着|接著|片头|片尾|冒頭|最初|中盤|終盤|次に?|オープニング|エンディング|시작|중간|"
    r"끝|마지막|처음)",
    re.I,
)
CUT = re.compile(
    r"(?:(?:we|hard|smash|match|jump|quick|sharp|whip|then|and)[ -])?(?:(?:cut|dissolve|cross-?fade|cross[ -]dissolve|fade|transition|wipe|switch)(?:s|"
    r"ting)?\s++(?:in)?to\b(?:\s*+[:：])?|cut\s*+[:：]|(?:hard|smash|match|jump|quick)\s++cut\s*+[.:])"
    r"(?!\s*+(?:black|white|dark|silence|the\s++(?:beat|rhythm|music|end)|a\s++(?:black|white)))\s*+"
    r"|(?:画面|畫面|镜头|鏡頭)?(?:切换(?:到|至|为)?|切換(?:到|至)?|切到|切至|转场到?|轉場到?|切镜)\s*+[:：，,]?\s*+|場面転換\s*+[:：、。]?\s*+|(?:corte a|"
    r"coupe sur|cut sur|schnitt (?:auf|zu)|"
    r"переход к)\s*+[:：]?\s*+",
    re.I,
)  # fmt: skip
_CUT_IN = re.compile(r"(?:hard |smash |jump |match )?cut(?: to)?|scene change|new shot|next shot|切|转场|カット|컷", re.I)
_FRAMING = re.compile(
    r"(?:(?:extreme|medium|super|very|tight)[ -])?(?:wide|close[- ]?up|long|medium|establishing|full|macro|aerial|drone|pov|low[- ]angle|high[- ]angle|"
    r"over[- ]the[- ]shoulder|detail|insert|hero|tracking|overhead|two|ws|cu|ms|ecu|ews|mcu)"
    r"(?:[ -](?:shot|view|angle|close[- ]?up))?",
    re.I,
)
_SLUG = re.compile(r"(?:INT|EXT|INT\.?\s?/\s?EXT|EXT\.?\s?/\s?INT|I/E|EST)\b[.:\s/]\s*+(?P<title>[^\n]{1,100})")
_TAG = re.compile(r"<(?:shot|scene|clip|cut|segment|beat)\b(?P<more>[^<>\n]{0,80})>", re.I)
_UNNAMED_SPAN = re.sub(r"\(\?P<\w+>", "(?:", SPAN)
_ATTRIBUTE = re.compile(
    rf"\b(start|from|begin|end|to|stop|duration|length|time)\s*+=\s*+[\"']?\s*+({_UNNAMED_SPAN}|{CLOCK}|{NUMBER})", re.I
)
_ITEM = re.compile(r"\(?(?:(?P<n>\d{1,2}|[a-h]|[ivx]{1,4})\s*+(?:[.)、．:：]|\)\s*+[.:]|\s[-–—]\s|\s?[|\t])(?!\d)|\((?P<m>\d{1,2})\)|（(?P<o>\d{1,2})）|"
    r"#(?P<p>\d{1,2})\b[.:]?|(?P<q>[①-⑳❶-❿])|(?P<r>\d)\ufe0f?\u20e3)\s*+(?=\S)", re.I)
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"
_DECORATION = re.compile(rf"(?:[ \t>|]|[-*•‣▪●◦·–—+]++(?=[ \t*_#\[【(（{_EMOJI}\w])|#{{1,6}}(?=[ \t])|\*{{1,3}}|_{{2,3}}|(?![①-⑳❶-❿])[{_EMOJI}])*")
_BEFORE_TIME = re.compile(r"(?:\d{1,3}[ \t]*+\n(?=\d\d:\d\d)|\(?\d{1,2}\s*+(?:[.)、|\t]\s++|[)、|\t](?=\D))|[①-⑳]\s*+|\d\ufe0f?\u20e3\s*+)?")
_BETWEEN = re.compile(r"[ \t]*+(?:[*_]{1,3}[ \t]*+)?(?:[-–—,，|·:：(（\[【/]|\n(?=[ \t]*+[\[(（【]?\d))?[ \t]*+(?:[*_]{1,3}[ \t]*+)?[(（\[【]?\s*+")
_CLOSER = re.compile(r"[ \t]*+[)\]）】]")
_TERMINATOR = re.compile(r"[ \t]*+[*_]{0,3}[ \t]*+(?:(?:[:：.。|>»]|=>|->|→)+|[-–—](?=[\s*+_])|(?=\n)|$)[ \t]*+[*_]{0,3}[ \t]*+(?:[-–—|]\s++)?")
COLON = re.compile(r"[ \t]*+[*_]{0,3}[ \t]*+[:：][ \t]*+[*_]{0,3}[ \t]*+")
_OPEN = {"[": "]", "【": "】", "(": ")", "（": "）", "<": ">", "〈": "〉", "《": "》", "{": "}", "〔": "〕"}
_SENTENCE = re.compile(r"(?:^|(?<=[.!?。！？…\n\"”」]))[ \t]*+")
_HEADING = re.compile(r"(?:#{1,6}[ \t]+(?P<marked>[^\n]{2,60})|(?:\*\*|__)(?P<bold>[^*_\n]{2,60})(?:\*\*|__)[:：]?|[–—-]+[ \t]*+(?P<dashed>[^\n]{2,60}?)[ "
    r"\t]*[–—-]*|(?P<capital>[^\n]{3,40}?))[ \t]*+(?=\n|$)")
_RULE = re.compile(r"[ \t]*+(?:-{3,}|\*{3,}|={3,}|_{3,}|~{3,}|(?:\*[ \t]+){2,}\*)[ \t]*+(?=\n|$)")
_BULLET = re.compile(r"[ \t]*+[-*•‣▪●◦·–—+→➤➔►▶✦✅][ \t]*+(?=\S)")
_ARROW = re.compile(r"(?<=[.!?。！？])[ \t]*+(?:->|=>|→|⇒|➔|➡\ufe0f?|//|\|\|?)[ \t]*+(?=\S)")


@dataclass(frozen=True, kw_only=True)
class Marker:
    """One mark that opens a shot."""

    position: int
    end: int
    """Index behind it: the shot's words begin here."""
    kind: str
    """time | label | ordinal | cut | slug | item | heading | framing | rule | bullet | arrow | field"""
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
    point: bool = False
    """``start`` may as well be a length ("3s:")."""



def candidates(text: str) -> list[Marker]:
    """Everything in ``text`` (of narrow digits, ``times.plain``) that may be a mark, by position, at most one at a place. Linear in its length."""
    kept: dict[int, Marker] = {}
    for marker in (*_by_line(text), *_by_sentence(text)):
        kept.setdefault(marker.position, marker)
    return sorted(kept.values(), key=lambda one: one.position)

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
    if slug := _SLUG.match(text, inside):
        return Marker(position=start, end=slug.end(), kind="slug", title=re.sub(r"\s++[-–—]+\s++", ", ", slug["title"].strip(" .")))
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
            return replace(marker, position=start)
    if (item := _ITEM.match(text, inside)) and item.end() < len(text):
        said = next(value for value in item.groups() if value)
        return Marker(position=start, end=item.end(), kind="item", number=times.count(said), title="")
    if framing := _FRAMING.match(text, inside):
        colon = COLON.match(text, framing.end())
        if colon and colon.end() < len(text):
            return Marker(position=start, end=colon.end(), kind="framing", title=framing.group())
    if (heading := _HEADING.match(text, start)) and heading.end() >= stop:
        title = next(value for value in heading.groups() if value).strip(" :：*_")
        loud = title.isupper() and any(letter.isalpha() for letter in title)
        if (heading["capital"] is None and (loud or heading["dashed"] is None)) or (loud and len(title.split()) < 6):
            return Marker(position=start, end=heading.end(), kind="heading", title=title, sure=heading["capital"] is None)
    if (bullet := _BULLET.match(text, at)) and bullet.end() < stop:
        return Marker(position=start, end=bullet.end(), kind="bullet")
    return None


def _by_sentence(text: str) -> Iterator[Marker]:
    for match in re.finditer(r"[\[【]", text):
        marker = _bracketed(text, match.start())
        if marker is not None and (marker.kind != "time" or not marker.point or marker.sure):
            yield marker
    for match in _TAG.finditer(text):
        yield _tag(match)
    for match in _ARROW.finditer(text):
        yield Marker(position=match.start() + len(match.group()) - len(match.group().lstrip()), end=match.end(), kind="arrow")
    for match in _SENTENCE.finditer(text):
        at = match.end()
        if at >= len(text) or text[at] == "\n":
            continue
        if cut := CUT.match(text, at):
            yield Marker(position=at, end=cut.end(), kind="cut")
            continue
        marker = mark(text, at, first=False)
        if marker is not None:
            yield marker
        elif (item := _ITEM.match(text, at)) and text[item.end() : item.end() + 1].strip():
            yield Marker(position=at, end=item.end(), kind="item", number=times.count(next(value for value in item.groups() if value)))


def _tag(match: re.Match[str]) -> Marker:
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
        return _bracketed(text, at, first=True)
    found = core(text, at)
    if found is not None:
        ended = (_TERMINATOR if first else COLON).match(text, found.end)
        after = ended.end() if ended else found.end
        following = text[found.end : found.end + 3].lstrip(" \t")[:1]
        if ended is not None:
            bare = found.kind == "time" and not first and found.point
            return None if bare else replace(found, end=after, sure=found.sure and (found.kind != "time" or not found.point))
        if found.kind == "label" and first and found.number is not None and text[found.end - 1].isdigit() and (following.isupper() or following > "\u2e80"):
            return replace(found, sure=False)
        comma = re.compile(r"\s*+[,，、]\s*+").match(text, found.end)
        if found.kind == "time" and first:
            return replace(found, end=comma.end() if comma else found.end, sure=False)
        if found.kind == "time" and comma and (_STAMP.match(text, at) or _TIME_WORD.match(text, at) or _LENGTH_SAID.match(text, at)):
            return replace(found, end=comma.end(), sure=found.sure and found.start != 0)
        return None
    if said := _ORDINAL.match(text, at):
        behind, timed = said.end(), None
        if (between := _BETWEEN.match(text, behind)) and between.end() > behind and (timed := _time(text, between.end(), len(text))) is not None:
            closing = _CLOSER.match(text, timed.end)
            behind = closing.end() if closing else timed.end
        colon = COLON.match(text, behind)
        if colon and colon.end() < len(text):
            said_so = timed is not None and (timed.stop is not None or timed.length is not None)
            marker = Marker(position=at, end=colon.end(), kind="ordinal", sure=" " in said.group() or said_so)
            return marker if timed is None else replace(marker, start=timed.start, stop=timed.stop, length=timed.length)
    return None


def core(text: str, at: int, limit: int | None = None) -> Marker | None:
    """A label, a time, or both in either order, without what closes them."""
    limit = len(text) if limit is None else limit
    marker, here, labelled, timed = Marker(position=at, end=at, kind=""), at, False, False
    for step in range(2):
        begin = here
        if step:
            between = _BETWEEN.match(text, here, limit)
            begin = between.end() if between else here
        label = None if labelled else _LABEL.match(text, begin, limit)
        if label is not None and (number := times.count(label["n"] or label["m"])) is not None and not (step and begin == here):
            marker, here, labelled = replace(marker, number=number, kind="label"), label.end(), True
        elif not timed and (time := _time(text, begin, limit)) is not None and not (step and begin == here):
            length = time.length
            start = time.start
            if labelled and time.point:
                start = None if length is not None else start
            elif time.point and length is not None:
                start = length
            marker = replace(
                marker, start=start, stop=time.stop, length=length, point=time.point and not labelled,
                kind=marker.kind or "time", sure=time.sure,
            )  # fmt: skip
            here, timed = time.end, True
        else:
            break
        closing = _CLOSER.match(text, here, limit)
        if step and closing and "([【（" and re.search(r"[(\[【（]", text[at:here]):
            here = closing.end()
    if labelled and not timed and limit == len(text) and (aside := _ASIDE.match(text, here)):
        marker, here = replace(marker, title=aside["title"].strip()), aside.end()
    return replace(marker, end=here) if marker.kind else None


def _time(text: str, at: int, limit: int) -> Marker | None:
    word = _TIME_WORD.match(text, at, limit)
    begin = word.end() if word else at
    if (span := _SPAN.match(text, begin, limit)) and (
        span["unit1"] or span["unit2"] or span["end"] or ":" in span["start"] or word or limit < len(text) or COLON.match(text, span.end())
    ):
        sure = bool(span["unit1"] or span["unit2"] or ":" in span["start"] or limit < len(text))
        stop = None if span["end"] else times.seconds(span["stop"])
        return Marker(position=at, end=span.end(), kind="time", start=times.seconds(span["start"]), stop=stop, sure=sure)
    if frames := _FRAMES.match(text, at, limit):
        return Marker(position=at, end=frames.end(), kind="time", start=round(int(frames["start"]) / 24, 3), stop=round(int(frames["stop"]) / 24, 3))
    for pattern in (_STAMP, _NTH):
        if stamp := pattern.match(text, at, limit):
            said = stamp.groupdict()
            told = re.match(r"\s*+[,:，：]", text[stamp.end() : stamp.end() + 4]) is not None and limit == len(text)
            return Marker(position=at, end=stamp.end(), kind="time", start=times.seconds(said.get("clock") or said["number"]), sure=told)
    if length := _LENGTH_SAID.match(text, at, limit):
        return Marker(position=at, end=length.end(), kind="time", length=times.seconds(length["length"]), sure=False)
    if point := _POINT.match(text, begin, limit):
        clock = point["clock"]
        start, length_ = (times.seconds(clock), None) if clock else (None, times.seconds(point["length"]))
        return Marker(position=at, end=point.end(), kind="time", start=start, length=length_, point=True, sure=False)
    return None


def _bracketed(text: str, at: int, *, first: bool = False) -> Marker | None:
    """A mark in brackets at ``at``."""
    close = text.find(_OPEN[text[at]], at + 1, at + MOST_TITLE + 2)
    if close < 0 or "\n" in text[at:close]:
        return None
    if text[at] == "<" and (tag := _TAG.match(text, at)):
        return _tag(tag)
    begin = at + 1 + len(text[at + 1 : close]) - len(text[at + 1 : close].lstrip(" *"))
    colon = COLON.match(text, close + 1) or re.compile(r"[ \t]*+[*_]{0,3}(?:[ \t]*+[-–—|][ \t]+)?").match(text, close + 1)
    end = colon.end() if colon else close + 1
    inner = text[begin:close].strip(" *")
    if _CUT_IN.fullmatch(inner):
        return Marker(position=at, end=end, kind="cut")
    square = text[at] in "[【"
    if slug := _SLUG.fullmatch(inner):
        return Marker(position=at, end=end, kind="slug", title=slug["title"])
    found = core(text, begin, close)
    if found is not None:
        rest = text[found.end : close]
        title = rest.strip(" \t*:：,，|-–—.()（）")
        separated = not title or re.match(r"\s*+[:：,，|\-–—.(（]", rest) is not None
        bare = found.kind == "time" and found.stop is None and found.length is None and not title
        if not separated and not (found.kind == "time" and found.sure):
            return None
        if found.kind == "time" and found.point and not (square or first):
            return None
        if not square and not first and found.kind == "time":
            return None
        return replace(found, position=at, end=end, title=title, sure=(found.sure or found.kind == "label") and not (bare and found.point))
    if first or square:
        if (said := _ORDINAL.fullmatch(inner)) and (" " in inner or square):
            return Marker(position=at, end=end, kind="ordinal", sure=" " in said.group())
        if first and inner.isdigit() and int(inner) < 100 and text[at] != "<":
            return Marker(position=at, end=end, kind="item", number=int(inner))
    return None
