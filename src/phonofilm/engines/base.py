"""The port: an engine is something that turns a request into a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from phonofilm.errors import EngineError
from phonofilm.prompt import check, parse
from phonofilm.prompt.script import Script
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

Report = Callable[[Progress], None]
"""Called often, from the thread that generates; must be quick."""
Cancel = Callable[[], bool]
"""Asked between steps; True ends the work."""


class Engine(Protocol):
    """What every engine offers."""

    @property
    def name(self) -> str:
        """The name requests call it by."""
        ...

    def capability(self) -> Capability:
        """What it can do; cheap, loads no weights."""
        ...

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """Make the clip. ``script`` is the request's prompt where whoever asks has read and checked it; without it the
        engine does.

        Raises a PhonofilmError; EngineError when cancelled.
        """
        ...


@runtime_checkable
class Maker(Protocol):
    """An engine whose clip is a file from the start (another process or another machine made it)."""

    def make(
        self, request: Generate, out: Path, *, progress: Report | None = None, cancel: Cancel | None = None
    ) -> Result:
        """Make the clip at ``out`` (an MP4), whole or not at all; ``Result.path`` is set."""
        ...


CANNOT = "cannot"
"""Answer of ``find`` where the vendor offers no way to look a submit up."""
ENDED = ("succeeded", "failed", "cancelled", "expired")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a remote task did not succeed, in our words."""

    code: str
    """input_blocked | output_blocked | person_without_consent | invalid_parameter | rate_limited | engine_failed |
    engine_unavailable | expired | cancelled"""
    message: str
    vendor: str = ""
    """The vendor's own code."""


@dataclass(frozen=True, kw_only=True)
class Poll:
    """Where a remote task stands."""

    state: str
    """queued | running | succeeded | failed | cancelled | expired"""
    progress: float | None = None
    """0..1; None where the vendor does not say."""
    retry_after: float = 2.0
    """Seconds to wait before asking again."""
    error: Failure | None = None
    """Of a task that failed, was cancelled or expired."""
    trouble: str = ""
    """Why this answer is a guess: the vendor could not be asked just now; its last known state stands."""
    usage: int | None = None
    """Tokens the vendor counted, once it has."""


class RemoteEngine(Protocol):
    """An engine on somebody else's machine. The steps are apart so that each can be recorded before the next begins."""

    @property
    def name(self) -> str:
        """The name requests call it by."""
        ...

    @property
    def repeatable(self) -> bool:
        """May the same submit with the same tag be sent again after an unknown outcome? (The vendor honours
        Idempotency-Key.)"""
        ...

    def submit(self, request: Generate, tag: str) -> str:
        """Hand the request in, once; returns the vendor's id. Declined: certainly not taken. UnknownOutcome: nobody can
        tell; do not repeat."""
        ...

    def poll(self, vendor_id: str) -> Poll:
        """Ask once; never raises for a vendor in trouble."""
        ...

    def fetch(self, vendor_id: str, out: Path, *, mute: bool = False) -> None:
        """Copy the finished clip to ``out``, whole or not at all; ``mute`` drops its sound. Raises Declined."""
        ...

    def cancel(self, vendor_id: str) -> bool:
        """True where the task has ended by it; False where the vendor works (and bills) on."""
        ...

    def find(self, tag: str) -> str | None:
        """The vendor's id of the submit sent with ``tag``; None: the vendor certainly has none; CANNOT: it offers no
        way to tell."""
        ...


def remote(engine: Engine) -> RemoteEngine | None:
    """The steps of an engine whose capability says that it works on somebody else's machine; None: it works here."""
    return cast(RemoteEngine, engine) if engine.capability().remote else None


class Declined(EngineError):
    """The engine certainly did not do the work; nothing is owed for it. ``code`` is one of ours, ``vendor`` the
    vendor's."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "engine_failed",
        field: str | None = None,
        retry_after: float | None = None,
        vendor: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.field, self.retry_after, self.vendor = code, field, retry_after, vendor


class UnknownOutcome(EngineError):
    """A submit went out and no answer came back: it may be running and billed. Look it up; never send it again
    blindly."""

    code = "unknown_outcome"


class Crashed(EngineError):
    """The engine's process died (crash, kill, out of memory): this attempt failed, another may succeed."""

    code = "engine_failed"


def script_of(request: Generate) -> Script:
    """The request's words, read and checked against its length. Raises PromptError."""
    script = parse(request.prompt)
    check(script, request.seconds)
    return script


def stop_if(cancel: Cancel | None) -> None:
    """Raise EngineError when the caller has cancelled."""
    if cancel and cancel():
        raise EngineError("cancelled; nothing was written")


SLICE = 0.25
"""Seconds a pause may be deaf."""
_heard: ContextVar[Cancel | None] = ContextVar("heard", default=None)


@contextmanager
def hearing(cancel: Cancel | None) -> Iterator[None]:
    """Pauses of calls within end when ``cancel`` says so, however deep in them they are."""
    token = _heard.set(cancel)
    try:
        yield
    finally:
        _heard.reset(token)


def pause(seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait in slices. Raises EngineError as soon as the caller (see ``hearing``) has cancelled."""
    cancel = _heard.get()
    while seconds > 0:
        stop_if(cancel)
        sleep(min(seconds, SLICE))
        seconds -= SLICE
    stop_if(cancel)
