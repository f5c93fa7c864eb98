"""Requests and results as plain data, between a service and the processes its networks live in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from phonofilm import errors
from phonofilm.engines.base import Cancel, stop_if
from phonofilm.errors import EngineError, PhonofilmError
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Result

KINDS = {kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PhonofilmError)}


def request_out(request: Generate) -> dict[str, Any]:
    """A request as JSON can carry it."""
    return asdict(request)


def request_in(data: dict[str, Any]) -> Generate:
    """The request again."""
    return Generate(**{**data, "references": tuple(Reference(**reference) for reference in data["references"])})


def settings_out(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as JSON can carry them: paths are marked."""
    return {name: {"path": str(value)} if isinstance(value, Path) else value for name, value in settings.items()}


def settings_in(data: dict[str, Any]) -> dict[str, Any]:
    """The settings again."""
    return {name: Path(value["path"]) if isinstance(value, dict) and set(value) == {"path"} else value for name, value in data.items()}


def result_out(result: Result, wrote: float) -> dict[str, Any]:
    """What is known of a clip but its pictures and its sound, which are in the file."""
    return {
        "n_frames": result.n_frames, "rate": result.rate, "size": list(result.size), "native_size": list(result.native_size), "engine": result.engine,
        "notes": list(result.notes), "timings": {**result.timings, "write": wrote}, "details": _plain(result.details),
    }  # fmt: skip


def error_in(kind: str, message: str, engine: str) -> PhonofilmError:
    """The child's error as the parent raises it: ours as they are, others as a failed attempt."""
    known = KINDS.get(kind)
    if known is None:
        return EngineError(f"engine {engine} failed ({message[:300] or 'it gives no reason'}); try again, or choose another engine")
    error = known.__new__(known)
    Exception.__init__(error, message)
    return error


def is_fatal(error: BaseException) -> bool:
    """Is the process better begun anew after this? (Out of memory: what was allocated may never be given back.)"""
    return isinstance(error, (MemoryError, SystemExit, KeyboardInterrupt)) or "out of memory" in str(error).lower()


def stop(cancel: Cancel) -> None:
    """As ``base.stop_if``."""
    stop_if(cancel)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)
