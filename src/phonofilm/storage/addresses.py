"""Which addresses of the network a stranger may send us to: public ones, and those an operator allows by name."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from urllib.parse import urlsplit

from phonofilm.errors import FetchError

Resolver = Callable[[str, int], list[str]]
"""Host and port -> addresses as text; raises OSError where there are none."""
PORTS = {"http": 80, "https": 443}
MAX_URL = 8192
_NEVER = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
"""Beyond what ``ipaddress`` calls private: this network, carrier NAT, a cloud's wire server, and every way to write an
IPv4 address as IPv6."""
_LOOKUPS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A URL whose host has been looked up once; connections go to these addresses and nowhere else."""

    scheme: str
    host: str
    """ASCII, lower case, without brackets: for Host and SNI."""
    port: int
    target: str
    """Path and query, as sent."""
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def is_public(address: str) -> bool:
    """May a stranger send us there? False for private, loopback, link-local, multicast, reserved, metadata and
    translated addresses."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if (
        "%" in address
        or ip.is_multicast
        or ip.is_unspecified
        or ip.is_reserved
        or ip.is_loopback
        or ip.is_link_local
        or not ip.is_global
    ):
        return False
    return not any(ip.version == net.version and ip in net for net in _NEVER)


def look_up(url: str, *, allow: Collection[str] = (), resolver: Resolver | None = None, seconds: float = 5.0) -> Place:
    """Check a URL and look its host up once. Raises FetchError (reason ``refused``, or ``failed`` where the name is not
    known).

    ``allow`` are hosts that an operator trusts though they are private: ``files.internal``, ``files.internal:9000``,
    ``10.0.0.7:8080``. A port other than 80 and 443 must be named there too.
    """
    scheme, host, port, target = split(url)
    allowed = f"{host}:{port}" in allow or (host in allow and port == PORTS[scheme])
    if port not in PORTS.values() and not allowed:
        raise FetchError(f"the URL's port {port} is not allowed; use 80 or 443", "refused")
    addresses = addresses_of(host, port, resolver=resolver, seconds=seconds)
    if not allowed and not all(is_public(address) for address in addresses):
        raise FetchError(
            f"the host '{host[:100]}' is not a public address; give a URL that anybody on the internet can reach",
            "refused",
        )
    return Place(scheme=scheme, host=host, port=port, target=target, addresses=tuple(dict.fromkeys(addresses)))


def addresses_of(host: str, port: int, *, resolver: Resolver | None = None, seconds: float = 5.0) -> list[str]:
    """The addresses of a host, at least one. Raises FetchError where it is not known, or not in time."""
    try:
        addresses = _LOOKUPS.submit(resolver or _resolve, host, port).result(timeout=seconds)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"the host '{host[:100]}' is not known; check the URL") from error
    except TooLate as error:
        raise FetchError(f"looking up the host '{host[:100]}' took too long; try again later", "timeout") from error
    if not addresses:
        raise FetchError(f"the host '{host[:100]}' is not known; check the URL")
    return addresses


def split(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and target of an http(s) URL; raises FetchError for one that is malformed or carries a
    password."""
    if not isinstance(url, str) or len(url) > MAX_URL:
        raise FetchError(f"a URL has at most {MAX_URL} characters; shorten it", "refused")
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise FetchError("the URL holds blanks, control characters or backslashes; encode them", "refused")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.username is not None or parts.password is not None or "@" in parts.netloc:
            raise FetchError("the URL holds a user name or password; give one without", "refused")
        if parts.scheme not in PORTS:
            raise FetchError("the URL must begin with http:// or https://", "refused")
        if ":" not in host:
            host = host.rstrip(".").encode("idna").decode("ascii").lower()
            if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?", host):
                raise ValueError("host")
        else:
            host = ipaddress.ip_address(host.split("%")[0]).compressed if "%" not in host else host
    except (ValueError, UnicodeError) as error:
        raise FetchError("this is no valid URL; write https://host/path", "refused") from error
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, PORTS[parts.scheme] if port is None else port, _encode(target)


def _encode(target: str) -> str:
    return "".join(
        character if character.isascii() else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        for character in target
    )


def _resolve(host: str, port: int) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
