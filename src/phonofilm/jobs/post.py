"""One POST to an address a stranger gave: public addresses only, looked up once and held to, no redirects, and an end to patience."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.database import now

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


def check_url(url: str, allow: Sequence[str] = ()) -> tuple[str, int]:
    """Host and port of an address that messages may go to. Raises JobError invalid_parameter, with field ``url``, for any other."""
    if not isinstance(url, str) or len(url) > 2048 or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise _unfit("must be an http(s) address of at most 2048 characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _unfit("is no address; write https://host/path") from error
    if parts.scheme not in ("http", "https") or not host:
        raise _unfit("must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise _unfit("must not carry a name or password; messages are signed instead")
    if parts.fragment:
        raise _unfit("must not carry a #fragment")
    if host not in allow and (literal := _literal(host)) is not None and not is_public(literal):
        raise _unfit("must not be a private address")
    if host not in allow and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        raise _unfit("must be a public host")
    return host, port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """True for an address on the open internet; False for private, loopback, link-local, multicast, reserved and wrapped ones."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def post(url: str, body: dict[str, Any], headers: dict[str, str], *, secret: str | None = None, allow: Sequence[str] = ()) -> Answer:
    """Send ``body`` as JSON, signed by Standard Webhooks where there is a ``secret`` (its id is the header ``webhook-id``). Raises nothing:
    what goes wrong is a status of 0 and words.
    """
    import httpx2
    from standardwebhooks import Webhook as Signer

    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    at = datetime.fromtimestamp(int(now()), UTC)
    headers = {"content-type": "application/json", "user-agent": "phonofilm-webhooks/1", **headers, "webhook-timestamp": str(int(at.timestamp()))}
    try:
        host, port = check_url(url, allow)
        address = _resolve(host, port, host in allow)
        if secret is not None:
            headers["webhook-signature"] = Signer(secret).sign(headers["webhook-id"], at, data)
        parts = urlsplit(url)
        target = parts._replace(netloc=f"[{address}]:{port}" if ":" in address else f"{address}:{port}").geturl()
        headers["host"] = parts.netloc
        with httpx2.Client(timeout=httpx2.Timeout(_READ, connect=_CONNECT), follow_redirects=False, trust_env=False) as client, _Cutoff(WHOLE) as cutoff:
            extensions = {"sni_hostname": host, "trace": cutoff.trace}
            with client.stream("POST", target, content=data.encode(), headers=headers, extensions=extensions) as response:
                return Answer(status=response.status_code, text=f"HTTP {response.status_code}", retry_after=_retry_after(response.headers.get("retry-after")))
    except JobError as error:
        return Answer(status=0, text=str(error))
    except socket.gaierror:
        return Answer(status=0, text="the host is not known")
    except (httpx2.HTTPError, OSError, ValueError) as error:
        # the words of a stranger's failure stay out of the record: the kind is enough
        return Answer(status=0, text=type(error).__name__)


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
            try:
                # the plain socket's shutdown: TLS would first want to say goodbye
                socket.socket.shutdown(found, socket.SHUT_RDWR)
            except OSError:
                pass  # closed already: what we wanted


def _resolve(host: str, port: int, allowed: bool) -> str:
    """One address of a host, all of which must be public: the one we look at is the one we connect to."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not allowed and (not found or not all(is_public(address) for address in found)):
        raise _unfit("must not lead to a private address")
    return found[0]


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


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


def _unfit(why: str) -> JobError:
    return JobError("invalid_parameter", f"the webhook's address {why}", field="url")
