"""Flags: which variant of a model somebody gets. A file in flagd's own form, so that flagd and every OpenFeature client
read the same one and choose alike.

    {"flags": {"seedance_v2": {"state": "ENABLED", "variants": {"on": "ark-2", "off": "ark"}, "defaultVariant": "off",
                               "targeting": {"fractional": [["on", 5], ["off", 95]]}}}}

Of flagd's targeting only ``fractional`` on the targeting key (the tenant) is understood: it is what a rollout needs.
Growing the first share keeps everybody in it who was.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phonofilm.errors import RequestError

log = logging.getLogger("phonofilm.rollout")
_MOST = 1_000_000
"""Bytes of a file of flags."""


@dataclass(frozen=True)
class Flag:
    """One flag."""

    name: str
    enabled: bool
    variants: dict[str, str]
    """Variant -> engine."""
    default: str
    shares: tuple[tuple[str, int], ...] = ()

    def engine(self, tenant: str) -> str:
        """What a tenant gets."""
        if not self.enabled or not self.shares:
            return self.variants[self.default]
        return self.variants[fractional(self.name, tenant, self.shares)]


def fractional(flag: str, key: str, shares: tuple[tuple[str, int], ...]) -> str:
    """flagd's choice: 32 bits of murmur3 over the CBOR of flag and key, spread over the shares."""
    place = (murmur3(b"\x82" + _cbor(flag) + _cbor(key)) * sum(share for _, share in shares)) >> 32
    for name, share in shares:
        place -= share
        if place < 0:
            return name
    raise AssertionError("unreachable")


def murmur3(data: bytes) -> int:
    """MurmurHash3, 32 bits, seed 0."""
    full, h = 0xFFFFFFFF, 0
    for at in range(0, len(data), 4):
        k = int.from_bytes(data[at : at + 4], "little")
        k = (k * 0xCC9E2D51) & full
        k = ((k << 15 | k >> 17) * 0x1B873593) & full
        h ^= k
        if len(data) - at >= 4:
            h = ((h << 13 | h >> 19) & full) * 5 + 0xE6546B64 & full
    h ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = ((h ^ h >> shift) * factor) & full
    return h ^ h >> 16


def parse(text: str, engines: frozenset[str]) -> dict[str, Flag]:
    """The flags of a file. Raises RequestError that names the flag and what is wrong with it; ``engines``: those that
    are here."""
    try:
        flags = json.loads(text)["flags"]
        if not isinstance(flags, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError("it is no file of flags, or half of one; write it whole and move it into place") from error
    return {name: _flag(name, said, engines) for name, said in flags.items()}


class FlagFile:
    """A file that is read again when it has changed. Where it is broken, the last good state stays, and ``trouble``
    says so."""

    def __init__(self, path: Path, engines: frozenset[str]) -> None:
        self.path, self._engines = path, engines
        self._seen: tuple[int, int, int] | None = None
        self._flags: dict[str, Flag] = {}
        self.trouble = ""

    def flags(self) -> dict[str, Flag]:
        """As they are now; {} where there is no file and never was."""
        try:
            stat = self.path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)  # a clock that jumps may stamp two files alike
            if seen == self._seen:
                return self._flags
            if stat.st_size > _MOST:
                raise RequestError(f"it has {stat.st_size} bytes; a file of flags has {_MOST} at most")
            self._flags, self.trouble = parse(self.path.read_text(encoding="utf-8"), self._engines), ""
            self._seen = seen
        except FileNotFoundError:
            self._say("it is gone; put it back, or switch each flag off in it" if self._seen is not None else "", None)
        except (RequestError, OSError, UnicodeDecodeError) as error:
            self._say(str(error), self._seen)
        return self._flags

    def _say(self, trouble: str, seen: tuple[int, int, int] | None) -> None:
        told = f"{self.path.name}: {trouble} (the flags before it hold)" if trouble else ""
        if told and told != self.trouble:
            log.warning("flags: %s", told)
        self.trouble = told


def _flag(name: str, said: Any, engines: frozenset[str]) -> Flag:
    def wrong(why: str) -> RequestError:
        return RequestError(f"flag '{name[:80]}': {why}")

    if not isinstance(said, dict) or said.get("state") not in ("ENABLED", "DISABLED"):
        raise wrong("its state is ENABLED or DISABLED")
    variants, default = said.get("variants"), said.get("defaultVariant")
    if not isinstance(variants, dict) or not variants or not all(isinstance(one, str) for one in variants.values()):
        raise wrong("its variants are names of engines")
    if unknown := sorted(set(variants.values()) - engines):
        raise wrong(f"there is no engine '{unknown[0][:80]}' here; there are {', '.join(sorted(engines))}")
    if default not in variants:
        raise wrong("its defaultVariant is one of its variants")
    targeting, shares = said.get("targeting") or {}, list[tuple[str, int]]()
    if targeting and (set(targeting) != {"fractional"} or not isinstance(targeting["fractional"], list)):
        raise wrong("its targeting is fractional, and nothing else is understood here")
    for one in targeting.get("fractional", ()):
        if isinstance(one, dict) and not shares:
            raise wrong("its fractional goes by the tenant; take the first entry out")
        if not (
            isinstance(one, list)
            and len(one) == 2
            and one[0] in variants
            and type(one[1]) is int
            and 0 <= one[1] <= 1_000_000
        ):
            raise wrong("its fractional holds pairs of a variant and a whole share")
        shares.append((one[0], one[1]))
    if targeting and sum(share for _, share in shares) <= 0:
        raise wrong("its shares add up to nothing")
    return Flag(name, said["state"] == "ENABLED", dict(variants), str(default), tuple(shares))


def _cbor(text: str) -> bytes:
    """A text string, RFC 8949."""
    data = text.encode()
    size = len(data)
    if size < 24:
        return bytes([0x60 + size]) + data
    if size < 256:
        return bytes([0x78, size]) + data
    return bytes([0x79]) + size.to_bytes(2, "big") + data
