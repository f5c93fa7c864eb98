"""One watcher for all event streams of a process: it looks when something was committed, here or by another process,
and wakes those streams whose job has changed, or whose caller may not look any more. A thousand open streams of jobs
that rest cost one number a second, and one look at each key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from phonofilm.jobs.observe import forecast
from phonofilm.jobs.store.database import Ear
from phonofilm.jobs.store.tables import Job
from phonofilm.server import auth, threads

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database

Outlook = dict[str, tuple[int | None, float | None]]
SOON, STANDING, TICK = 0.1, 1.0, 0.25
"""Seconds: between two looks at least, between two reckonings of places in the queue, and until a stop is noticed."""
_AT_A_TIME = 500


class Follower:
    """One open stream."""

    def __init__(self, job: str, door: str, still: Callable[[], Awaitable[bool]]) -> None:
        """``door``: what it was opened with, the same for all that ``still`` (may it go on?) answers alike for."""
        self.job, self.door, self.still = job, door, still
        self.changed = True
        """Is there something to read?"""
        self.shut = False
        """What opened it opens nothing any more."""
        self.outlook: tuple[int | None, float | None] | None = None
        """Place in the queue and seconds left, where they are known by now."""
        self._woken = asyncio.Event()

    def wake(self, *, changed: bool = False) -> None:
        self.changed = self.changed or changed
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Until woken, ``seconds`` at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()


async def _asked(still: Callable[[], Awaitable[bool]]) -> bool:
    return await still()


class News:
    """Used on one event loop."""

    def __init__(self, db: Database, poll: float) -> None:
        """``poll``: seconds between two looks for what other processes have done."""
        self.db, self.poll = db, poll
        self._followers: dict[str, set[Follower]] = {}
        self._seen: dict[str, tuple[str, float]] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._history = forecast.Histories()
        self._rung = asyncio.Event()

    @contextmanager
    def follow(
        self, job: str, stopping: asyncio.Event, door: str, still: Callable[[], Awaitable[bool]]
    ) -> Iterator[Follower]:
        """Be woken when the job changes, when ``still`` says no (asked every few seconds, once for each ``door``), and
        when the server stops."""
        me = Follower(job, door, still)
        self._followers.setdefault(job, set()).add(me)
        self._rung.set()
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.get_running_loop().create_task(self._watch(stopping))
        try:
            yield me
        finally:
            others = self._followers.get(job, set())
            others.discard(me)
            if not others:
                self._followers.pop(job, None)
                self._seen.pop(job, None)

    async def _watch(self, stopping: asyncio.Event) -> None:
        threads.who.set("news")
        loop, rung = asyncio.get_running_loop(), self._rung

        def ring() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(rung.set)

        self.db.bell.listeners.append(ring)
        guard = loop.create_task(self._guard())
        queued, reckoned, asked, due, ear = -1, 0.0, time.monotonic(), True, Ear(self.db)
        try:
            while self._followers and not stopping.is_set():
                if not rung.is_set() and time.monotonic() - asked >= self.poll:
                    asked = time.monotonic()
                    if await threads.run_sync(ear.changed, lane="news"):
                        rung.set()
                if rung.is_set():
                    rung.clear()
                    found, waiting = await threads.run_sync(self._look, list(self._followers), lane="news")
                    changed = {job for job, state in found.items() if self._seen.get(job) != state}
                    due = due or bool(changed) or waiting != queued
                    queued = waiting
                    self._seen.update((job, state) for job, state in found.items() if job in self._followers)
                    self._tell(changed)
                if due and time.monotonic() - reckoned >= STANDING:
                    due, reckoned = False, time.monotonic()
                    await self._reckon()
                await asyncio.sleep(SOON)
                if not rung.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(rung.wait(), TICK)
        finally:
            guard.cancel()
            self.db.bell.listeners.remove(ring)
            ear.close()
            for follower in self._all():
                follower.wake(changed=True)

    def _all(self) -> list[Follower]:
        return [one for each in self._followers.values() for one in each]

    async def _guard(self) -> None:
        """Ends the streams whose key was revoked or whose browser was signed out. Where the database is away nobody
        knows, and they stay."""
        while True:
            await asyncio.sleep(auth.FRESH)
            doors: dict[str, list[Follower]] = {}
            for follower in self._all():
                doors.setdefault(follower.door, []).append(follower)
            for followers in doors.values():
                with suppress(Exception):
                    # as a task: whose work it is must not stick to this one
                    if not await asyncio.create_task(_asked(followers[0].still)):
                        for follower in followers:
                            follower.shut = True
                            follower.wake()

    def _tell(self, changed: set[str]) -> None:
        for job in changed:
            for follower in self._followers.get(job, ()):
                follower.wake(changed=True)

    async def _reckon(self) -> None:
        """Places and times left of all jobs on their way, in a few questions however many they are."""
        outlook: Outlook = await threads.run_sync(self._outlook, list(self._followers), lane="news")
        for job, known in outlook.items():
            for follower in self._followers.get(job, ()):
                if follower.outlook != known:
                    follower.outlook = known
                    follower.wake()

    def _look(self, jobs: list[str]) -> tuple[dict[str, tuple[str, float]], int]:
        """Every job's state and time of its last change, and how many are queued in all."""
        found: dict[str, tuple[str, float]] = {}
        with self.db.reading() as session:
            for begin in range(0, len(jobs), _AT_A_TIME):
                rows = session.execute(
                    select(Job.id, Job.state, Job.updated).where(Job.id.in_(jobs[begin : begin + _AT_A_TIME]))
                )
                found.update((row.id, (row.state, row.updated)) for row in rows)
            waiting = any(state == "queued" for state, _ in found.values())
            return found, (
                int(session.scalar(select(func.count()).select_from(Job).where(Job.state == "queued")) or 0)
                if waiting
                else 0
            )

    def _outlook(self, jobs: list[str]) -> Outlook:
        rows: list[Job] = []
        with self.db.reading() as session:
            for begin in range(0, len(jobs), _AT_A_TIME):
                chosen = select(Job).where(
                    Job.id.in_(jobs[begin : begin + _AT_A_TIME]), Job.state.in_(("queued", "running"))
                )
                rows += session.scalars(chosen)
        return forecast.outlook(self.db, rows, self._history)
