"""Subtitles from the script's dialogue: who says what, when; written as WebVTT, in rows broken where their script
allows (Unicode line breaking, UAX 14, with the rules of kinsoku; Korean at its spaces)."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysubs2

from phonofilm.errors import MediaError
from phonofilm.prompt.language import guess_language
from phonofilm.prompt.script import Line, Script

LEAST, GAP = 0.7, 0.1
"""Seconds a cue stays at least, and between two cues of a shot."""
_PACE = {"zh": 4.5, "yue": 4.5, "ja": 7.0, "ko": 6.0}
"""Characters spoken in a second; other languages 14."""


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One subtitle: seconds from the start of the clip, and what is said."""

    start: float
    end: float
    text: str
    speaker: str = ""
    language: str = ""
    """en zh yue ja ko es fr de; empty: not known."""


def timed(lines: Iterable[tuple[float, float, Line]], seconds: float) -> list[Cue]:
    """Lines as cues in a clip of ``seconds``, each with the instants (begin, end) at which an engine says that it
    sounds."""
    return [_cue(line, max(0.0, a), min(seconds, b)) for a, b, line in lines if b > a and a < seconds]


def cues(script: Script, seconds: float) -> list[Cue]:
    """The script's lines as cues in a clip of ``seconds``, where no engine says when they sound (else ``timed``).

    The lines of a shot share it: each as long as it takes to say, from the shot's beginning, closer together where they
    would not fit.
    """
    out: list[Cue] = []
    for shot, (begin, end) in zip(script.shots, script.times(seconds), strict=True):
        lengths = [max(LEAST, len(line.text) / _pace(line)) for line in shot.lines]
        if not lengths:
            continue
        room = end - begin
        scale = min(1.0, room / (sum(lengths) + GAP * len(lengths)))
        at = begin + min(0.2, max(0.0, room - sum(lengths) - GAP * len(lengths)))
        for line, length in zip(shot.lines, lengths, strict=True):
            out.append(_cue(line, at, min(end, at + length * scale)))
            at += (length + GAP) * scale
    return out


def to_vtt(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file; text is escaped, speakers are voice tags."""
    return _file(cues, tagged=True).to_string("vtt")


def to_srt(cues: Iterable[Cue]) -> str:
    """The cues as SubRip."""
    return _file(cues, tagged=False).to_string("srt")


def write_vtt(path: Path, cues: Iterable[Cue]) -> Path:
    """Write the cues as WebVTT."""
    try:
        path.write_text(to_vtt(cues), encoding="utf-8")
    except OSError as error:
        raise MediaError(f"'{path.name}' could not be written ({error.strerror or error}); free some space") from error
    return path


def language_of(cues: Sequence[Cue]) -> str:
    """The language most cues are in, as HLS names it; ``en`` where none says."""
    named = [cue.language for cue in cues if cue.language]
    found = max(set(named), key=named.count) if named else "en"
    return "zh-HK" if found == "yue" else found


def _cue(line: Line, start: float, end: float) -> Cue:
    language = line.language or guess_language(line.text) or ""
    return Cue(
        start=start, end=end, text=line.text, speaker="" if line.speaker == "voice" else line.speaker, language=language
    )


def _pace(line: Line) -> float:
    return _PACE.get(line.language or guess_language(line.text) or "", 14.0)


def _file(cues: Iterable[Cue], tagged: bool) -> pysubs2.SSAFile:
    out = pysubs2.SSAFile()
    for cue in sorted(cues, key=lambda cue: (cue.start, cue.end)):
        lines = [html.escape(row, quote=False) if tagged else row for row in _rows(cue.text)]
        # Braces would be formatting to the writer; a cue cannot hold an arrow or an empty row.
        text = "\\N".join(
            row.replace("{", "(").replace("}", ")").replace("\\", "/").replace("-->", "->") for row in lines
        )
        if tagged and cue.speaker:
            speaker = re.sub(r"[{}<>&\x00-\x1f\x7f-\x9f]", " ", cue.speaker)
            text = f"<v {html.escape(speaker, quote=False)}>{text}"
        out.events.append(pysubs2.SSAEvent(start=round(cue.start * 1000), end=round(cue.end * 1000), text=text))
    return out


def _rows(text: str) -> list[str]:
    """At most two rows of about the same width."""
    # what no font shows and a terminal may obey: control characters and noncharacters
    return rows(
        " ".join("".join(" " if unicodedata.category(letter) in ("Cc", "Cn") else letter for letter in text).split())
    )


ROW = 42
"""Columns of a row: a Latin letter takes one, a Chinese, Japanese or Korean one two."""
_NEAR = 60
"""Characters on both sides of a text's middle among which the break is looked for: reading is slow, and no row is that
uneven."""
_PAUSE = 8
"""Columns that the rows may differ by more where they are parted at a comma or full stop."""
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")


def rows(text: str, most: int = ROW) -> list[str]:
    """A text of one line as it is within ``most`` columns, else in two rows of about the same width; one where nothing
    allows a break.

    Never within a grapheme cluster, a Latin or Korean word or a number, never before a closing mark, comma or small
    kana, never after an opening mark.
    """
    whole = _columns(text)
    if whole <= most:
        return [text]
    places = breaks(text)
    if not places:
        return [text]

    def cost(place: int) -> int:
        left = text[:place].rstrip()
        return abs(2 * _columns(left) - whole) - (_PAUSE if unicodedata.category(left[-1])[0] == "P" else 0)

    cut = min(places, key=cost)
    return [text[:cut].strip(), text[cut:].strip()]


def breaks(text: str) -> list[int]:
    """Where a line may be broken: indices into the text, near its middle."""
    from uniseg.linebreak import line_break_boundaries

    middle = _half(text)
    begin, end = max(0, middle - _NEAR), min(len(text), middle + _NEAR)
    found = [begin + n for n in line_break_boundaries(text[begin:end])]
    inner = [n for n in found if (n > begin + 8 or begin == 0) and n < end and 0 < n < len(text)]
    return [
        n
        for n in inner
        if text[:n].strip()
        and text[n:].strip()
        and (text[n - 1].isspace() or not (_HANGUL.match(text[n - 1]) or _HANGUL.match(text[n])))
    ]


def _half(text: str) -> int:
    """The index where half of the columns are over."""
    half, done = _columns(text) / 2, 0
    for number, character in enumerate(text):
        done += _columns(character)
        if done >= half:
            return number
    return len(text)


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
