"""Where a vendor may send us for its files: the open internet, or its own network; never from outside to our inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from phonofilm.engines.base import Declined
from phonofilm.storage.addresses import PORTS, addresses_of, is_public


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a file's address is asked: its host was looked up once, and the connection goes where that led."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)


def checked(url: str, base_url: str) -> Way:
    """The way to ``url``. Raises Declined where it is no address a vendor at ``base_url`` should name, FetchError where
    its host is not known.

    A vendor on a public address may name public addresses only, and https only where it is spoken to by https itself.
    A vendor on a private address (a server of one's own) may name its own host as well.
    """
    try:
        target, base = urlsplit(url), urlsplit(base_url)
        host, port = target.hostname, target.port
    except ValueError:
        raise Declined("the vendor named a file address that is no web address") from None
    if target.scheme not in PORTS or not host:
        raise Declined("the vendor named a file address that is no web address")
    if host == base.hostname:
        return Way(url=url)
    if base.scheme == "https" and target.scheme != "https":
        raise Declined("the vendor named a file address without encryption")
    found = addresses_of(host, port or PORTS[target.scheme])
    if not all(is_public(address) for address in found):
        raise Declined("the vendor named a file address inside a private network")
    literal, named = (f"[{name}]" if ":" in name else name for name in (found[0], host))
    suffix = f":{port}" if port else ""
    return Way(
        url=target._replace(netloc=literal + suffix).geturl(),
        headers={"host": named + suffix},
        extensions={"sni_hostname": host},
    )
