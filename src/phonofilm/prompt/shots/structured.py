"""Prompts that are data or a screenplay rather than prose: JSON with scenes, tables, character cues - as the marks and
lines of the prompt language.

Every function gives the text to read and, for each of its characters, the place in the text as it was written.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from phonofilm.prompt.shots import blocks, tables, times
from phonofilm.prompt.shots.keys import (
    END,
    LASTS,
    NEGATIVE,
    NUMBERED,
    RATIO,
    SAID,
    SCENES,
    SILENT,
    SPAN,
    SPOKEN,
    START,
    TALK,
)

MOST_DEPTH = 12
"""JSON nested deeper is read as prose."""
MOST_NODES = 3000
_NOTHING_SAID = re.compile(
    r"(?:none|no|nothing|n/?a|null|silent|-|–|—|无|無|没有|なし|없음|ninguno|ninguna|aucune?|keine?r?s?)\.?", re.I
)
_STORY = re.compile(
    r"scene|shot|timeline|story_?board|beat|clip|segment|frame|prompt|sequence|cuts?\b|panel|分镜|镜头|カット|シーン",
    re.I,
)
_YAML = re.compile(
    r"(?P<indent> *+)(?P<dash>(?:- +)?)(?:(?P<key>[A-Za-z_][\w -]{0,30}):(?:[ \t]+(?P<value>[^\n]*))?|(?P<item>(?<=-"
    r" )[^\n]+))$"
)
_SLUG = re.compile(r"^[ \t]*+(?:\d{1,3}[.)]?[ \t]+)?(?:INT|EXT|INT\.?/EXT|EXT\.?/INT|I/E)[. ]", re.M)
_CUE = re.compile(
    r"(?:(?<=\n)|\A)[ \t]*(?P<who>[A-ZÀ-Þ][A-ZÀ-Þ0-9'’.\- ]{0,28}[A-ZÀ-Þ0-9.])[ \t]*(?P<how>\([^()\n]{1,40}\))?["
    r" \t]*\n(?:[ "
    r"\t]*(?P<manner>\([^()\n]{1,60}\))[ \t]*\n)?[ \t]*(?P<said>(?!(?:INT|EXT|CUT|FADE)\b)[^\n(\"“][^\n]{0,300})"
)
_NO_CUE = re.compile(
    r"^(?:INT|EXT|CUT|FADE|DISSOLVE|SMASH|TITLE|SUPER|THE"
    r" END|CLOSE|WIDE|SHOT|SCENE|ANGLE|BACK|LATER|CONTINUOUS|MONTAGE)\b"
)


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
    """What the prompt says if it is JSON (alone or within prose), YAML, a table or a screenplay; None for prose."""
    if ("{" in text or "[" in text) and (found := _json(text)) is not None:
        return found
    if (listed := _yaml(text)) is not None:
        writer = _Writer(text)
        writer.whole(listed)
        return writer.out.done(len(text))
    if (table := tables.find(text)) is not None:
        return _table(text, table)
    if _SLUG.search(text) and any(not _NO_CUE.match(cue["who"]) for cue in _CUE.finditer(text)):
        return _screenplay(text)
    return None


# --- JSON and YAML ---------------------------------------------------------------------------------------------------


def _json(text: str) -> tuple[str, list[int]] | None:
    found = _data(text)
    if found is None:
        return None
    data, start, end = found
    writer = _Writer(text)
    before = re.sub(r"```[a-zA-Z]*\s*\Z|\b(?:json|prompt)\s*:?\s*\Z", "", text[:start], flags=re.I)
    if re.search(r"\w", before) and not re.fullmatch(r"[^.!?\n]{0,60}:?\s*", before):
        writer.out.add(before + "\n", 0)
    writer.cursor = start
    writer.whole(data)
    after = re.sub(r"\A\s*```", "", text[end:])
    if re.search(r"\w", after):
        writer.out.add("\n" + after, len(text) - len(after) - 1)
    read, at = writer.out.done(len(text))
    return (read, at) if any(letter.isalnum() for letter in read) else None


def _data(text: str) -> tuple[dict[str, Any], int, int] | None:
    """The JSON object in the text (or the list of scenes, as one), and from where to where it stands."""
    if text.count("[") + text.count("{") > MOST_NODES or _depth(text) > MOST_DEPTH:
        return None
    begin = re.search(r"(?:\A|(?<=[\s:：]))(?:\{\s*[\"'“}]|\[\s*[\[{\"'])", text)
    if begin is None:
        return None
    start, data, end = begin.start(), None, 0
    try:
        data, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        end = text.rfind("}" if text[start] == "{" else "]") + 1
        body = re.sub(r",(\s*[}\]])", r"\1", re.sub(r"^\s*//[^\n]*", "", text[start:end], flags=re.M))
        for loads, said in ((json.loads, body), (json.loads, body.translate(_CURLY)), (ast.literal_eval, body)):
            try:
                data = loads(said)
                break
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    if isinstance(data, list) and data and all(isinstance(one, dict) for one in data):
        data = {"scenes": data}
    return (data, start, end) if isinstance(data, dict) and data else None


_CURLY = str.maketrans("“”„", '"' * 3)


def _yaml(text: str) -> dict[str, Any] | None:
    """Plain YAML: keys, indented keys and dashed lists, where every line of the text is such a line and something is
    indented below a key."""
    lines: list[tuple[int, int, str, str]] = []
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _YAML.match(line.rstrip())
        if match is None or len(match["indent"]) > 4 * MOST_DEPTH:
            return None
        value = (match["value"] if match["item"] is None else match["item"]) or ""
        lines.append((len(match["indent"]), len(match["dash"]), match["key"] or "", value.strip().strip("\"'")))
    if len(lines) < 3 or not any(key and not value for _, _, key, value in lines):
        return None
    whole, end = _block(lines, 0, lines[0][0])
    return (
        whole
        if end == len(lines) and isinstance(whole, dict) and any(not isinstance(value, str) for value in whole.values())
        else None
    )


def _block(lines: list[tuple[int, int, str, str]], at: int, indent: int) -> tuple[Any, int]:
    """The list or the mapping that begins at a line, and the line behind it."""
    if lines[at][1]:
        items: list[Any] = []
        while at < len(lines) and lines[at][0] == indent and lines[at][1]:
            _, dash, key, value = lines[at]
            if not key:
                items.append(value)
                at += 1
                continue
            lines[at] = (indent + dash, 0, key, value)
            item, at = _block(lines, at, indent + dash)
            items.append(item)
        return items, at
    fields: dict[str, Any] = {}
    while at < len(lines) and lines[at][0] == indent and not lines[at][1]:
        key, value = lines[at][2:]
        at += 1
        if not value and at < len(lines) and (lines[at][0] > indent or (lines[at][0] == indent and lines[at][1])):
            fields[key], at = _block(lines, at, lines[at][0])
        else:
            fields[key] = value
    return fields, at


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
        found = _scenes(data)
        scenes, inside = found if found is not None else (None, None)
        if scenes is None:
            inner = [value for value in data.values() if isinstance(value, dict) and _scenes(value) is not None]
            if len(inner) == 1:
                self.whole({**{key: value for key, value in data.items() if value is not inner[0]}, **inner[0]})
                return
        settings: list[str] = []
        negative: list[str] = []
        for key, value in data.items():
            low = _key(key)
            if inside is not None and (
                value is inside or (inside is data and (_is_span(str(key)) or re.search(r"\d$", str(key))))
            ):
                continue
            if low in NEGATIVE or blocks.label_of(low.replace("_", " ")) == "negative":
                negative += _strings(value)
            elif low in RATIO and isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{1,2}", value):
                settings.append(f"--ar {value}")
            elif low in LASTS and (seconds := _number(value)) is not None:
                settings.append(f"--duration {seconds:g}")
            else:
                self.field(key, value)
        for number, scene in enumerate((scenes or [])[:200], 1):
            self.scene(scene, number)
        if negative:
            self.out.add("\nNEGATIVE: ", self.cursor, moves=False)
            for n, said in enumerate(negative):
                self.out.add(", " * (n > 0), self.cursor, moves=False)
                self.said(said.replace("\n", " "))
        if settings:
            self.out.add("\n" + " ".join(settings), self.cursor, moves=False)

    def scene(self, scene: Any, number: int) -> None:
        fields = {_key(key): value for key, value in scene.items()} if isinstance(scene, dict) else {"visual": scene}
        for key in SPAN:
            if isinstance(inner := fields.get(key), list) and len(inner) == 2:
                fields |= {"start": inner[0], "end": inner[1]}
            elif isinstance(inner, dict):
                fields |= {_key(name): value for name, value in inner.items()}
        start, end = _first(fields, START), _first(fields, END)
        span = next(
            (
                fields[key]
                for key in (*SPAN, *LASTS, *NUMBERED)
                if isinstance(fields.get(key), str) and _is_span(fields[key])
            ),
            None,
        )
        lasts = _first(fields, LASTS)
        begins = _first(fields, SPAN)
        if start is not None and end is not None and end > start:
            mark = f"[{start:g}-{end:g}s]"
        elif span is not None:
            mark = f"[{span.strip('[]() ')}{'' if re.search(r'[:a-zа-я秒초]', span, re.I) else 's'}]"
        elif start is not None or begins is not None:
            mark = f"[{start if start is not None else begins:g}s]"
        elif lasts is not None and lasts > 0:
            mark = f"[shot {number} ({lasts:g}s)]"
        else:
            mark = f"[shot {number}]"
        self.out.add("\n" + mark + " ", self.cursor, moves=False)
        for key, value in (scene if isinstance(scene, dict) else {"visual": scene}).items():
            low = _key(key)
            timed = low in SPAN and (not isinstance(value, str) or _number(value) is not None)
            if timed or value is span or low in (*START, *END, *LASTS):
                continue
            if low in NEGATIVE:
                self.out.add(
                    " No " + ", no ".join(said.replace("\n", " ") for said in _strings(value)) + ".",
                    self.cursor,
                    moves=False,
                )
            else:
                self.field(key, value)

    def field(self, key: str, value: Any, depth: int = 0) -> None:
        """One key of the data as words, lines or what is kept out."""
        low = _key(key)
        about = blocks.label_of(low.replace("_", " "))
        if low in SILENT or depth > MOST_DEPTH or (low in NUMBERED and not _tells(value)):
            return
        if isinstance(value, (bool, type(None))):
            if not value and (kept := low.replace("_", " ").removeprefix("has ")) in (
                "music",
                "dialogue",
                "voiceover",
                "subtitles",
                "text",
                "people",
            ):
                self.out.add(f"No {kept}. ", self.cursor, moves=False)
        elif isinstance(value, str) and _NOTHING_SAID.fullmatch(value.strip()):
            if (
                about in ("sound", "dialogue")
                or low in SPOKEN
                or low in ("text", "subtitles", "captions", "people", "on_screen_text")
            ):
                named = low.replace("_", " ") if low.isascii() and low not in ("audio", "sound", "bgm") else "music"
                kept = "dialogue" if about == "dialogue" or low in SPOKEN else named
                self.out.add(f"No {kept}. ", self.cursor, moves=False)
        elif (low in SPOKEN or about == "dialogue") and _speaks(value):
            self.spoken(value)
        elif isinstance(value, dict):
            for inner, said in value.items():
                # what stands below "camera" or "audio" speaks about it, unless it says otherwise
                own = blocks.label_of(_key(inner).replace("_", " ")) or _key(inner) in SPOKEN
                self.field(inner if own or about not in ("camera", "sound", "style") else key, said, depth + 1)
        elif isinstance(value, list):
            for said in value:
                self.field(key, said, depth + 1)
        elif isinstance(value, str):
            self.described(about, value)

    def described(self, about: str | None, value: str) -> None:
        words = value.strip()
        if not any(letter.isalnum() for letter in words):
            return
        label = {"camera": "Camera: ", "sound": "Sound: ", "style": "Style: "}.get(about or "", "")
        self.out.add(label, self.cursor, moves=False)
        self.said(words)
        self.out.add("" if words[-1] in ".!?。！？" else ".", self.cursor, moves=False)
        self.out.add(" ", self.cursor, moves=False)

    def spoken(self, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                fields = {_key(key): said for key, said in one.items()}
                who = next((fields[key] for key in TALK if isinstance(fields.get(key), str)), "")
                said = next((fields[key] for key in SAID if isinstance(fields.get(key), str)), "")
                if not said and len(one) == 1 and isinstance(next(iter(one.values())), str):
                    who, said = next(iter(one.items()))
                self.line(who, said)
            elif isinstance(one, str) and any(letter.isalnum() for letter in one):
                label = re.match(r"\s*(?P<who>[^:：\"“”\n]{1,40}?)\s*(?:\([^()]*\))?\s*[:：]\s*(?P<said>.+)", one, re.S)
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


def _key(key: Any) -> str:
    return re.sub(r"[\s-]+", "_", str(key).strip().lower())


def _tells(value: Any) -> bool:
    """Is this more than the number or the name of a shot?"""
    if isinstance(value, str):
        return len(value.split()) > 1 and re.fullmatch(r"[\w ]{1,16}\d{1,3}", value.strip()) is None
    return not isinstance(value, (int, float))


def _speaks(value: Any) -> bool:
    return bool(value) and (
        isinstance(value, (str, dict))
        or (isinstance(value, list) and all(isinstance(one, (str, dict)) for one in value))
    )


def _is_span(value: str) -> bool:
    said = value.strip("[]() ")
    return re.fullmatch(times.SPAN, times.plain(said), re.I) is not None


def _scenes(data: dict[str, Any]) -> tuple[list[Any], Any] | None:
    """The shots that a JSON object holds, and the value that holds them."""
    for key, value in data.items():
        known = _key(key) in SCENES
        if (
            isinstance(value, list)
            and value
            and (known or (len(value) > 1 and _STORY.search(str(key)) and all(isinstance(one, dict) for one in value)))
        ):
            return value, value
        if (
            isinstance(value, list)
            and len(value) > 1
            and all(isinstance(one, dict) and {_key(name) for name in one} & {*START, *SPAN} for one in value)
        ):
            return value, value
        if isinstance(value, dict) and (known or len(value) > 1) and (inner := _counted(value, known)) is not None:
            return inner, value
    numbered = _counted(data, False)
    return (numbered, data) if numbered is not None else None


def _counted(data: dict[str, Any], known: bool) -> list[Any] | None:
    """Shots by number or by time: {"shot_1": ...}, {"0-3s": ...}."""
    timed = [
        (key, value)
        for key, value in data.items()
        if _is_span(str(key)) or (known and _number(str(key)) is not None and not str(key).isdigit())
    ]
    if len(timed) > 1 and len(timed) == len(data):
        return [{"time": key, **(value if isinstance(value, dict) else {"visual": value})} for key, value in timed]
    numbered = [
        value
        for key, value in data.items()
        if re.fullmatch(
            (
                r"(?:shot|scene|clip|part|beat|panel|" r"frame)?[ _-]?\d+"
                if known
                else r"(?:shot|scene|clip|part|beat|panel)[ _-]?\d+"
            ),
            str(key),
            re.I,
        )
    ]
    return numbered if len(numbered) > 1 and all(isinstance(one, (dict, str)) for one in numbered) else None


def _strings(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [said for one in inner for said in _strings(one, depth + 1)] if depth < MOST_DEPTH else []


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 <= value < 100_000 else None
    if isinstance(value, str) and (
        written := re.fullmatch(rf"\s*({times.CLOCK}|{times.NUMBER})\s*(?:{times.UNIT})?\s*", value, re.I)
    ):
        return times.seconds(written[1])
    return None


def _first(fields: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    return next((number for key in keys if (number := _number(fields.get(key))) is not None), None)


# --- tables and screenplays ------------------------------------------------------------------------------------------


def _table(text: str, table: tables.Table) -> tuple[str, list[int]]:
    """A table's rows as shots, their cells by what the head of their column says."""
    writer = _Writer(text)
    writer.out.add(text[: table.start], 0)
    writer.cursor = table.start
    for number, row in enumerate(table.rows, 1):
        writer.scene(row, number)
    writer.out.add("\n" + text[table.end :], max(0, table.end - 1))
    return writer.out.done(len(text))


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
