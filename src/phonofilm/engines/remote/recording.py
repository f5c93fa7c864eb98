"""A vendor's talk in a folder: ``recording.json`` with every request and answer, without secrets, and the files that
were delivered beside it.

{"recording": 1, "recorded": "2026-01-31T12:00:00Z", "engine": {"name", "kind", "model", ...}, "request": {"prompt",
"seconds", ...}, "exchanges": [
    {"method": "POST", "path": "/videos", "query": {}, "headers": ["accept", ...], "asked": {"json": {...}},
     "status": 200, "kind": "application/json", "waits": {"retry-after": "2"}, "names": ["date", ...], "answer":
     {"json": {...}}, "seconds": 0.41},
    {..., "path": "{file 1}", "answer": {"file": "clip-1.mp4", "bytes": 48211, "sha256": "...", "clip": {"width": 1280,
    "height": 720, "frames": 121}}}, {..., "failure": "no answer in time"}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from phonofilm.errors import MediaError, RequestError
from phonofilm.media.video import whole
from phonofilm.spec.request import Generate

FILE, VERSION = "recording.json", 1
ASKED = ("prompt", "seconds", "seed", "resolution", "ratio", "sound")
"""What of a request is kept."""
FAILURES: dict[str, type[httpx2.TransportError]] = {
    "no connection": httpx2.ConnectError,
    "no connection in time": httpx2.ConnectTimeout,
    "no answer in time": httpx2.ReadTimeout,
    "not sent in time": httpx2.WriteTimeout,
    "not sent": httpx2.WriteError,
    "not HTTP": httpx2.RemoteProtocolError,
    "broken off": httpx2.ReadError,
}
"""How the line broke, in words, and what a replay raises for it."""
_TYPES = {"object": dict, "list": list, "text": str, "number": (int, float), "whole number": int}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and what came back of it."""

    method: str
    path: str
    """Under the vendor's address, with stand-ins (``/videos/{task 1}``), or ``{file n}``."""
    query: dict[str, str] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)
    """Names of the headers sent, of those that are commonly known."""
    asked: dict[str, Any] | None = None
    status: int = 0
    """0 where no answer came."""
    kind: str = ""
    """The answer's content type, without parameters."""
    waits: dict[str, str] = field(default_factory=dict)
    """How long the vendor asks to be left alone: ``retry-after``, ``retry-after-ms``; and ``location`` of a
    redirect.
    """
    names: list[str] = field(default_factory=list)
    """Names of the answer's headers, likewise."""
    answer: dict[str, Any] | None = None
    """``json``; ``bytes`` where it is none; ``file`` with bytes, sha256 and clip where it was delivered into one."""
    failure: str = ""
    """How the line broke, a word of :data:`FAILURES`."""
    seconds: float = 0.0
    """From the request to the end of the answer."""

    @property
    def call(self) -> str:
        """What kind of call it is, whichever task or file it is about."""
        path = (
            "{file}"
            if self.path.startswith("{file")
            else "/".join("{task}" if piece.startswith("{task") else piece for piece in self.path.split("/"))
        )
        return f"{self.method} {path}"

    @property
    def json(self) -> Any:
        """The answer's JSON; None where it is none."""
        return (self.answer or {}).get("json")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """All of one run."""

    folder: Path
    recorded: str
    engine: dict[str, Any]
    """``name``, ``kind`` and those settings of its own that are no secrets."""
    request: dict[str, Any]
    exchanges: tuple[Exchange, ...]

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.folder / FILE

    def wanted(self) -> Generate:
        """The request that was recorded. RequestError where its values are none."""
        return Generate(**self.request, engine=str(self.engine["name"]))

    def save(self) -> None:
        """Write it whole or not at all."""
        said = {"recording": VERSION, "recorded": self.recorded, "engine": self.engine, "request": self.request}
        rows = [
            {name: value for name, value in asdict(one).items() if value not in ({}, [], None, "", 0)}
            for one in self.exchanges
        ]
        with whole(self.file) as part:
            part.write_text(
                json.dumps({**said, "exchanges": rows}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )


def read(folder: Path) -> Recording:
    """The recording in ``folder``. RequestError where there is none; MediaError, naming file and field, where it cannot
    be read.
    """
    file = folder / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RequestError(
            f"there is no recording in '{folder}' ({FILE} is missing); "
            f"make one with: phonofilm engines record NAME --out '{folder}'"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError(f"'{file}' cannot be read ({error}); record it anew") from error
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "deep inside"
        raise MediaError(f"'{file}' is no JSON ({where}: {error}); it was cut off or edited: record it anew") from error
    if not isinstance(said, dict) or said.get("recording") != VERSION:
        found = said.get("recording") if isinstance(said, dict) else None
        raise MediaError(
            f"'{file}', field recording: {found!r} is no version that is known here ({VERSION}); record it anew"
        )
    _held(file, said, "", {"recorded": "text", "engine": "object", "request": "object", "exchanges": "list"})
    _held(file, said["engine"], "engine.", {"name": "text", "kind": "text"})
    _held(file, said["request"], "request.", {"prompt": "text", "seconds": "number"})
    if unknown := sorted(set(said["request"]) - set(ASKED)):
        raise MediaError(f"'{file}', field request.{unknown[0]}: nothing of that name is recorded; take it out")
    exchanges = tuple(_exchange(file, number, row) for number, row in enumerate(said["exchanges"]))
    return Recording(
        folder=folder, recorded=said["recorded"], engine=said["engine"], request=said["request"], exchanges=exchanges
    )


def _exchange(file: Path, number: int, row: Any) -> Exchange:
    where = f"exchanges[{number}]."
    if not isinstance(row, dict):
        raise MediaError(f"'{file}', field exchanges[{number}]: it is an object; record it anew")
    _held(file, row, where, {"method": "text", "path": "text"})
    optional = {
        "query": "object",
        "headers": "list",
        "asked": "object",
        "status": "whole number",
        "kind": "text",
        "waits": "object",
        "names": "list",
    }
    _held(
        file,
        row,
        where,
        {
            name: kind
            for name, kind in {**optional, "answer": "object", "failure": "text", "seconds": "number"}.items()
            if name in row
        },
    )
    if unknown := sorted(set(row) - set(Exchange.__dataclass_fields__)):
        raise MediaError(f"'{file}', field {where}{unknown[0]}: nothing of that name is recorded; take it out")
    if not row.get("status") and not row.get("failure"):
        raise MediaError(f"'{file}', field {where}status: neither an answer nor a failure is there; record it anew")
    if row.get("failure", "") not in ("", *FAILURES):
        raise MediaError(
            f"'{file}', field {where}failure: it is one of {', '.join(FAILURES)}; mend it or record it anew"
        )
    delivered = (row.get("answer") or {}).get("file")
    if delivered is not None and (
        not isinstance(delivered, str) or Path(delivered).name != delivered or not (file.parent / delivered).is_file()
    ):
        raise MediaError(
            f"'{file}', field {where}answer.file: there is no file {delivered!r} beside it; "
            "copy it there or record anew"
        )
    return Exchange(**row)


def _held(file: Path, row: dict[str, Any], where: str, fields: dict[str, str]) -> None:
    for name, kind in fields.items():
        value, wanted = row.get(name), _TYPES[kind]
        if not isinstance(value, wanted) or isinstance(value, bool):  # type: ignore[arg-type]
            said = (
                "missing"
                if name not in row
                else f"{json.dumps(value)[:40]}, not a{'n' if kind == 'object' else ''} {kind}"
            )
            raise MediaError(f"'{file}', field {where}{name} is {said}; mend it or record it anew")


def broken(error: httpx2.TransportError) -> str:
    """The word for how the line broke."""
    return next((word for word, kind in FAILURES.items() if isinstance(error, kind)), "broken off")


def calls(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """The exchanges by kind of call, in their order."""
    found: dict[str, list[Exchange]] = {}
    for one in exchanges:
        found.setdefault(one.call, []).append(one)
    return found
