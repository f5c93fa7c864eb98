"""One POST to an address a stranger gave: public addresses only, looked up once and held to, no redirects, and an end
to patience."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from phonofilm.errors import FetchError, in_words
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.store.database import now
from phonofilm.storage.addresses import PORTS, is_public, look_up, split

WHOLE = 20.0
"""Seconds a POST may take from the first packet to the status line; a server that drips a byte at a time is cut off."""
_CONNECT, _READ = 5.0, 10.0
_LONGEST_WAIT = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    """HTTP status; 0: none came."""
    text: str
    """For the record: the status, or what went wrong, in few words."""
    retry_after: float = 0.0
    """Seconds the other side asks us to wait."""


def check_url(url: str, allow: Collection[str] = ()) -> None:
    """Raise JobError invalid_parameter, with field ``url``, for an address that no message will ever go to. Asks no
    name server."""
    try:
        scheme, host, port, _ = split(url)
    except FetchError as error:
        raise JobError("invalid_parameter", f"webhook: {error}", field="url") from error
    if f"{host}:{port}" in allow or (host in allow and port == PORTS[scheme]):
        return
    if port not in PORTS.values():
        raise JobError("invalid_parameter", f"the webhook's port {port} is not allowed; use 80 or 443", field="url")
    # as browsers and inet_aton read it: a host whose last part is a number (127.1, 0x7f.1) is an address, however it is
    # written
    literal = ":" in host or re.fullmatch(r"\d+|0x[0-9a-f]*", host.rpartition(".")[2]) is not None
    if (literal and not is_public(host)) or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise JobError(
            "invalid_parameter",
            "the webhook's host is not a public address; give one that anybody on the internet can reach",
            field="url",
        )


def post(
    url: str, body: dict[str, Any], headers: dict[str, str], *, secret: str | None = None, allow: Collection[str] = ()
) -> Answer:
    """Send ``body`` as JSON, signed by Standard Webhooks where there is a ``secret`` (its id is the header
    ``webhook-id``). Raises nothing: what goes wrong is a status of 0 and words.
    """
    import httpx2
    from standardwebhooks import Webhook as Signer

    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    at = datetime.fromtimestamp(int(now()), UTC)
    headers = {
        "content-type": "application/json",
        "user-agent": "phonofilm-webhooks/1",
        **headers,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    try:
        place = look_up(url, allow=allow)
        address = f"[{place.addresses[0]}]" if ":" in place.addresses[0] else place.addresses[0]
        if secret is not None:
            headers["webhook-signature"] = Signer(secret).sign(headers["webhook-id"], at, data)
        target = f"{place.scheme}://{address}:{place.port}{place.target}"
        headers["host"] = place.authority
        with (
            httpx2.Client(
                timeout=httpx2.Timeout(_READ, connect=_CONNECT), follow_redirects=False, trust_env=False
            ) as client,
            _Cutoff(WHOLE) as cutoff,
        ):
            extensions = {"sni_hostname": place.host, "trace": cutoff.trace}
            with client.stream(
                "POST", target, content=data.encode(), headers=headers, extensions=extensions
            ) as response:
                return Answer(
                    status=response.status_code,
                    text=f"HTTP {response.status_code}",
                    retry_after=_retry_after(response.headers.get("retry-after")),
                )
    except FetchError as error:
        return Answer(status=0, text=str(error))
    except (httpx2.HTTPError, OSError, ValueError) as error:
        return Answer(status=0, text=in_words(error))


class _Cutoff:
    """Shuts the socket after so many seconds, whatever the other side does meanwhile."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True
        self._stream: Any = None
        self._over = False

    def __enter__(self) -> _Cutoff:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """Hook of the HTTP client: learns the socket once it is open."""
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = info.get("return_value")
            if self._over:
                self._shut()

    def _shut(self) -> None:
        self._over = True
        found = self._stream.get_extra_info("socket") if self._stream is not None else None
        if found is not None:
            with suppress(OSError):  # closed already: what we wanted
                # the plain socket's shutdown: TLS would first want to say goodbye
                socket.socket.shutdown(found, socket.SHUT_RDWR)


def _retry_after(value: str | None) -> float:
    if not value:
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return 0.0
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now()
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else 0.0
