"""A recording in the vendor's place: a transport that answers an engine's calls from a file, without a line, a key or a
bill.

Each kind of call is answered in the order it was recorded, for each task from the beginning; the last answer is
repeated a while. Any number of submits is answered, each with an id of its own; which words were asked for makes no
difference to what comes.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from phonofilm.engines.remote.recording import FAILURES, Exchange, Recording, calls, read
from phonofilm.engines.remote.scrub import TAGS
from phonofilm.errors import EngineError, MediaError

if TYPE_CHECKING:
    from phonofilm.engines.remote.vendor import Remote

AGAIN = 20
"""Times the last answer to a question is given again, until the recording is taken not to end."""
FILES = "/recorded-files/"
_REMEDY = "record it anew, or, where the vendor has changed, mend the engine's reading"
_ID = re.compile(r"recorded-(\d+)-(\d+)")


class Replay(httpx2.BaseTransport):
    """``recording`` (or its folder) for an engine at ``base_url``. Thread-safe. RequestError, MediaError as
    :func:`recording.read`.
    """

    def __init__(self, recording: Recording | Path | str, base_url: str) -> None:
        self.recording = recording if isinstance(recording, Recording) else read(Path(recording))
        self.base = httpx2.URL(base_url)
        self._answers = calls(self.recording.exchanges)
        self._numbers = {id(one): number for number, one in enumerate(self.recording.exchanges)}
        self._given: dict[tuple[str, str], int] = {}
        self._submits, self._tag, self._tags = 0, "", dict[str, str]()
        self._lock = threading.Lock()
        self.last = ""
        """The exchange answered with last, for whoever tells what went wrong: its place in the file."""

    def over(self, line: httpx2.BaseTransport) -> Replay:
        """In place of the line."""
        line.close()
        return self

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded answer. EngineError where there is none."""
        body = request.read()
        with self._lock:
            call, task = self._call(request)
            exchange, where = self._next(call, task)
            self.last = where
            self._tag = _tag(body) or self._tag
            if (
                request.method == "POST"
                and exchange.status
                and isinstance(exchange.json, dict)
                and "id" in exchange.json
            ):
                self._submits += 1
                task = f"recorded-{self._submits}"
                self._tags[task] = self._tag
            said = self._filled(exchange.json, task)
        if exchange.failure and not exchange.status:
            raise FAILURES[exchange.failure](f"{where}: as it was recorded", request=request)
        headers = {"content-type": exchange.kind or "application/json", **exchange.waits}
        if "location" in headers:
            headers["location"] = self._filled(headers["location"], task)
        answer = exchange.answer or {}
        if "json" in answer:
            content = json.dumps(said).encode()
            return httpx2.Response(exchange.status, headers=headers, content=content)
        if "file" in answer:
            return httpx2.Response(
                exchange.status, headers=headers, stream=_File(self.recording.folder / answer["file"])
            )
        if exchange.failure:
            raise FAILURES[exchange.failure](f"{where}: as it was recorded", request=request)
        return httpx2.Response(
            exchange.status, headers=headers, content=b"-" * min(int(answer.get("bytes", 0)), 1 << 20)
        )

    def _call(self, request: httpx2.Request) -> tuple[str, str]:
        """(kind of call, the task it is about or "")."""
        path = request.url.path.removeprefix(self.base.path.rstrip("/"))
        if path.startswith(FILES):
            return f"{request.method} {{file}}", path.removeprefix(FILES).partition(".")[0].rpartition("-")[0]
        found = _ID.search(path)
        return f"{request.method} {_ID.sub('{task}', path)}", found[0].rpartition("-")[0] if found else ""

    def _next(self, call: str, task: str) -> tuple[Exchange, str]:
        every = self._answers.get(call)
        if not every:
            raise EngineError(
                f"'{self.recording.file}' holds no answer to {call}; it has {', '.join(self._answers)}: record it anew"
            )
        number = self._given.get((call, task), 0)
        if number >= len(every) + AGAIN:
            place = self._place(every[-1])
            raise EngineError(
                f"'{self.recording.file}', {place}: the last answer to {call} ends nothing; "
                "record it anew to the end of the task"
            )
        self._given[call, task] = number + 1
        exchange = every[min(number, len(every) - 1)]
        return exchange, self._place(exchange)

    def _place(self, exchange: Exchange) -> str:
        return f"exchanges[{self._numbers[id(exchange)]}]"

    def _filled(self, value: Any, task: str) -> Any:
        """With ids, tags and addresses that this run can use in place of the stand-ins."""
        if isinstance(value, dict):
            return {name: self._filled(one, task) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one, task) for one in value]
        if not isinstance(value, str) or not value.startswith("{"):
            return value
        if found := re.fullmatch(r"\{task (\d+)\}", value):
            return f"{task}-{found[1]}" if task else f"recorded-{max(1, self._submits)}-{found[1]}"
        if found := re.fullmatch(r"\{file (\d+)\}", value):
            return f"{str(self.base).rstrip('/')}{FILES}{task or 'any'}-{found[1]}.mp4"
        if value == "{tag}":
            return self._tags.get(task) or self._tag or value
        return value


class _File(httpx2.SyncByteStream):
    """A delivered clip from the disk, a piece at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while piece := file.read(1 << 16):
                yield piece


def _tag(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return next((str(said[name]) for name in TAGS if name in said), "") if isinstance(said, dict) else ""


def check(recording: Recording, engine: Remote) -> None:
    """Is everything that says where a task stands read by ``engine``? MediaError, naming file and field, where it is
    not.
    """
    for number, one in enumerate(recording.exchanges):
        where = f"'{recording.file}', field exchanges[{number}].answer.json"
        if (
            one.status != 200
            or one.call.partition(" ")[2].rpartition("/")[2] not in ("{task}", "videos", "tasks")
            or one.method == "DELETE"
        ):
            continue
        if not isinstance(one.json, dict):
            raise MediaError(f"{where} is {json.dumps(one.json)[:40]}, not an object; {_REMEDY}")
        if one.method == "POST" and not isinstance(one.json.get("id"), str):
            raise MediaError(f"{where}.id: the submit was answered without an id; {_REMEDY}")
        if "{task}" in one.call:
            try:
                engine.read(one.json)
            except ValueError as error:
                raise MediaError(f"{where}.{error}; {_REMEDY}") from error
