"""One walk through the list of steps over one job: what the steps may ask of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.library.assets import Given
from phonofilm.jobs.run.carried import Here, Learned, Row, Try
from phonofilm.jobs.tools import Tools
from phonofilm.media.probe import Probed
from phonofilm.spec.plain import ResultPlain
from phonofilm.spec.reference import Origin, Reference
from phonofilm.spec.request import Generate
from phonofilm.trust.gate import FindingPlain, VerdictPlain


class Fenced(BaseException):
    """This execution no longer owns the job: another one does, or its worker was declared dead. It must touch nothing
    more.

    Not an Exception, so that no step, engine or workflow engine records it as the job's own failure.
    """


class Ended(Exception):
    """The job came to another end while it was being walked (cancelled, expired, removed)."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Hold(Exception):
    """A person must decide before the walk goes on. ``outcome``: the fate of a paid submit."""

    def __init__(self, stage: str, reasons: Sequence[FindingPlain], *, risk: int = 50) -> None:
        super().__init__(stage)
        self.stage = stage
        self.reasons = list(reasons)
        self.risk = risk


class Walk(Protocol):
    """What a step may use."""

    job: str
    """The job's id."""
    tenant: str
    user: str
    request: Generate
    extra: dict[str, Any]
    profile: str
    tools: Tools
    folder: Path
    """Scratch of this execution, on this machine."""
    prefix: str
    """Where in the bucket this execution writes: no other execution does."""
    watermark: int
    """The 40-bit reference."""
    created: float
    hls: bool
    """Are streaming renditions and stills wanted?"""
    trouble: tuple[type[Exception], ...]
    """Faults of the database that pass: the step is tried again."""
    made: Here
    """Files this execution has made, while it lasts."""

    def enter(self, step: str, progress: float) -> None:
        """Begin a step. Raises Fenced, or Ended where the job was ended from outside."""
        ...

    def wait(self, part: str, error: BaseException, tries: int, since: float) -> None:
        """Until another try makes sense: ``part`` (disk, bucket, database) has failed ``tries`` times in this step,
        first at ``since`` (monotonic seconds). Raises Fenced where the wait is too long for this place: the job is left
        for another one.
        """
        ...

    def worded(self, error: Exception, step: str) -> JobError:
        """A failure of a step in the words its caller may read."""
        ...

    def took(self, step: str, seconds: float) -> None:
        """How long a step took."""
        ...

    def report(self, share: float) -> None:
        """How far the step is, 0..1; cheap, may be called often."""
        ...

    def cancelled(self) -> bool:
        """Should an engine stop? Cheap, may be called often."""
        ...

    def leaving(self) -> bool:
        """Is it this process that goes away, and not the job that ends? Then what runs elsewhere goes on."""
        ...

    def asset(self, reference: Reference) -> Given:
        """The record of an asset a reference names. Raises JobError where it is gone, blocked or another's."""
        ...

    def origin(self, reference: Reference) -> Origin | None:
        """How a source was made, where it was made here."""
        ...

    def kept(self, number: int) -> str | None:
        """The asset that reference ``number`` was fetched into before, if it is still there."""
        ...

    def keep(self, reference: Reference, path: Path, probed: Probed, number: int) -> str:
        """Keep the fetched file of reference ``number`` as an asset; its id."""
        ...

    def decided(self, stage: str) -> str | None:
        """What a person has decided at that stage: publish, block, retry, settle; None: nobody was asked or
        answered."""
        ...

    def note(self, stage: str, verdict: VerdictPlain) -> None:
        """Put a verdict on record."""
        ...

    def reserve(self, amount: int, version: str) -> None:
        """Reserve the cost, once."""
        ...

    def routed(self, engine: str) -> None:
        """Put the engine chosen on record."""
        ...

    def tries(self) -> list[Try]:
        """Every submit so far, oldest first."""
        ...

    def intend(self, engine: str, *, paid: bool) -> Try:
        """Record a submit before it is made; on disk before this returns where it costs money."""
        ...

    def learned(self, attempt: Try, state: str, *, vendor_id: str | None = None, detail: Learned | None = None) -> None:
        """Record what became of a submit."""
        ...

    def publish(self, outputs: list[Row], result: ResultPlain, amount: int) -> None:
        """Settle and publish in one transaction, if the job still runs and is still this execution's."""
        ...

    def notify(self) -> None:
        """Send word at once where somebody waits for it; what fails is tried again later by the deliveries' own
        rhythm."""
        ...


class Throttle:
    """Lets something through when enough time has passed or enough has changed."""

    def __init__(self, seconds: float, change: float) -> None:
        self.seconds, self.change = seconds, change
        self.last_time, self.last_value = 0.0, 0.0
        self.lock = threading.Lock()

    def due(self, time: float, value: float) -> bool:
        """True at most every ``seconds``, and only where the value moved by ``change``."""
        with self.lock:
            if time - self.last_time < self.seconds or value - self.last_value < self.change:
                return False
            self.last_time, self.last_value = time, value
            return True
