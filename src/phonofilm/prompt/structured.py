"""Prompts that are data or a screenplay rather than prose: JSON with scenes, tables, character cues - as the marks and lines of the prompt language.

Every function gives the text to read and, for each of its characters, the place in the text as it was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from phonofilm.prompt import times

MOST_DEPTH = 12
"""JSON nested deeper is read as prose."""
MOST_NODES = 3000
_SCENES = ("scenes", "shots", "storyboard", "timeline", "sequence", "sequences", "segments", "clips", "beats", "frames", "panels", "cuts", "镜头", "分镜",
    "场景",
    "シーン", "カット", "장면", "escenas", "szenen")
_START, _END = ("start", "begin", "from", "start_time", "starttime", "in", "startsec", "start_sec", "start_seconds"), ("end", "to", "stop", "end_time",
    "endtime", "out", "end_sec", "end_seconds")
_SPAN, _LASTS = ("time", "timestamp", "timecode", "timing", "time_range", "timerange", "range", "t", "时间", "時間"), ("duration", "length", "seconds",
    "duration_seconds", "duration_sec", "时长")
_SILENT = ("id", "index", "number", "shot_number", "scene_number", "scene_id", "shot_id", "type", "version", "model", "fps", "seed", "title", "name",
    "project",
    "shot", "scene", "no", "order", "language", "platform", "resolution")
_SPOKEN = ("dialogue", "dialog", "dialogues", "line", "lines", "speech", "voiceover", "voice_over", "narration", "vo", "spoken", "台词", "对白", "セリフ",
    "대사")
_NEGATIVE = ("negative_prompt", "negative", "negatives", "negativeprompt", "avoid", "exclude", "negative_prompts")
_RATIO = ("aspect_ratio", "aspectratio", "ratio", "aspect", "ar")
_TALK, _SAID = ("speaker", "character", "who", "name", "role"), ("text", "line", "words", "content", "says", "dialogue", "utterance")
_FENCE = re.compile(r"\A\s*```[a-zA-Z]*\s*\n(?P<body>.*?)\n?\s*```\s*\Z", re.S)
_ROW = re.compile(r"^[ \t]*\|(?P<cells>.+)\|[ \t]*$", re.M)
_RULER = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$", re.M)
_SLUG = re.compile(r"^[ \t]*(?:\d{1,3}[.)]?[ \t]+)?(?:INT|EXT|INT\.?/EXT|EXT\.?/INT|I/E)[. ]", re.M)
_CUE = re.compile(
    r"(?:(?<=\n)|\A)[ \t]*(?P<who>[A-ZÀ-Þ][A-ZÀ-Þ0-9'’.\- ]{0,28}[A-ZÀ-Þ0-9.])[ \t]*(?P<how>\([^()\n]{1,40}\))?[ \t]*\n(?:[ "
    r"\t]*(?P<manner>\([^()\n]{1,60}\))[ \t]*\n)?[ \t]*(?P<said>(?!(?:INT|EXT|CUT|FADE)\b)[^\n(\"“][^\n]{0,300})"
)
_NO_CUE = re.compile(r"^(?:INT|EXT|CUT|FADE|DISSOLVE|SMASH|TITLE|SUPER|THE END|CLOSE|WIDE|SHOT|SCENE|ANGLE|BACK|LATER|CONTINUOUS|MONTAGE)\b")


class Mapped:
    """Text in the making, each character with its place in the original."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.at: list[int] = []

    def add(self, words: str, position: int, *, moves: bool = True) -> None:
        """Append ``words`` that stand at ``position``; ``moves``: each further character one further on."""
        self.parts.append(words)
        self.at += range(position, position + len(words)) if moves else [position] * len(words)

    def done(self, end: int) -> tuple[str, list[int]]:
        """The text, and a place for each character and for its end."""
        return "".join(self.parts), [*(min(place, end) for place in self.at), end]


def read(text: str) -> tuple[str, list[int]] | None:
    """What the prompt says if it is JSON, a table or a screenplay; None for prose."""
    stripped = text.lstrip()
    if stripped[:1] in "{[`" and (found := _json(text)) is not None:
        return found
    if _RULER.search(text) and len(_ROW.findall(text)) > 1:
        return _table(text)
    if _SLUG.search(text) and any(not _NO_CUE.match(cue["who"]) for cue in _CUE.finditer(text)):
        return _screenplay(text)
    return None


# --- JSON ------------------------------------------------------------------------------------------------------------


def _json(text: str) -> tuple[str, list[int]] | None:
    fence = _FENCE.match(text)
    body = fence["body"] if fence else text
    if body.count("[") + body.count("{") > MOST_NODES or _depth(body) > MOST_DEPTH:
        return None
    try:
        data, _ = json.JSONDecoder().raw_decode(body.strip())
    except (ValueError, RecursionError):
        try:
            data = json.loads(re.sub(r",\s*([}\]])", r"\1", re.sub(r"^\s*//[^\n]*", "", body, flags=re.M)))
        except (ValueError, RecursionError):
            return None
    if isinstance(data, list) and data and all(isinstance(one, dict) for one in data):
        data = {"scenes": data}
    if not isinstance(data, dict):
        return None
    writer = _Writer(text)
    writer.whole(data)
    read, at = writer.out.done(len(text))
    return (read, at) if any(letter.isalnum() for letter in read) else None


def _depth(text: str) -> int:
    depth = most = 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        most = max(most, depth)
    return most


class _Writer:
    def __init__(self, text: str) -> None:
        self.text, self.out, self.cursor = text, Mapped(), 0

    def whole(self, data: dict[str, Any]) -> None:
        scenes = next((value for key, value in data.items() if key.lower() in _SCENES and isinstance(value, list) and value), None)
        if scenes is None:
            # {"shot_1": {...}, "shot_2": {...}}, or everything a level down
            numbered = [value for key, value in data.items() if isinstance(value, dict) and re.fullmatch(r"(?:shot|scene|clip|part|beat)[ _-]?\d+", key, re.I)]
            inner = [value for value in data.values() if isinstance(value, dict) and any(key.lower() in _SCENES for key in value)]
            if len(numbered) > 1:
                scenes = numbered
            elif len(inner) == 1:
                self.whole({**{key: value for key, value in data.items() if value is not inner[0]}, **inner[0]})
                return
        settings, negative = [], []
        for key, value in data.items():
            low = key.lower()
            if value is scenes or (isinstance(value, dict) and isinstance(scenes, list) and any(value is one for one in scenes)):
                continue
            if low in _NEGATIVE:
                negative += [said for said in _strings(value)]
            elif low in _RATIO and isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{1,2}", value):
                settings.append(f"--ar {value}")
            elif low in _LASTS and (seconds := _number(value)) is not None:
                settings.append(f"--duration {seconds:g}")
            elif low in _SPOKEN:
                self.spoken(value)
            elif low not in _SILENT:
                self.described(key, value)
        if isinstance(scenes, list):
            for number, scene in enumerate(scenes[:200], 1):
                self.scene(scene, number)
        if negative:
            self.out.add("\nNEGATIVE: ", self.cursor, moves=False)
            for n, said in enumerate(negative):
                self.out.add(", " * (n > 0), self.cursor, moves=False)
                self.said(said.replace("\n", " "))
        if settings:
            self.out.add("\n" + " ".join(settings), self.cursor, moves=False)

    def scene(self, scene: Any, number: int) -> None:
        fields = {key.lower(): value for key, value in scene.items()} if isinstance(scene, dict) else {"visual": scene}
        start, end = _first(fields, _START), _first(fields, _END)
        span = next((fields[key] for key in _SPAN if isinstance(fields.get(key), str)), None)
        lasts = _first(fields, _LASTS)
        if start is not None and end is not None and end > start:
            mark = f"[{start:g}-{end:g}s]"
        elif span is not None and re.search(r"\d", span):
            mark = f"[{span.strip('[]() ')}]"
            mark = mark if times.plain(mark) and re.fullmatch(rf"\[\s*(?:{times.SPAN})\s*\]", mark, re.I) else f"[shot {number}]"
        elif start is not None:
            mark = f"[{start:g}s]"
        elif lasts is not None and lasts > 0:
            mark = f"[shot {number} ({lasts:g}s)]"
        else:
            mark = f"[shot {number}]"
        self.out.add("\n" + mark + " ", self.cursor, moves=False)
        for key, value in (scene if isinstance(scene, dict) else {"visual": scene}).items():
            low = key.lower()
            if low in (*_START, *_END, *_LASTS, *_SILENT) or (low in _SPAN and value is span):
                continue
            if low in _SPOKEN:
                self.spoken(value)
            elif low in _NEGATIVE:
                self.out.add(" No " + ", no ".join(said.replace("\n", " ") for said in _strings(value)) + ".", self.cursor, moves=False)
            else:
                self.described(key, value)

    def described(self, key: str, value: Any) -> None:
        for said in _strings(value):
            words = said.strip()
            if not any(letter.isalnum() for letter in words):
                continue
            low = key.lower()
            if low in ("camera", "camera_movement", "camera_motion", "camera_move"):
                self.out.add("Camera: ", self.cursor, moves=False)
            elif low in ("sound", "audio", "sfx", "music", "sound_effects", "ambience", "sounds", "soundtrack", "bgm"):
                self.out.add("Sound: " if low != "music" else "Music: ", self.cursor, moves=False)
            elif low in ("style", "look", "aesthetic", "visual_style", "mood", "quality", "color_grading", "color_palette", "tone"):
                self.out.add("Style: ", self.cursor, moves=False)
            self.said(words)
            self.out.add("" if words[-1] in ".!?。！？" else ".", self.cursor, moves=False)
            self.out.add(" ", self.cursor, moves=False)

    def spoken(self, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                fields = {key.lower(): said for key, said in one.items()}
                who = next((fields[key] for key in _TALK if isinstance(fields.get(key), str)), "")
                said = next((fields[key] for key in _SAID if isinstance(fields.get(key), str)), "")
                self.line(who, said)
            elif isinstance(one, str) and any(letter.isalnum() for letter in one):
                label = re.match(r"\s*(?P<who>[^:：\"“”\n]{1,40}?)\s*[:：]\s*(?P<said>.+)", one, re.S)
                self.line(label["who"] if label else "", label["said"] if label else one)

    def line(self, who: str, said: str) -> None:
        said = said.strip().strip("\"“”「」'‘’").replace('"', "'").replace("“", "'").replace("”", "'")
        if said:
            self.out.add(f'\n{who.strip() or "voice"}: "', self.cursor, moves=False)
            self.said(said)
            self.out.add('"\n', self.cursor, moves=False)

    def said(self, words: str) -> None:
        """Words of the data, with their place in the text where they stand there as they are."""
        place = self.text.find(words, self.cursor)
        if place < 0:
            place = self.text.find(json.dumps(words)[1:-1], self.cursor)
        if place < 0:
            self.out.add(words, self.cursor, moves=False)
            return
        self.out.add(words, place)
        self.cursor = place + len(words)


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < MOST_DEPTH:
        for one in value.values():
            yield from _strings(one, depth + 1)
    elif isinstance(value, list) and depth < MOST_DEPTH:
        for one in value:
            yield from _strings(one, depth + 1)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 <= value < 100_000 else None
    if isinstance(value, str) and (written := re.fullmatch(rf"\s*({times.CLOCK}|{times.NUMBER})\s*(?:{times.UNIT})?\s*", value, re.I)):
        return times.seconds(written[1])
    return None


def _first(fields: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    return next((number for key in keys if (number := _number(fields.get(key))) is not None), None)


# --- tables and screenplays ------------------------------------------------------------------------------------------


def _table(text: str) -> tuple[str, list[int]]:
    """A table's rows without its head and rulers; a cell ends like a sentence, except where it holds the mark of a shot."""
    out, at = Mapped(), 0
    rulers = {match.start() for match in _RULER.finditer(text)}
    lines = [(match.start(), match.group()) for match in re.finditer(r"[^\n]*\n?", text) if match.group()]
    for n, (start, line) in enumerate(lines):
        head = n + 1 < len(lines) and lines[n + 1][0] in rulers and "|" in line
        if start in rulers or head:
            out.add("\n", start, moves=False)
            continue
        row = _ROW.match(line.rstrip("\n"))
        if row is None:
            out.add(line, start)
            continue
        at = start + row.start("cells")
        cells = []
        for cell in row["cells"].split("|"):
            cells.append((at, cell))
            at += len(cell) + 1
        marked = False
        for place, cell in cells:
            words = cell.strip()
            if not words:
                continue
            place += len(cell) - len(cell.lstrip())
            mark = re.fullmatch(rf"(?:(?:shot|scene|镜头|カット|장면)?\s*#?\d{{1,3}}[.)]?|{times.SPAN}|{times.CLOCK}|{times.LENGTH})", words, re.I)
            if mark and (not marked or not words.isdigit()):
                number = words.rstrip(".)") if words.rstrip(".)").isdigit() else ""
                if not marked:
                    out.add("[", place, moves=False)
                out.add(f"shot {number}" if number else (" (" * marked) + words + ")" * marked, place, moves=False)
                marked = True
                continue
            if marked:
                out.add("] ", place, moves=False)
                marked = False
            out.add(words, place)
            out.add(" " if words[-1] in ".!?。！？" else ". ", place + len(words), moves=False)
        if marked:
            out.add("]", at, moves=False)
        out.add("\n", at, moves=False)
    return out.done(len(text))


def _screenplay(text: str) -> tuple[str, list[int]]:
    """A screenplay with its cues as labelled lines: MIA (whispering) / Hello. -> mia: "Hello."."""
    out, at = Mapped(), 0
    for cue in _CUE.finditer(text):
        if _NO_CUE.match(cue["who"]) or cue.start() < at:
            continue
        out.add(text[at : cue.start()], at)
        name = cue["who"].strip()
        out.add("\n" + (name.capitalize() if " " not in name else name.lower()) + ': "', cue.start("who"), moves=False)
        out.add(cue["said"].strip().replace('"', "'"), cue.start("said"))
        out.add('"\n', cue.end("said"), moves=False)
        at = cue.end()
    out.add(text[at:], at)
    return out.done(len(text))
