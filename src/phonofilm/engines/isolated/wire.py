"""Settings and errors as plain data, between a service and the processes its networks live in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from phonofilm import errors
from phonofilm.errors import EngineError, PhonofilmError

KINDS = {
    kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PhonofilmError)
}


def settings_out(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as JSON can carry them: paths are marked."""
    return {name: {"path": str(value)} if isinstance(value, Path) else value for name, value in settings.items()}


def settings_in(data: dict[str, Any]) -> dict[str, Any]:
    """The settings again."""
    return {
        name: Path(value["path"]) if isinstance(value, dict) and set(value) == {"path"} else value
        for name, value in data.items()
    }


TOLD = ("code", "field", "position", "reason", "retry_after")
"""What our errors say beside their words."""


def error_out(error: BaseException) -> dict[str, Any]:
    """An error as JSON can carry it: its kind, its words, and what it says beside them."""
    told = str(error) or ("out of memory" if isinstance(error, MemoryError) else "")
    about = (
        {name: value for name in TOLD if isinstance(value := getattr(error, name, None), (str, int, float))}
        if isinstance(error, PhonofilmError)
        else {}
    )
    return {"kind": type(error).__name__, "message": told, "about": about}


def error_in(told: dict[str, Any], engine: str) -> PhonofilmError:
    """The child's error as the parent raises it: ours as they are, others as a failed attempt."""
    known = KINDS.get(told["kind"])
    if known is None:
        return EngineError(
            f"engine {engine} failed ({told['message'][:300] or 'it gives no reason'}); try again, or choose another"
            " engine"
        )
    error = known.__new__(known)
    Exception.__init__(error, told["message"])
    for name, value in told["about"].items():
        setattr(error, name, value)
    return error


def is_fatal(error: BaseException) -> bool:
    """Is the process better begun anew after this? (Out of memory: what was allocated may never be given back.)"""
    return isinstance(error, (MemoryError, SystemExit, KeyboardInterrupt)) or "out of memory" in str(error).lower()
