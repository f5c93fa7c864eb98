"""Work off the event loop, in lanes: threads of one kind of work, of which nobody has more than a share.

Whatever may take long has a lane of its own, so that strangers' slow servers, long searches or large files never hold
the threads that answer ordinary questions; and within a lane one tenant holds a few threads at most, however much it
asks for. What is above a share waits in a line that is the tenant's own, and a line that is too long is refused (429).

    rows = await threads.run_sync(service.list_assets, caller)                # like anyio's, in the lane "quick"
    await threads.run_sync(bring, given, path, lane="fetch")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

from anyio import CapacityLimiter, Semaphore, to_thread
from anyio.lowlevel import RunVar

from phonofilm.jobs.store.database import retried
from phonofilm.server.errors import Refused

T = TypeVar("T")
SHARES = {
    "quick": (48, 4), "auth": (16, 2), "submit": (16, 2), "search": (8, 1), "fetch": (16, 4), "media": (6, 2),
    "preview": (32, 8), "draw": (1, 1),
    "files": (32, 16), "health": (4, 4), "news": (2, 2),
    "judge": (1, 1),
}  # fmt: skip
"""Lanes: threads in all, and of one tenant (or one visitor's address) at a time. ``fetch``: other people's servers;
``media``: files are looked into; ``draw``: stills of templates, thirty of which a page asks for at once; ``judge``: a
whole clip in memory and every core busy."""
LINE = 256
"""Calls of one tenant that wait for a lane, at most."""

who: ContextVar[str] = ContextVar("phonofilm_who", default="")
"""Whose work the present request is: a tenant, or a visitor's address until a key has been seen."""


class Shares:
    """Places of one kind, a few for each. Used on one event loop."""

    def __init__(self, each: int, line: int = LINE) -> None:
        self.each, self.line = each, line
        self._of: dict[str, tuple[Semaphore, list[int]]] = {}

    @asynccontextmanager
    async def place(self, name: str) -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises Refused (429) where too many wait already."""
        places, count = self._of.setdefault(name, (Semaphore(self.each), [0]))
        if count[0] >= self.each + self.line:
            raise Refused(
                429,
                "rate_limited",
                f"{count[0]} of your requests are waiting already; send fewer at a time",
                retry_after=1,
            )
        count[0] += 1
        try:
            async with places:
                yield
        finally:
            count[0] -= 1
            if not count[0]:
                self._of.pop(name, None)


class _Lane:
    def __init__(self, threads: int, each: int) -> None:
        self.threads, self.shares = CapacityLimiter(threads), Shares(each)


_lanes: RunVar[dict[str, _Lane]] = RunVar("phonofilm_lanes")


def _lane(name: str) -> _Lane:
    lanes = _lanes.get(None)
    if lanes is None:
        lanes = {one: _Lane(*share) for one, share in SHARES.items()}
        _lanes.set(lanes)
    return lanes[name]


async def run_sync(act: Callable[..., T], *args: object, lane: str = "quick", abandon_on_cancel: bool = False) -> T:
    """Call ``act(*args)`` in a thread of a lane, and wait for it; again where its transaction collided. Raises what it
    raises, and Refused (429)."""
    chosen = _lane(lane)
    async with chosen.shares.place(who.get()):
        return await to_thread.run_sync(
            retried(act), *args, abandon_on_cancel=abandon_on_cancel, limiter=chosen.threads
        )
