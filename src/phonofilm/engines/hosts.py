"""Where a vendor may send us for its files: the open internet, or its own network; never from outside to our inside."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from phonofilm.engines.base import Declined


def check_host(url: str, base_url: str) -> None:
    """Raise Declined where ``url`` is no address a vendor at ``base_url`` should name.

    A vendor on a public address may name public addresses only, and https only where it is spoken to by https itself.
    A vendor on a private address (a server of one's own) may name its own host as well.
    """
    target, base = urlsplit(url), urlsplit(base_url)
    if target.scheme not in ("http", "https") or not target.hostname:
        raise Declined("the vendor named a file address that is no web address")
    if target.hostname == base.hostname:
        return
    if base.scheme == "https" and target.scheme != "https":
        raise Declined("the vendor named a file address without encryption")
    if not _public(target.hostname):
        raise Declined("the vendor named a file address inside a private network")


def _public(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return True  # it cannot be reached anyway; let the connection say so
    return all(ipaddress.ip_address(str(address).split("%")[0]).is_global for address in found)
