"""Tables in a prompt: Markdown with or without its ruler and outer bars, tabs, commas below a head - as rows of named
cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from phonofilm.prompt.shots import blocks, times

MOST_ROWS = 200
_RULER = re.compile(r"[|:\-\s+]*-[|:\-\s+]*")
_HEAD = re.compile(
    r"#|no\.?|nr\.?|n[°º]|shot(?:\s*(?:#|no\.?|number|type|size))?|scene|clip|time(?:\s*(?:code|stamp|range))?|timing|seconds|sec|duration|length|visuals?|framing|"
    r"镜号|鏡號|序号|序號|镜头|鏡頭|分镜|景别|景別|时间码?|時間碼?|时长|時長|秒数|カット|番号|秒|画|컷|번호|시간|길이|plano|toma|tiempo|temps|zeit|"
    r"bild|einstellung",
    re.I,
)
_TIME = re.compile(
    rf"(?:{re.sub(r'[(][?]P<[a-z0-9]+>', '(?:', times.SPAN)}|{times.CLOCK}|{times.NUMBER}\s*{times.UNIT})", re.I
)


@dataclass(frozen=True)
class Table:
    """A table and from where to where it stands in the text."""

    start: int
    end: int
    rows: list[dict[str, str]]
    """Each: head of the column -> cell; unnamed columns are ``time``, ``no`` or ``visual``."""


def find(text: str) -> Table | None:
    """The first table whose rows are shots: two or more rows, with a head, a ruler or a time in each. Linear in the
    length of the text."""
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    for split in ("|", "\t", ",", ";"):
        if text.count(split) < 2:
            continue
        run: list[tuple[int, str]] = []
        for start, line in [*lines, (len(text), "")]:
            if line.count(split) >= 1 or (run and split == "|" and _RULER.fullmatch(line)):
                run.append((start, line))
                continue
            if len(run) > 1 and (table := _of(run, split)) is not None:
                return table
            run = []
    return None


def _of(run: list[tuple[int, str]], split: str) -> Table | None:
    rows = [_cells(line, split) for _, line in run if not _RULER.fullmatch(line.strip())]
    ruled = len(rows) < len(run)
    head = [cell.strip(" *_") for cell in rows[0]]
    named = sum(_HEAD.fullmatch(cell) is not None or blocks.label_of(cell) is not None for cell in head)
    if named >= max(1 if ruled else 2, len(head) / 2) or (ruled and split == "|"):
        body = rows[1:]
    else:
        head, body = [], rows
        if split in ",;" or not all(any(_TIME.fullmatch(times.plain(cell)) for cell in row) for row in rows):
            return None
    if len(body) < 2 or (split in ",;" and len(head) < 2):
        return None
    found = []
    for row in body[:MOST_ROWS]:
        if split in ",;" and len(row) > len(head):
            row = [*row[: len(head) - 1], (split + " ").join(row[len(head) - 1 :])]
        cells: dict[str, str] = {}
        for n, cell in enumerate(row):
            if not cell:
                continue
            name = head[n] if n < len(head) and head[n] else "visual"
            if _TIME.fullmatch(times.plain(cell)) and (blocks.label_of(name) not in ("setting",) or "-" in cell):
                spans = "time" not in cells and re.fullmatch(times.SPAN, times.plain(cell), re.I) is not None
                name = "duration" if not spans and re.fullmatch(times.LENGTH, cell, re.I) else "time"
            elif re.fullmatch(r"(?:[a-z\u2e80-\uffff]+\s?)?#?\d{1,3}[.)]?", cell, re.I):
                name = name if re.search(r"time|sec|dur|len|时|時|秒|시간|길이", name, re.I) else "no"
            while name in cells:
                name += " "
            cells[name] = cell
        if any(name.strip() not in ("time", "no", "duration") for name in cells):
            found.append(cells)
    return Table(run[0][0], run[-1][0] + len(run[-1][1]), found) if len(found) > 1 else None


def _cells(line: str, split: str) -> list[str]:
    if split in ",;":
        return [
            cell.strip().strip('"') for cell in re.findall(rf'"[^"\n]*"|[^{split}\n]+|(?<={split})(?={split})', line)
        ]
    cells = line.strip().strip(split).split(split) if split == "|" else line.split(split)
    return [cell.strip().replace("**", "") for cell in cells]
