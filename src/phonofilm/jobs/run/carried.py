"""What steps hand on, as plain data: so it is remembered from one worker to the next. A name here is a name in the
records: none is ever changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from phonofilm.clip.moderate import Watch
from phonofilm.jobs.lifecycle.finish import Row
from phonofilm.media.packaging.package import Packed
from phonofilm.spec.plain import ResultPlain
from phonofilm.trust.gate import VerdictPlain


class Fetched(TypedDict):
    """The references as assets, and what of their files is not used."""

    references: list[dict[str, Any]]
    notes: list[str]


class Judged(TypedDict, total=False):
    """A door's verdict; or, where a person decided, what and who."""

    verdict: VerdictPlain
    action: str
    by: str


class Reserved(TypedDict):
    """Micro-dollars set aside, and by which prices."""

    reserved: int
    version: str


class Routed(TypedDict):
    """Engines that may make it, the preferred one first."""

    engines: list[str]


class Generated(TypedDict):
    """The clip: who made it at which attempt, what is said of it, its packaged files, the main one first, and a
    vendor's own file."""

    engine: str
    attempt: int
    result: ResultPlain
    files: list[Row]
    raw: str | None


class Packaged(TypedDict):
    """How many files there are."""

    files: int


class Signed(TypedDict):
    """How many files there are by now."""

    signed: int


class Stored(TypedDict):
    """Every file of the clip."""

    outputs: list[Row]


class Settled(TypedDict):
    """Micro-dollars billed."""

    amount: int


class Told(TypedDict):
    """Nothing is left to hand on."""


class Carry(TypedDict, total=False):
    """What each finished step handed on, by the step's name."""

    fetch_references: Fetched
    admit: Judged
    reserve_cost: Reserved
    route: Routed
    generate: Generated
    release: Judged
    package: Packaged
    sign: Signed
    store: Stored
    settle_cost: Settled
    notify: Told


Handed = Fetched | Judged | Reserved | Routed | Generated | Packaged | Signed | Stored | Settled | Told


class Outcome(TypedDict, total=False):
    """How a step came out: what it hands on, or the state in which the job has ended instead."""

    done: Handed
    ended: str


class Learned(TypedDict, total=False):
    """What is written down of an attempt."""

    error: str
    mezzanine: str
    """The main file's key in the bucket: the vendor's own while nothing is packaged."""
    bytes: int
    sha256: str
    result: ResultPlain
    files: NotRequired[list[Row]]
    raw: str | None


@dataclass(frozen=True, kw_only=True)
class Try:
    """One submit to an engine as it is recorded, before and after."""

    number: int
    engine: str
    tag: str
    state: str
    vendor_id: str | None = None
    detail: Learned = field(default_factory=Learned)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A clip that an engine has made. Remembered as long as the execution lasts: where it cannot be stored yet it need
    not be made or paid for again."""

    attempt: Try
    result: ResultPlain
    source: Path | None = None
    """The engine's own file, of one that makes files."""
    raw: str | None = None
    """The same in the bucket, where it was paid for."""
    files: tuple[Packed, ...] = ()
    """Packaged."""


@dataclass
class Here:
    """What this execution has made, on this machine, while it lasts."""

    clip: Made | None = None
    watch: Watch | None = None
    packaged: list[Packed] | None = None
    signed: list[Packed] | None = None
