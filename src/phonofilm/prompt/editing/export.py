"""A script in the words that other engines' guides ask for: ``export(parse(prompt), "veo", 8)``. What it says stays;
only its marks change.

Every dialect is one that ``parse`` reads again as the same shots, lines and kept-out things. What a dialect takes as a
field of the call and not as words (length, shape, seed) is left to :func:`fields`.
"""

from __future__ import annotations

from phonofilm.errors import PromptError
from phonofilm.prompt.script import Line, Script
from phonofilm.prompt.settings import written

DIALECTS = ("seedance", "veo", "sora", "kling")
_LANGUAGES = {
    "en": "English",
    "zh": "Mandarin",
    "yue": "Cantonese",
    "ja": "Japanese",
    "ko": "Korean",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
}
_MARKS = {
    "seedance": "[{start}-{end}s]",
    "veo": "[{start_clock}-{end_clock}]",
    "sora": "Shot {number} ({start}-{end}s):",
    "kling": "Shot {number} ({length}s):",
}
_NEGATIVE = {"seedance": "Negative: {}", "veo": "Negative: {}", "sora": "Avoid: {}", "kling": "Negative prompt: {}"}


def export(script: Script, dialect: str, seconds: float) -> str:
    """The script for a clip of ``seconds`` as that engine's users write it; one of ``DIALECTS``. Raises PromptError for
    another."""
    if dialect not in DIALECTS:
        raise PromptError(f"there is no dialect '{dialect}'; choose one of {', '.join(DIALECTS)}", 0)
    marked = len(script.shots) > 1 or bool(script.preamble) or script.shots[0].start is not None
    parts = [script.preamble] if script.preamble else []
    for number, (shot, (start, end)) in enumerate(zip(script.shots, script.times(seconds), strict=True), 1):
        mark = _MARKS[dialect].format(
            number=number,
            start=_number(start),
            end=_number(end),
            length=_number(end - start),
            start_clock=_clock(start),
            end_clock=_clock(end),
        )
        parts.append(" ".join([mark] * marked + [shot.text] * bool(shot.text)))
        parts += [_line(line) for line in shot.lines]
    parts += [_NEGATIVE[dialect].format(", ".join(script.negative))] * bool(script.negative)
    if dialect == "seedance" and script.settings:
        parts.append(written({name: value for name, value in script.settings if name != "fps"}))
    return "\n".join(part for part in parts if part)


def fields(script: Script, dialect: str, seconds: float) -> dict[str, str | float]:
    """What of the script is to be set beside the words: the length, and the settings that this dialect has no words
    for."""
    said = {} if dialect == "seedance" else {name: value for name, value in script.settings if name != "duration"}
    return {"duration": seconds, **said}


def _line(line: Line) -> str:
    return f'{line.speaker}{f" (in {_LANGUAGES[line.language]})" if line.language else ""}: "{line.text}"'


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 3), 60)
    whole = f"{int(minutes):02}:{int(rest):02}"
    return whole if rest == int(rest) else f"{whole}.{f'{rest % 1:.3f}'[2:].rstrip('0')}"


def _number(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
