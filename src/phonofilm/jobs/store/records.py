"""Requests and results as plain data, as the tables keep them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, replace
from typing import Any

from phonofilm.clip.sign import prompt_hash
from phonofilm.errors import PromptError, RequestError
from phonofilm.prompt import parse
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Result

_GENERATE = {f.name for f in fields(Generate)}
_REFERENCE = {f.name for f in fields(Reference)}


def to_plain(request: Generate) -> dict[str, Any]:
    """The request as JSON-able data; references as a list of objects."""
    out = asdict(request)
    out["references"] = [asdict(reference) for reference in request.references]
    return out


def from_plain(data: dict[str, Any]) -> Generate:
    """The request again. Fields a newer version wrote are left out. Raises RequestError for values outside what is offered."""
    if not isinstance(data, dict):
        raise RequestError("a recorded request must be an object")
    known = {name: value for name, value in data.items() if name in _GENERATE and name != "references"}
    references = tuple(Reference(**{n: v for n, v in one.items() if n in _REFERENCE}) for one in data.get("references") or ())
    return Generate(**known, references=references)


def request_hash(request: Generate, **more: Any) -> str:
    """The same for the same request and the same ``more``: what an idempotency key is held against."""
    text = json.dumps([to_plain(request), more], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def script_hash(prompt: str) -> str:
    """The same for prompts that say the same, however long they let each shot and the clip be and however they mark them."""
    try:
        script = parse(prompt)
    except PromptError:
        return prompt_hash(prompt)
    shots = tuple(replace(shot, start=None, end=None) for shot in script.shots)
    return prompt_hash(str(replace(script, shots=shots, settings=tuple(said for said in script.settings if said[0] != "duration"))))


def result_plain(result: Result) -> dict[str, Any]:
    """What is kept of a result once its frames are in a file."""
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
