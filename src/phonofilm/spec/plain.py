"""Requests and results as plain data: in tables, between processes, in files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from phonofilm.errors import RequestError
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Result

_GENERATE = {f.name for f in fields(Generate)}
_REFERENCE = {f.name for f in fields(Reference)}


class ResultPlain(TypedDict):
    """A result as plain data."""

    seconds: float
    frames: int
    width: int
    height: int
    native_size: list[int]
    engine: str
    seed: int
    notes: list[str]
    timings: dict[str, float]
    details: dict[str, Any]
    tokens: NotRequired[int | None]
    """As a vendor counted them, or by the price book's rule."""


def to_plain(request: Generate) -> dict[str, Any]:
    """The request as JSON-able data; references as a list of objects."""
    out = asdict(request)
    out["references"] = [asdict(reference) for reference in request.references]
    out["cues"] = None if request.cues is None else str(request.cues)
    return out


def from_plain(data: Mapping[str, Any]) -> Generate:
    """The request again. Fields a newer version wrote are left out. Raises RequestError for values outside what is
    offered."""
    if not isinstance(data, Mapping):
        raise RequestError("a recorded request must be an object")
    known = {name: value for name, value in data.items() if name in _GENERATE and name not in ("references", "cues")}
    references = tuple(
        Reference(**{n: v for n, v in one.items() if n in _REFERENCE}) for one in data.get("references") or ()
    )
    return Generate(**known, references=references, cues=Path(data["cues"]) if data.get("cues") else None)


def result_plain(result: Result) -> ResultPlain:
    """What is kept of a result once its pictures and its sound are in a file."""
    return {
        "seconds": result.seconds,
        "frames": result.n_frames,
        "width": result.size[0],
        "height": result.size[1],
        "native_size": list(result.native_size),
        "engine": result.engine,
        "seed": result.seed,
        "notes": list(result.notes),
        "timings": {name: round(seconds, 4) for name, seconds in result.timings.items()},
        "details": json.loads(json.dumps(dict(result.details), default=str)),
    }
