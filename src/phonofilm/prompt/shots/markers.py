"""Where a prompt divides into shots: which of the ``marks`` of every way people mark one count.

Strong marks (times, "Shot 2:", cuts, sluglines) count one by one; weak ones (numbered lists, headings, bullets) only
where nothing stronger divides the text and at least two of them go on from each other. Linear in the length of the
text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from phonofilm.prompt.clauses import split
from phonofilm.prompt.shots import blocks, times
from phonofilm.prompt.shots.candidates import candidates
from phonofilm.prompt.shots.mark_words import CUT
from phonofilm.prompt.shots.marks import COLON, Marker, core, mark

LIST_HEAD = re.compile(
    r"(?:shot\s*list|shots?|scenes?|storyboard|timeline|sequence|script|screenplay|prompt|breakdown|multi-?shot|分镜(?:脚本)?|"
    r"镜头|絵コンテ|콘티)s?"
    r"\s*[:：]?\s*\.?",
    re.IGNORECASE,
)
"""A heading that says no more than that shots follow."""
_NOTHING = re.compile(r"[\s:：.,，。|\-–—*_#\[\]【】()（）{}>/]*")


def find(text: str) -> dict[int, Marker]:
    """The marks of a text by their position. Marks inside quotations are for the caller to skip."""
    text = times.plain(text)
    chosen = _merged(text, _chosen(text, candidates(text)))
    read: dict[int, Marker] = {}
    reach = 0
    for marker in chosen:
        if marker.position < reach:
            continue
        whole = _without_echo(text, _with_more(text, marker))
        read[marker.position] = _trimmed(text, whole)
        reach = whole.end
    return read


def _without_echo(text: str, marker: Marker) -> Marker:
    """A mark with those that only say it again ("Shot 1: Shot 1:", "cut to cut to"): what they leave would open a shot
    when it is read again."""
    end = marker.end
    if marker.kind not in ("label", "cut") or marker.title:
        return marker
    while (said := CUT.match(text, end) or _label_said(text, end)) is not None:
        end = said.end()
    return replace(marker, end=end)


def _label_said(text: str, at: int) -> re.Match[str] | None:
    """The colon of a label without a time that begins at ``at``."""
    label = core(text, at)
    return (
        COLON.match(text, label.end) if label is not None and label.kind == "label" and not _has_time(label) else None
    )


def _trimmed(text: str, marker: Marker) -> Marker:
    end = marker.end
    while end > marker.position + 1 and text[end - 1] in " \t":
        end -= 1
    return replace(marker, end=end)


def _with_more(text: str, marker: Marker) -> Marker:
    """A mark with the label or the time that follows it at once: "[0-3s] Shot 1: "."""
    if marker.kind not in ("time", "label") or marker.title:
        return marker
    at = marker.end + len(text[marker.end : marker.end + 8]) - len(text[marker.end : marker.end + 8].lstrip(" \t\n"))
    more = mark(text, at, first=True)
    if (
        more is None
        or not (more.sure or (more.point and marker.kind == "label"))
        or _has_time(marker) == _has_time(more)
    ):
        return marker
    if more.kind != ("label" if marker.kind == "time" else "time"):
        return marker
    timed = marker if _has_time(marker) else more
    start = None if timed is more and more.point and more.length is not None else timed.start
    return replace(marker, end=more.end, title=more.title, start=start, stop=timed.stop, length=timed.length)


def _has_time(marker: Marker) -> bool:
    return marker.start is not None or marker.length is not None


def _chosen(text: str, found: list[Marker]) -> list[Marker]:
    """Those candidates that divide the text."""
    trailing = [one for one in found if one.kind == "time" and _trails(text, one)]
    timed = _timed([one for one in found if one.kind == "time" and one not in trailing])
    fields = [one for one in found if one.kind == "field" and one.start is not None]
    if not timed and len(fields) > 1 and all(one.kind != "label" for one in found):
        timed = [replace(one, kind="time") for one in fields]
    labels = [one for one in found if one.kind == "label"]
    labels = [one for one in labels if one.sure or len(labels) > 1]
    lasting = [one for one in found if one.kind == "field" and one.length is not None]
    if not timed and not labels and len(lasting) > 1:
        timed = [replace(one, kind="time") for one in lasting]
    labels = _moments(labels)
    strong = timed + labels + [one for one in found if one.kind in ("cut", "slug")]
    ordinals = _moments([one for one in found if one.kind == "ordinal"])
    if strong or any(one.sure for one in ordinals) or len(ordinals) > 1:
        if len(ordinals) > 1 or strong or ordinals:
            strong = strong + [one for one in ordinals if one.sure or len(ordinals) > 1 or strong]
        fields = [one for one in found if one.kind == "field"] if labels else []
        return _paired(sorted(strong + fields, key=lambda one: one.position))
    if len(trailing) > 1:
        return [mark for one in trailing for mark in _before(text, one)]
    for kind in ("told", "item", "heading", "framing", "arrow", "rule", "bullet"):
        group = [one for one in found if one.kind == kind]
        if kind == "item":
            group = _sequence(group)
        if kind == "heading":
            sure = [one for one in group if one.sure]
            group = sure if len(sure) > 1 else group
            group = [one for one in group if text[one.end :].strip() and not blocks.label_of(one.title) is not None]
        if kind == "bullet" and not _is_list_of_scenes(text, group):
            continue
        if len(group) > 1 or (
            group and kind in ("arrow", "rule") and text[: group[0].position].strip() and text[group[0].end :].strip()
        ):
            return group
    return []


def _trails(text: str, time: Marker) -> bool:
    """Does this time stand at the end of the line it speaks about: "A girl waves. (3s)"?"""
    line = text.rfind("\n", 0, time.position) + 1
    return bool(text[line : time.position].strip(" \t-*•")) and text[time.end : time.end + 3].lstrip(" \t.")[:1] in (
        "",
        "\n",
    )


def _before(text: str, time: Marker) -> tuple[Marker, Marker]:
    """The mark at the beginning of the line that a trailing time stands for, and the stretch of the time itself."""
    line = text.rfind("\n", 0, time.position) + 1
    length = time.length if time.point or time.start is None else None
    start = None if length is not None else time.start
    return Marker(position=line, end=line, kind="time", start=start, stop=time.stop, length=length), replace(
        time, kind="blank"
    )


def _timed(found: list[Marker]) -> list[Marker]:
    """Points are moments where they go up from one to the next and lengths otherwise; one alone is neither."""
    points = [one for one in found if one.point]
    moments = [one.start if one.start is not None else one.length or 0.0 for one in points]
    growing = len(points) > 1 and all(a < b for a, b in pairwise(moments))
    rising = growing and (moments[0] == 0 or any(one.length is None for one in points))
    spans = [one for one in found if not one.point]
    settled = []
    for one, moment in zip(points, moments, strict=True):
        if rising or (spans and one.length is None):
            settled.append(replace(one, start=moment, length=None, point=False, sure=len(points) > 1))
        elif one.length is not None and len(points) > 1:
            settled.append(replace(one, start=None, length=one.length, point=False, sure=True))
    every = spans + settled
    return [one for one in every if one.sure or len(every) > 1]


def _moments(found: list[Marker]) -> list[Marker]:
    """Lengths that begin with 0 are moments: "Start (0s): ... End (3s): ..."."""
    lengths = [one.length for one in found]
    if len(found) < 2 or lengths[0] != 0 or any(b is None or a is None or a >= b for a, b in pairwise(lengths)):
        return found
    return [replace(one, start=one.length, length=None) for one in found]


def _sequence(items: list[Marker]) -> list[Marker]:
    """Items that count up from 1 without a gap."""
    wanted, kept = 1, []
    for item in items:
        if item.number == wanted:
            kept.append(item)
            wanted += 1
    return kept


def _is_list_of_scenes(text: str, bullets: list[Marker]) -> bool:
    """Is every bullet a sentence about somebody, and nothing but bullets there?"""
    before = text[: bullets[0].position].rstrip() if bullets else ""
    if len(bullets) < 2 or (
        before.endswith((":", "：")) and not LIST_HEAD.fullmatch(before.rpartition("\n")[2].strip(" #*"))
    ):
        return False
    ends = [*(one.position for one in bullets[1:]), len(text)]
    lines = [text[one.end : end].strip() for one, end in zip(bullets, ends, strict=True)]
    told = re.compile(r"(?:An?|The|Two|Three|She|He|They|[\u3040-\u9fff\uac00-\ud7af])[^\n]*[.。!！]")
    acts = all(any(clause == "action" for clause, _ in split(line)) for line in lines) if before else True
    return acts and all(told.fullmatch(line) for line in lines)


def _paired(found: list[Marker]) -> list[Marker]:
    """A label without a time takes the one that follows on its own line; such times open no shot of their own."""
    labels = [
        n
        for n, one in enumerate(found)
        if one.kind in ("label", "slug", "ordinal") and one.start is None and one.length is None
    ]
    if not labels:
        return [one for one in found if one.kind != "field"]
    ends = [*labels[1:], len(found)]
    own = []
    for begin, end in zip(labels, ends, strict=True):
        within = [n for n in range(begin + 1, end) if found[n].kind in ("time", "field")]
        own.append(within)
    taken: dict[int, Marker] = {}
    if all(len(within) == 1 for within in own) and all(
        n > labels[0] for n, one in enumerate(found) if one.kind in ("time", "field")
    ):
        for begin, within in zip(labels, own, strict=True):
            time = found[within[0]]
            taken[begin] = replace(found[begin], start=time.start, stop=time.stop, length=time.length)
            taken[within[0]] = replace(time, kind="blank")
    return [taken.get(n, one) for n, one in enumerate(found) if one.kind != "field" or n in taken]


def _merged(text: str, found: list[Marker]) -> list[Marker]:
    """Marks with nothing between them are one."""
    merged: list[Marker] = []
    for one in found:
        last = merged[-1] if merged else None
        if last is not None and one.position < last.end:
            continue
        gap = _NOTHING.match(text, last.end) if last is not None else None
        both = last is not None and _has_time(last) and _has_time(one)
        if (
            last is not None
            and gap is not None
            and gap.end() >= one.position
            and one.kind != "blank"
            and not last.title
            and not both
        ):
            start, stop = (
                last.start if last.start is not None else one.start,
                (last.stop if last.stop is not None else one.stop),
            )
            length = last.length if last.length is not None else one.length
            kind = one.kind if last.kind in ("cut", "rule") else last.kind
            merged[-1] = replace(last, end=one.end, title=one.title, start=start, stop=stop, length=length, kind=kind)
            continue
        merged.append(one)
    return merged
