"""The only door for strangers' URLs: public addresses, small enough, fast enough, and what they claim to be."""

from __future__ import annotations

import base64
import binascii
import hashlib
import http.client
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin

from phonofilm.errors import FetchError, in_words
from phonofilm.media.sniff import HEAD, KINDS, WANTED, describe, remedy, sniff
from phonofilm.storage.addresses import Place, Resolver, look_up

REDIRECTS = 3
CHUNK = 64 * 1024
_DATA = re.compile(r"data:([a-z]+/[A-Za-z0-9.+-]+)?((?:;[A-Za-z0-9_.=+-]+)*?)(;base64)?,", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file that came in."""

    path: Path
    url: str
    """Where it came from in the end, without its query; ``data:`` for inline data."""
    kind: str
    """image | video | audio, told by its bytes."""
    content_type: str
    bytes: int
    sha256: str


def fetch(
    url: str,
    out: Path,
    *,
    kinds: Collection[str] = ("image", "video", "audio"),
    max_bytes: int = 50 * 1024 * 1024,
    allow: Collection[str] = (),
    seconds: float = 60.0,
    idle: float = 10.0,
    resolver: Resolver | None = None,
    trust: ssl.SSLContext | None = None,
) -> Fetched:
    """Fetch an http, https or data URL to ``out``, whole or not at all.

    ``seconds`` bounds everything together, ``idle`` each wait for the other side. ``allow`` see ``addresses.look_up``;
    ``trust`` replaces the system's certificate authorities. Raises FetchError naming what is wrong; its text never
    holds the URL's query.
    """
    partial = out.with_name(f".{out.name[:150]}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        if url[:5].lower() == "data:":
            return _inline(url, out, partial, kinds, max_bytes)
        deadline = time.monotonic() + seconds
        bounds = _Bounds(kinds, max_bytes, deadline, idle, trust)
        for _ in range(REDIRECTS + 1):
            place = look_up(
                url, allow=allow, resolver=resolver, seconds=max(0.1, min(5.0, deadline - time.monotonic()))
            )
            moved = _exchange(place, url, out, partial, bounds)
            if isinstance(moved, Fetched):
                return moved
            url = moved
        raise FetchError(f"the URL redirects more than {REDIRECTS} times; give the final address", "refused")
    finally:
        partial.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Bounds:
    """What a request may bring, and how long it may take."""

    kinds: Collection[str]
    max_bytes: int
    deadline: float
    idle: float
    trust: ssl.SSLContext | None


def _exchange(place: Place, url: str, out: Path, partial: Path, bounds: _Bounds) -> Fetched | str:
    """One request: the file, or the address it was redirected to."""
    kinds, max_bytes, deadline = bounds.kinds, bounds.max_bytes, bounds.deadline
    connection = _Pinned(place, min(bounds.idle, _left(deadline, place)), bounds.trust)
    # A server that sends one byte at a time never trips a socket's timeout; cutting the socket at the deadline does.
    watch = threading.Timer(_left(deadline, place), connection.cut)
    watch.daemon = True
    watch.start()
    try:
        answer = connection.ask(place)
        if answer.status in (301, 302, 303, 307, 308):
            return _next(url, answer.getheader("Location") or "")
        if answer.status != 200:
            raise FetchError(
                f"the host '{place.host}' answered {answer.status}; check that the URL is public and still valid"
            )
        if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
            raise FetchError(
                f"the host '{place.host}' sends compressed data although none was asked for; serve the file as it is",
                "wrong_type",
            )
        declared = answer.length
        if declared is not None and declared > max_bytes:
            raise _too_large(max_bytes)
        count, digest, head = _save(answer, partial, max_bytes, kinds)
        if declared is not None and count != declared:
            raise FetchError(f"the file broke off after {count} of {declared} bytes; try again")
    except (OSError, http.client.HTTPException, ValueError, FetchError) as error:
        if connection.was_cut or isinstance(
            error, TimeoutError
        ):  # what breaks off because it was cut was too slow, whatever it looks like
            raise FetchError(
                f"the host '{place.host}' was too slow; try again or use a faster one", "timeout"
            ) from error
        if isinstance(error, FetchError):
            raise
        if isinstance(error, ssl.SSLCertVerificationError):
            raise FetchError(f"the certificate of '{place.host}' is not valid; mend it or use another host") from error
        raise FetchError(
            f"fetching from '{place.host}' failed ({in_words(error)}); check the URL and try again"
        ) from error
    finally:
        watch.cancel()
        connection.close()
    return _keep(partial, out, url, head, count, digest)


def _save(
    answer: http.client.HTTPResponse, partial: Path, max_bytes: int, kinds: Collection[str]
) -> tuple[int, str, bytes]:
    """Write the body while counting; stops at the first byte too many, and as soon as the type is plainly wrong."""
    digest, count, head = hashlib.sha256(), 0, b""
    with partial.open("wb") as file:
        while block := answer.read1(CHUNK):
            count += len(block)
            if count > max_bytes:
                raise _too_large(max_bytes)
            if len(head) < HEAD:
                head += block[: HEAD - len(head)]
                if len(head) >= HEAD:
                    _check_type(head, kinds)
            digest.update(block)
            file.write(block)
    _check_type(head, kinds)
    return count, digest.hexdigest(), head


def _inline(url: str, out: Path, partial: Path, kinds: Collection[str], max_bytes: int) -> Fetched:
    """A data: URL. The named type must be of the kind that the bytes are."""
    match = _DATA.match(url[:300])
    if not match:
        raise FetchError("this is no valid data URL; write data:image/png;base64,...", "refused")
    if len(url) - match.end() > max_bytes * 3:  # every byte may be written %XX
        raise _too_large(max_bytes)
    payload = unquote_to_bytes(url[match.end() :])
    if match.group(3):
        try:
            content = base64.b64decode(re.sub(rb"[\r\n]", b"", payload), validate=True)
        except binascii.Error as error:
            raise FetchError("the data URL's base64 is damaged; encode the file again", "wrong_type") from error
    else:
        content = payload
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    kind = _check_type(content[:HEAD], kinds)
    named = (match.group(1) or "").lower()
    if named and named.split("/")[0] != kind and named != "application/octet-stream":
        raise FetchError(f"the data URL says {named[:60]} but holds {kind} data; name its true type", "wrong_type")
    partial.write_bytes(content)
    return _keep(partial, out, "data:", content[:HEAD], len(content), hashlib.sha256(content).hexdigest())


def _check_type(head: bytes, kinds: Collection[str]) -> str:
    """The kind of a file that begins so; FetchError where it is none of ``kinds``. M4A often calls itself MP4."""
    found = sniff(head)
    kind = KINDS.get(found or "")
    if kind is None:
        raise FetchError(f"the file is {describe(head)}; {remedy(head, tuple(kinds))}", "wrong_type")
    if kind not in kinds and not (found == "video/mp4" and "audio" in kinds):
        raise FetchError(
            f"the file is {found}, which is {kind}; give {', '.join(WANTED[kind] for kind in kinds)}", "wrong_type"
        )
    return kind


def _keep(partial: Path, out: Path, url: str, head: bytes, count: int, digest: str) -> Fetched:
    found = sniff(head) or ""
    partial.replace(out)
    return Fetched(
        path=out, url=url.split("?")[0].split("#")[0], kind=KINDS[found], content_type=found, bytes=count, sha256=digest
    )


def _next(url: str, location: str) -> str:
    if not location or re.search(r"[\x00-\x20\x7f\\]", location):
        raise FetchError("the URL redirects to nowhere; give the final address")
    target = urljoin(url, location)
    if not target.startswith(("http://", "https://")):
        raise FetchError(
            "the URL redirects to something that is neither http nor https; give the final address", "refused"
        )
    return target.split("#")[0]


def _left(deadline: float, place: Place) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError(f"the host '{place.host}' was too slow; try again or use a faster one", "timeout")
    return left


def _too_large(max_bytes: int) -> FetchError:
    return FetchError(f"the file is larger than {max_bytes / 2**20:.3g} MB; give a smaller one", "too_large")


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that has been checked; the name serves for Host, SNI and the certificate only."""

    def __init__(self, place: Place, timeout: float, trust: ssl.SSLContext | None) -> None:
        super().__init__(place.host, place.port, timeout=timeout)
        self.place, self.trust, self.was_cut = place, trust, False
        self._guard = threading.Lock()

    def ask(self, place: Place) -> http.client.HTTPResponse:
        """Send the one request; its answer, the body yet to come."""
        self.putrequest("GET", place.target, skip_host=True, skip_accept_encoding=True)
        headers = {"Host": place.authority, "User-Agent": "phonofilm", "Accept": "*/*"}
        for name, value in (headers | {"Accept-Encoding": "identity", "Connection": "close"}).items():
            self.putheader(name, value)
        self.endheaders()
        return self.getresponse()

    def connect(self) -> None:
        """Try the checked addresses in turn."""
        trouble: OSError | None = None
        for address in self.place.addresses[:4]:
            try:
                raw = socket.create_connection((address, self.place.port), self.timeout)
            except OSError as error:
                trouble = error
                continue
            self._hold(raw)
            if self.place.scheme == "https":
                context = self.trust or ssl.create_default_context()
                secure = context.wrap_socket(raw, server_hostname=self.place.host, do_handshake_on_connect=False)
                self._hold(secure)  # before the handshake, so that a slow one can be cut
                secure.do_handshake()
            return
        raise trouble or OSError("no address")

    def _hold(self, sock: Any) -> None:
        with self._guard:
            self.sock = sock
            if self.was_cut:
                raise TimeoutError

    def cut(self) -> None:
        """Called at the deadline from another thread: whatever the socket waits for ends now."""
        with self._guard:
            self.was_cut = True
            sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
