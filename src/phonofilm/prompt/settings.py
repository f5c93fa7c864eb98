"""What a prompt says about the clip itself: flags (``--ar 9:16 --duration 5``) and a stated length, shape or size."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FLAG = re.compile(
    r"(?<![\w-])(?:--|—|–)(?P<name>[A-Za-z][\w-]*)(?:(?:[ \t]*+=[ \t]*+|[ \t]++)(?P<value>(?!--|—|–)[^\s,;]+))?[,;]?",
    re.I,
)
_NAMES = {
    "ratio": "ar aspect aspect-ratio aspect_ratio ratio",
    "duration": "duration dur length len seconds sec t time",
    "resolution": "resolution res size quality rs",
    "seed": "seed",
    "fps": "fps",
}
_BY_NAME = {word: name for name, words in _NAMES.items() for word in words.split()}
_NEGATIVE = re.compile(
    r"(?<![\w-])--(?:no|neg|negative|negative_prompt|negative-prompt)[ \t=]+(?P<what>(?:(?!\s--)[^\n])+)", re.I
)
_RATIOS = r"21:9|16:9|9:16|4:3|3:4|1:1"
_RATIO = re.compile(rf"(?<![\d:.])(?P<ratio>{_RATIOS})(?![\d:]|\s*+[-–—]\s*+\d)")
_VERTICAL = re.compile(
    r"\b(?:vertical|portrait)\s+(?:video|format|clip|short|frame|ratio|orientation|framing|9:16)|竖屏|豎屏|縦型|縦動画|세로\s*+(?:영상|"
    r"화면)|vídeo "
    r"vertical|vidéo verticale|hochformat",
    re.I,
)
_NUMBERS = {
    word: n
    for n, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split(), 1
    )
} | {"twenty": 20, "thirty": 30, "sixty": 60}
_CLIP = (
    r"(?:[\w'-]+\s+){0,3}?(?:video|clip|film|ad|advert|commercial|spot|short|reel|trailer|teaser|animation|sequence|movie|loop|take|scene|tiktok|vlog|"
    r"shot)\b"
)
_LASTS = re.compile(
    rf"(?P<a>\d{{1,2}}(?:\.\d+)?|{'|'.join(_NUMBERS)})[ -]?(?:seconds?|secs?|s)(?:[ -]long)?[ -]+{_CLIP}"
    r"|(?:duration|length|runtime|时长|時長|总时长|尺|길이|duración|durée|dauer)\s*+[:：=]?\s*+(?:is\s+|of\s+|为|約|"
    r"约)?(?P<b>\d{1,2}(?:\.\d+)?)\s*+(?:seconds?|secs?|s\b|秒|"
    r"초|segundos|secondes|sekunden)"
    r"|(?P<c>\d{1,2}(?:\.\d+)?)\s*+(?:seconds?|secs?|s)\s+long\b|(?P<d>\d{1,2}(?:\.\d+)?)\s*+(?:秒|초)\s*+(?:的|の|钟|鐘)?\s*+(?:视频|影片|短片|動画|映像|"
    r"広告|广告|영상|비디오|광고|クリップ|"
    r"ショート)",
    re.I,
)
_LASTS_ONLY = re.compile(
    r"(?:(?:total\s+)?(?:duration|length|runtime)|时长|時長|总时长|尺|길이|duración|durée|dauer|(?:aspect\s*+)?ratio|fps|resolution|画幅|比例)\s*+[:：=]?\s*+(?:is\s+|of\s+|为|約|约)?"
    r"(?:\d{1,2}:\d{1,2}|\d{1,4}(?:\.\d+)?p?\s*+(?:seconds?|secs?|s\b|秒|초|segundos|secondes|sekunden|fps)?)|\b\d{2}\s?fps\b|"
    rf"\b(?:\d{{1,2}}(?:\.\d+)?|{'|'.join(_NUMBERS)})[ -]?(?:seconds?|secs?|s)(?:[ -]long)?(?=["
    r" -]+(?:video|clip|film|shot|reel|short|loop)\b)",
    re.I,
)
_VERTICAL_ONLY = re.compile(
    r"\b(?:vertical|portrait)(?=\s+(?:video|format|clip|short|frame|ratio|orientation))|竖屏|豎屏|縦型", re.I
)
_LISTED = re.compile(
    r"(?:^|(?<=[.,;，。；、"
    r"|\n]))\s*+(?P<n>\d{1,2}(?:\.\d+)?)\s*+(?:seconds?|secs?|s|秒|초|segundos|secondes|sekunden)\s*+(?=[.,;，。；、"
    r"|\n]|$)",
    re.I,
)
"""A length among other settings: "9:16, 6 seconds."."""
_SIZE = re.compile(r"\b(480p|720p|1080p)\b", re.I)


def flags(text: str) -> tuple[str, dict[str, str | float], list[str]]:
    """(the text with its flags blanked out, what they set, what ``--no`` keeps out). Lengths are seconds, everything
    else is as written."""
    found: dict[str, str | float] = {}
    kept_out: list[str] = []

    def negative(match: re.Match[str]) -> str:
        kept_out.extend(part.strip() for part in re.split(r"[,;，、]", match["what"]) if part.strip())
        return " " * len(match.group())

    def flag(match: re.Match[str]) -> str:
        name, value = match["name"].lower(), match["value"]
        if not match.group().startswith("--") and name not in _BY_NAME:
            return match.group()  # a dash of the sentence
        known = _BY_NAME.get(name)
        if known is not None and value is not None:
            settled = _valued(known, value)
            if settled is not None:
                found.setdefault(known, settled)
                return " " * len(match.group())
        if (
            known is None
            and value is not None
            and not re.fullmatch(r"[\d.:x]+|raw|on|off|true|false|fast|turbo|relax", value, re.I)
        ):
            return " " * (match.end("name") - match.start()) + match.group()[match.end("name") - match.start() :]
        return " " * len(match.group())

    text = _NEGATIVE.sub(negative, text)
    return _FLAG.sub(flag, text), found, kept_out


def _valued(name: str, value: str) -> str | float | None:
    if name == "duration":
        number = re.fullmatch(r"(\d{1,4}(?:\.\d+)?)\s*+(?:s|sec|seconds?)?", value, re.I)
        return float(number[1]) if number else None
    if name == "ratio":
        return value if re.fullmatch(r"\d{1,2}:\d{1,2}", value) else None
    return value if len(value) <= 20 else None


_SAYS = re.compile(r"\d|second|vertical|portrait|屏|縦|세로|hochformat", re.I)


def stated(text: str) -> dict[str, str | float]:
    """What the words themselves say about the clip: "an eight-second video", "Duration: 6 s", "9:16", "720p"."""
    found: dict[str, str | float] = {}
    if not _SAYS.search(text):
        return found
    if lasts := _LASTS.search(text):
        said = next(value for value in lasts.groups() if value)
        found["duration"] = float(_NUMBERS.get(said.lower(), 0) or said)
    elif listed := _LISTED.search(text):
        found["duration"] = float(listed["n"])
    if ratio := _RATIO.search(text):
        found["ratio"] = ratio["ratio"]
    elif _VERTICAL.search(text):
        found["ratio"] = "9:16"
    if size := _SIZE.search(text):
        found["resolution"] = size[1].lower()
    return found


_TELLS = re.compile(r"\d|second|vertical|portrait|竖屏|豎屏|縦型", re.I)


def spans(text: str) -> list[tuple[int, int]]:
    """From where to where the words stand that :func:`stated` reads."""
    if not _TELLS.search(text):
        return []
    return [
        match.span()
        for pattern in (_LASTS_ONLY, _LISTED, _RATIO, _VERTICAL_ONLY, _SIZE)
        for match in pattern.finditer(text)
    ]


def written(settings: Mapping[str, str | float]) -> str:
    """Settings as flags."""
    names = {"ratio": "ar"}
    return " ".join(
        f"--{names.get(name, name)} {f'{value:g}' if isinstance(value, float) else value}"
        for name, value in settings.items()
    )
