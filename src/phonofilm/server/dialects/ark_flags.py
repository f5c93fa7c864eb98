"""The old way of saying parameters: ``--rs 720p --dur 5`` at the end of the prompt."""

from __future__ import annotations

import re
from typing import Any

from phonofilm.server.dialects.wire import wrong

_NAMES = {
    "rs": "resolution", "resolution": "resolution", "rt": "ratio", "ratio": "ratio", "dur": "duration",
    "duration": "duration", "frames": "frames",
    "fps": "framespersecond", "framespersecond": "framespersecond", "seed": "seed", "cf": "camera_fixed",
    "camerafixed": "camera_fixed",
    "wm": "watermark", "watermark": "watermark",
}  # fmt: skip
_FLAG = re.compile(
    r"(?:^|\s+)--("
    + "|".join(sorted(_NAMES, key=len, reverse=True))
    + r")(?![\w-])[ \t]*=?[ \t]*([^\s-][^\s]*|-1(?!\S))?",
    re.IGNORECASE,
)
_WHOLE = ("duration", "frames", "seed", "framespersecond")
_YES_NO = ("camera_fixed", "watermark")


def read_flags(text: str) -> tuple[str, dict[str, Any]]:
    """(the prompt without them, what they say by the names of the body's parameters).

    The vendor ignores some wrong values and refuses others; here every one is refused. Words with ``--`` that are no
    parameter stay in the prompt.
    """
    said: dict[str, Any] = {}

    def take(found: re.Match[str]) -> str:
        name, value = _NAMES[found[1].lower()], (found[2] or "").rstrip(",;")
        if not value:
            raise wrong(
                f"the text command --{found[1]} has no value; write --{found[1]} and a value, or use the parameter"
                f" '{name}'",
                "content.text",
            )
        said[name] = _value(name, found[1], value)
        return ""

    prompt = _FLAG.sub(take, text)
    return (prompt.strip() if said else text), said


def _value(name: str, flag: str, value: str) -> Any:
    if name in _WHOLE:
        if not re.fullmatch(r"-?\d{1,12}", value):
            raise wrong(f"the text command --{flag} takes a whole number, not '{value[:40]}'", "content.text")
        return int(value)
    if name in _YES_NO:
        if value.lower() not in ("true", "false"):
            raise wrong(f"the text command --{flag} is true or false, not '{value[:40]}'", "content.text")
        return value.lower() == "true"
    return value.lower()
