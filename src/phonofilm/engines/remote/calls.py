"""HTTP to a vendor: one request with its limits, harmless questions asked again, a clip copied whole or not at all.

It tells apart what decides about money: ``Unsent`` (certainly never reached the vendor) and ``Lost`` (nobody knows).
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from phonofilm.engines import recorded
from phonofilm.engines.base import Declined, pause
from phonofilm.engines.remote.breaker import retry_after
from phonofilm.engines.remote.hosts import checked
from phonofilm.errors import FetchError, MediaError, in_words

for _name in ("httpx2", "httpcore2"):
    if logging.getLogger(_name).level == logging.NOTSET:
        logging.getLogger(_name).setLevel(logging.WARNING)  # they log addresses, and a signed address is a secret

JSON_BYTES = 4 << 20
"""Longest answer read, but for a clip."""
REDIRECTS = 3
NEVER_SENT = (
    httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError, httpx2.InvalidURL,
)  # fmt: skip


class Unsent(Exception):
    """The request certainly never reached the vendor."""


class Lost(Exception):
    """Nobody knows whether the request was taken."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, kw_only=True)
class Line:
    """How patient to be, and how much to take."""

    connect: float = 5.0
    read: float = 60.0
    """Seconds between two pieces of an answer."""
    answer: float = 120.0
    """Seconds a whole answer may take (not a clip)."""
    download: float = 900.0
    """Seconds copying a clip may take."""
    max_bytes: int = 500_000_000
    """Largest clip."""
    limit: float = 3600.0
    """Seconds ``make`` waits for a task."""
    tries: int = 4
    """Times a harmless question is asked."""
    first_pause: float = 0.5
    """Seconds before it is asked again; doubles up to 30 s, with jitter."""
    longest_pause: float = 60.0
    """Seconds waited in one place at most, whatever the vendor's Retry-After asks for."""


class Calls:
    """The line to one vendor at ``base_url``. Thread-safe. The key goes to that address and nowhere else."""

    def __init__(self, base_url: str, key: str, line: Line, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self.base_url, self.line, self.key = base_url.rstrip("/"), line, key
        self._client = self._over(httpx2.HTTPTransport(limits=httpx2.Limits(max_connections=32), trust_env=False))

    def _over(self, transport: httpx2.BaseTransport) -> httpx2.Client:
        line = self.line
        timeout = httpx2.Timeout(connect=line.connect, read=line.read, write=line.read, pool=10.0)
        return httpx2.Client(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)

    def through(self, wrap: Callable[[httpx2.BaseTransport], httpx2.BaseTransport]) -> None:
        """From here on by way of what ``wrap`` makes of the line: a recorder, a replay. Before the first call."""
        self._client = self._over(wrap(self._client._transport))

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def headers(self) -> dict[str, str]:
        """Who we are, for the vendor alone."""
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    def exchange(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any) -> Answer:
        """One request, one answer within its time and size. Raises Unsent where nothing was sent, Lost where nobody
        knows."""
        until = time.monotonic() + self.line.answer
        try:
            with self._client.stream(
                method, self.base_url + path, headers={**self.headers(), **(headers or {})}, **content
            ) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > JSON_BYTES:
                        raise Lost("its answer is too long")
                    if time.monotonic() > until:
                        raise Lost("its answer took too long")
                return Answer(response.status_code, _named(response), bytes(body))
        except NEVER_SENT as error:
            raise Unsent(in_words(error)) from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Lost(in_words(error)) from None

    def repeat(self, ask: Callable[[], Answer]) -> Answer:
        """A harmless question, asked again (with back-off and Retry-After) while the vendor is in trouble.

        Raises Unsent or Lost when it stays out of reach, EngineError when cancelled meanwhile; a last 429 or 5xx is
        returned.
        """
        first = self.line.first_pause
        for number in range(self.line.tries):
            last = number + 1 == self.line.tries
            wait = min(first * 2.0**number, 30.0) + random.uniform(0.0, first)
            try:
                answer = ask()
            except (Unsent, Lost):
                if last:
                    raise
            else:
                if last or (answer.status != 429 and answer.status < 500):
                    return answer
                asked = retry_after(answer.headers)
                wait = wait if asked is None else asked
            pause(min(wait, self.line.longest_pause), self._sleep)
        raise Lost("no answer")

    def download(self, url: str, out: Path) -> Answer:
        """Copy a clip to ``out``: checked to be a complete clip, at most ``max_bytes``, redirects followed and checked
        each.

        Answers with the status; raises Unsent and Lost (an incomplete file among them), Declined for an address or size
        that is not taken.
        """
        until = time.monotonic() + self.line.download
        for _ in range(REDIRECTS + 1):
            try:
                way = checked(url, self.base_url)
            except FetchError as error:
                raise Unsent(str(error)) from None
            own = urlsplit(url)[:2] == urlsplit(self.base_url)[:2]
            try:
                with self._client.stream(
                    "GET", way.url, headers=self.headers() if own else way.headers, extensions=way.extensions
                ) as response:
                    if response.is_redirect:
                        url = urljoin(url, response.headers.get("location", ""))
                        continue
                    if response.status_code != 200:
                        return Answer(response.status_code, _named(response), b"")
                    self._save(response, out, until)
                recorded.measure(out)
            except MediaError as error:
                raise Lost(str(error)) from None
            except NEVER_SENT as error:
                raise Unsent(in_words(error)) from None
            except (httpx2.HTTPError, httpx2.StreamError) as error:
                raise Lost(in_words(error)) from None
            return Answer(200, {}, b"")
        raise Declined("the vendor's file address leads in circles")

    def _save(self, response: httpx2.Response, out: Path, until: float) -> None:
        size = 0
        with out.open("wb") as file:
            for piece in response.iter_bytes(1 << 16):
                size += len(piece)
                if size > self.line.max_bytes:
                    raise Declined(
                        f"the vendor's clip is larger than {self.line.max_bytes} bytes; raise max_bytes to take it"
                    )
                if time.monotonic() > until:
                    raise Lost("the download took too long")
                file.write(piece)


def _named(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
