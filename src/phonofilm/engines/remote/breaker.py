"""When to leave a busy vendor alone: the pace of asking, Retry-After, and a circuit breaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

BASE, CAP = 2.0, 30.0
"""Seconds between two questions when all is well, and at most in trouble (unless the vendor asks for longer)."""
LONGEST = 600.0
"""Longest Retry-After that is believed."""

Clock = Callable[[], float]


def retry_after(headers: dict[str, str], wall: Clock = time.time) -> float | None:
    """Seconds the vendor asks us to wait (``retry-after-ms``, or ``Retry-After`` in seconds or as a date), 0 to 600;
    None: it does not say.

    ``headers`` has lower-case names.
    """
    value = headers.get("retry-after-ms")
    try:
        if value is not None:
            return min(max(float(value) / 1000, 0.0), LONGEST)
        value = headers.get("retry-after")
        if value is None:
            return None
        seconds = (
            float(value) if value.replace(".", "", 1).isdigit() else parsedate_to_datetime(value).timestamp() - wall()
        )
        return min(max(seconds, 0.0), LONGEST)
    except (TypeError, ValueError, OverflowError):
        return None


class Pace:
    """How long to wait before asking again: 2 s while all is well, 2, 4, 8, 16, 30 s while it is not."""

    def __init__(self, base: float = BASE, cap: float = CAP) -> None:
        self.base, self.cap, self.failures = base, cap, 0

    def well(self) -> float:
        """After a good answer."""
        self.failures = 0
        return self.base

    def trouble(self, asked: float | None = None) -> float:
        """After a bad one; ``asked`` is the vendor's Retry-After, which is never undercut."""
        wait = min(self.cap, self.base * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return max(wait, asked or 0.0)


class Breaker:
    """Opens after ``limit`` refusals (429) in a row; then one trial after a pause, which doubles while trials fail.
    Thread-safe."""

    def __init__(
        self, *, limit: int = 5, pause: float = 30.0, longest: float = 300.0, clock: Clock = time.monotonic
    ) -> None:
        self.limit, self.pause, self.longest, self.clock = limit, pause, longest, clock
        self._lock = threading.Lock()
        self._refusals = 0
        self._openings = 0
        self._until = 0.0
        self._trial = False

    @property
    def state(self) -> str:
        """closed | open | half-open"""
        with self._lock:
            if self._refusals < self.limit:
                return "closed"
            return "open" if self.clock() < self._until else "half-open"

    def remaining(self) -> float:
        """Seconds to wait before a call is allowed; 0 lets it through. Of several callers at the end of a pause only
        one is let through."""
        with self._lock:
            if self._refusals < self.limit:
                return 0.0
            left = self._until - self.clock()
            if left > 0:
                return left
            if self._trial:
                return BASE
            self._trial = True
            return 0.0

    def refused(self, asked: float | None = None) -> None:
        """The vendor answered 429; ``asked`` is its Retry-After."""
        with self._lock:
            trial, self._trial = self._trial, False
            self._refusals += 1
            if self._refusals >= self.limit:
                late = self.clock() >= self._until
                if trial or late:
                    self._openings += 1
                    self._until = self.clock() + min(self.pause * 2.0 ** (self._openings - 1), self.longest)
                self._until = max(self._until, self.clock() + (asked or 0.0))

    def fine(self) -> None:
        """The vendor answered anything but 429: it takes calls."""
        with self._lock:
            self._refusals, self._openings, self._until, self._trial = 0, 0, 0.0, False

    def unclear(self) -> None:
        """A call that was let through got no answer: says nothing about the limit, but a trial is over."""
        with self._lock:
            self._trial = False
