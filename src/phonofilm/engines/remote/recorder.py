"""Keeps a vendor's talk while an engine has it: a transport between the engine's client and the line
(``Calls.through``), which changes nothing of either.

Why not vcrpy, which knows httpx2 since 9.4: it patches the transport of the whole process, so other engines' calls land
in the file; it reads each answer to its end before the engine gets a byte, so that a clip lies in memory and in YAML
and the engine's limits of size and time never act; it leaves out what is named and keeps what is new, where this must
be the other way round; and neither times nor broken lines are kept. A transport of one's own is what httpx2 documents
for this.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin

import httpx2

from phonofilm.engines import recorded
from phonofilm.engines.remote.calls import JSON_BYTES
from phonofilm.engines.remote.recording import ASKED, FILE, Exchange, Recording, broken
from phonofilm.engines.remote.scrub import Scrubber
from phonofilm.errors import MediaError, RequestError
from phonofilm.spec.request import Generate

WAITS = ("retry-after", "retry-after-ms")
SETTINGS = ("kind", "model", "server", "adjust", "video_data", "lookup")
"""Of an engine's settings those that are kept: what it is, not where it is or who pays."""
NAMES = frozenset(
    "accept accept-encoding accept-ranges age authorization cache-control connection content-disposition "
    "content-encoding content-length content-type cookie date etag expires host idempotency-key last-modified location "
    "openai-organization openai-processing-ms openai-project openai-version retry-after retry-after-ms server "
    "set-cookie transfer-encoding user-agent vary via www-authenticate x-client-request-id x-request-id x-tt-logid "
    "x-ratelimit-limit-requests x-ratelimit-remaining-requests x-ratelimit-reset-requests".split()
)
"""Headers that are said to have been there; of others not even the name is kept, for it may hold a tenant's."""
CLIP_BYTES = 200_000_000
"""Longest file that is kept; of a longer one the numbers are."""


class Recorder(httpx2.BaseTransport):
    """Over ``line``, into ``folder``; :meth:`save` writes it down. Thread-safe. RequestError where the folder holds a
    recording already.
    """

    def __init__(self, folder: Path, base_url: str, secrets: list[str]) -> None:
        if (folder / FILE).exists():
            raise RequestError(f"'{folder}' holds a recording already; choose another folder, or delete that one")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"'{folder}' cannot be made ({error.strerror}); choose a folder you may write to"
            ) from error
        self.folder, self.scrub = folder, Scrubber(base_url, secrets)
        self._line: httpx2.BaseTransport | None = None
        self._lock = threading.Lock()
        self._kept: list[tuple[float, Exchange]] = []
        self._clips = 0

    def over(self, line: httpx2.BaseTransport) -> Recorder:
        """With the line that it passes everything on to."""
        self._line = line
        return self

    def close(self) -> None:
        """Close the line."""
        if self._line is not None:
            self._line.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass it on and keep both."""
        assert self._line is not None
        body = request.read()
        began, about = time.time(), self._about(request, body)
        clock = time.perf_counter()
        try:
            response = self._line.handle_request(request)
        except httpx2.TransportError as error:
            self._keep(began, Exchange(**about, failure=broken(error), seconds=round(time.perf_counter() - clock, 3)))
            raise
        stream = _Heard(self, str(request.url), response, about, began, clock)
        return httpx2.Response(
            response.status_code, headers=response.headers.multi_items(), stream=stream, extensions=response.extensions
        )

    def save(self, name: str, settings: dict[str, Any], request: Generate) -> Recording:
        """Write down what was heard. ``settings`` are the engine's own (its ``kind`` among them)."""
        engine = {
            key: self.scrub.text(one) if isinstance(one := settings[key], str) else one
            for key in SETTINGS
            if key in settings
        }
        asked = {key: self.scrub.value(getattr(request, key), key) for key in ASKED}
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._lock:
            exchanges = tuple(one for _, one in sorted(self._kept, key=lambda kept: kept[0]))
        made = Recording(
            folder=self.folder, recorded=when, engine={"name": name, **engine}, request=asked, exchanges=exchanges
        )
        made.save()
        return made

    def _about(self, request: httpx2.Request, body: bytes) -> dict[str, Any]:
        url, host = str(request.url), request.headers.get("host", "")
        kind = request.headers.get("content-type", "")
        with self._lock:
            asked = self.scrub.body(body, kind)
            path = self.scrub.path(url, host)
            return {
                "method": request.method,
                "path": path,
                "query": self.scrub.query(url) if not path.startswith("{") else {},
                "asked": asked,
                "headers": sorted(NAMES & {name.lower() for name in request.headers}),
            }

    def _keep(self, began: float, exchange: Exchange) -> None:
        with self._lock:
            self._kept.append((began, exchange))

    def kept(self, about: dict[str, Any], body: bytes) -> dict[str, Any] | None:
        """An answer's body as it is kept; the id that a submit is answered with gets its stand-in here."""
        with self._lock:
            if made := _created(about, body):
                self.scrub.task(made)
            return self.scrub.body(body, "")

    def clip(self) -> Path:
        """A name for the next file that is delivered."""
        with self._lock:
            self._clips += 1
            return self.folder / f"clip-{self._clips}.mp4"

    def heard(
        self,
        url: str,
        about: dict[str, Any],
        began: float,
        seconds: float,
        response: httpx2.Response,
        body: dict[str, Any] | None,
        failure: str,
    ) -> None:
        """One answer to its end, or to where it broke."""
        headers = response.headers
        waits = {name: headers[name] for name in WAITS if name in headers}
        with self._lock:
            if "location" in headers:
                waits["location"] = self.scrub.file(urljoin(url, headers["location"]))
        kind = self.scrub.text(headers.get("content-type", "").split(";")[0].strip().lower())
        self._keep(
            began,
            Exchange(
                **about,
                status=response.status_code,
                kind=kind,
                waits=waits,
                names=sorted(NAMES & {name.lower() for name in headers}),
                answer=body,
                failure=failure,
                seconds=round(seconds, 3),
            ),
        )


class _Heard(httpx2.SyncByteStream):
    """An answer on its way to the engine, piece by piece."""

    def __init__(
        self, recorder: Recorder, url: str, response: httpx2.Response, about: dict[str, Any], began: float, clock: float
    ) -> None:
        self.recorder, self.url, self.response, self.about, self.began, self.clock = (
            recorder,
            url,
            response,
            about,
            began,
            clock,
        )
        kind = response.headers.get("content-type", "")
        self.delivered = response.status_code == 200 and (
            about["path"].startswith("{file") or kind.startswith(("video/", "application/octet-stream"))
        )
        self.file: BinaryIO | None = None
        self.path: Path | None = None
        self.begin, self.size, self.digest = bytearray(), 0, hashlib.sha256()
        self.failure, self.whole, self.told = "", False, False

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self.response.stream:  # type: ignore[union-attr]
                self._take(piece)
                yield piece
            self.whole = True
        except httpx2.TransportError as error:
            self.failure = broken(error)
            raise

    def _take(self, piece: bytes) -> None:
        if not self.size and self.response.status_code == 200 and piece[4:8] == b"ftyp":
            self.delivered = True  # a clip, whatever it is called
        self.size += len(piece)
        self.digest.update(piece)
        if not self.delivered:
            self.begin += piece[: JSON_BYTES - len(self.begin)]
        elif self.size <= CLIP_BYTES:
            if self.file is None:
                self.path = self.recorder.clip()
                self.file = self.path.open("wb")
            self.file.write(piece)

    def close(self) -> None:
        self.response.stream.close()  # type: ignore[union-attr]
        if self.told:
            return
        self.told = True
        if self.file is not None:
            self.file.close()
        taken = time.perf_counter() - self.clock
        self.recorder.heard(
            self.url,
            self.about,
            self.began,
            taken,
            self.response,
            self._body(),
            self.failure or ("" if self.whole else "broken off"),
        )

    def _body(self) -> dict[str, Any] | None:
        if self.delivered:
            whole = self.path is not None and self.whole and self.size <= CLIP_BYTES
            if not whole and self.path is not None:
                self.path.unlink(missing_ok=True)
            said: dict[str, Any] = {"bytes": self.size, "sha256": self.digest.hexdigest()}
            if whole and self.path is not None:
                said = {"file": self.path.name, **said}
                with suppress(MediaError):
                    frames, (width, height), _ = recorded.measure(self.path)
                    said["clip"] = {"width": width, "height": height, "frames": frames}
            return said
        coding = [("content-encoding", value) for value in self.response.headers.get_list("content-encoding")]
        try:
            body = httpx2.Response(200, headers=coding, content=bytes(self.begin)).content
        except httpx2.DecodingError:
            return {"bytes": self.size}
        return self.recorder.kept(self.about, body)


def _created(about: dict[str, Any], body: bytes) -> str:
    """The id that a submit was answered with."""
    if about["method"] != "POST":
        return ""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = said.get("id") if isinstance(said, dict) else None
    return found if isinstance(found, str) else ""
